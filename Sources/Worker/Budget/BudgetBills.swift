import Adapters
import FleetCore
import Platforms
import Synchronization

/// What calls cost in money. A resource is billed once per UTC day for the whole application, whoever reads it: the second
/// time costs nothing.
final class BudgetBills: Sendable {
    private struct Day {
        var day: CivilDate?
        var paid: Set<Int64> = []
    }

    /// The most resources remembered here; the database knows them all.
    private static let capacity = 200_000
    private let store: BudgetStore
    private let days = Mutex<[PlatformName: Day]>([:])

    init(store: BudgetStore) {
        self.store = store
    }

    /// What a request costs at most today. A database that does not answer makes it cost everything.
    func price(of request: PlatformRequest, at platform: PlatformName, on day: CivilDate) async -> Int64 {
        guard request.microDollars > 0, !request.items.isEmpty else { return request.microDollars }
        let resources = Set(request.items.map(Self.hash))
        let known = days.withLock { days in
            days[platform].flatMap { $0.day == day ? resources.intersection($0.paid) : nil } ?? []
        }
        var open = resources.subtracting(known)
        if !open.isEmpty, let unpaid = try? await store.unpaid(platform, day: day, Array(open)) {
            remember(open.subtracting(unpaid), platform, day)
            open = unpaid
        }
        let count = Int64(resources.count)
        return (request.microDollars * Int64(open.count) + count - 1) / count
    }

    /// Remembers what a request read and therefore paid for.
    func paid(_ request: PlatformRequest, at platform: PlatformName, on day: CivilDate) async {
        guard request.microDollars > 0, !request.items.isEmpty else { return }
        let resources = Set(request.items.map(Self.hash))
        let isNew = days.withLock { days in
            days[platform].map { $0.day != day || !resources.isSubset(of: $0.paid) } ?? true
        }
        guard isNew else { return }
        // Forgetting a payment only makes the next reading count again.
        try? await store.paid(platform, day: day, Array(resources))
        remember(resources, platform, day)
    }

    private func remember(_ resources: Set<Int64>, _ platform: PlatformName, _ day: CivilDate) {
        days.withLock { days in
            if days[platform]?.day != day || days[platform]?.paid.count ?? 0 > Self.capacity {
                days[platform] = Day(day: day)
            }
            days[platform]?.paid.formUnion(resources)
        }
    }

    /// FNV-1a, the same in every process.
    static func hash(_ resource: String) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in resource.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return Int64(bitPattern: hash)
    }
}
