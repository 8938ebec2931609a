import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import TestSupport
import Testing

/// Figures that should agree, in a real database, and the jobs that are ordered when they do not.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct ReconciliationStoreTests {
    private typealias World = RollerTests.World

    private static let monday = CivilDate("2026-11-02")!
    private static let now = Instant("2026-11-20T20:00:00Z")!
    private static let zone = RollerTests.zone

    /// A week of follows and unfollows, and the followers at both of its ends.
    private static func fill(_ world: World, closing: Int64, lost: Int64 = 1, fetch: Int = 0) async throws {
        let late = now - .seconds(86_400) + .seconds(Int64(fetch))
        for (position, account) in world.accounts.enumerated() {
            let number = fetch + position * 10
            let days = (0..<7).map {
                RollerTests.window((monday + $0).description, [.followersGained: 10, .followersLost: lost])
            }
            try await world.store(world.result(number, account, at: late, days))
            for (offset, level) in [(0, Int64(1000)), (7, closing)] {
                let moment = zone.startOfDay(monday + offset)
                try await world.store(
                    world.result(
                        number + 1 + offset,
                        account,
                        at: moment,
                        [RollerTests.moment(.instant, moment, [.followers: level])]
                    )
                )
            }
        }
        try await world.roll()
    }

    @Test func `what agrees is compared and leaves nothing behind`() async throws {
        try await RollerTests.world { world in
            try await Self.fill(world, closing: 1063)
            let store = ReconciliationStore(pool: world.lab.pool)
            let summary = try await store.reconcile(nil, now: Self.now, ordering: true)
            #expect(summary == .init(accounts: 1, compared: 1, mismatches: 0, jobs: 0))
            #expect(try await store.list(account: nil, all: true, limit: 10).isEmpty)
            let findings = try await store.findings(world.accounts[0], now: Self.now)
            #expect(findings?.map(\.remainder) == [0])
            #expect(try await store.findings(99, now: Self.now) == nil)
        }
    }

    @Test func `a mismatch orders its days once a day, and is resolved when the platform tells otherwise`() async throws
    {
        try await RollerTests.world { world in
            try await Self.fill(world, closing: 800)
            let store = ReconciliationStore(pool: world.lab.pool)
            let first = try await store.reconcile(nil, now: Self.now, ordering: true)
            // The platform is asked for one day at a time.
            #expect(first == .init(accounts: 1, compared: 1, mismatches: 1, jobs: 7))
            let rows = try await world.lab.pool.query("select body from flotilla.outbox order by id desc")
            let job = try JSONValue(parsing: try rows[0].text(0))
            #expect(job["collect"]?.string == "account_daily")
            #expect(job["date"]?.string == "2026-11-08")
            #expect(job["days"] == nil)
            #expect(job["reason"]?.string == "reconciliation")
            #expect(job["lane"]?.string == "bulk")
            let again = try await store.reconcile(world.accounts[0], now: Self.now + .seconds(60), ordering: true)
            #expect(again?.jobs == 0)
            let tomorrow = Self.now + .seconds(86_400)
            #expect(try await store.reconcile(nil, now: tomorrow, ordering: true)?.jobs == 7)
            let entry = try #require(try await store.list(account: nil, all: false, limit: 10).first)
            #expect(entry.state == "open")
            #expect(entry.repairs == 2)
            #expect(entry.finding.remainder == 263)
            #expect(entry.repairJob != nil)
            // The days were restated: thirty-nine left every day.
            try await Self.fill(world, closing: 800, lost: 39, fetch: 100)
            let repaired = try await store.reconcile(nil, now: tomorrow + .seconds(600), ordering: true)
            #expect(repaired?.mismatches == 0)
            let entries = try await store.list(account: nil, all: true, limit: 10)
            #expect(entries.map(\.state) == ["resolved"])
            // The jobs of the SQL door have not ended, which is no fault.
            try await world.lab.pool.query("delete from flotilla.outbox")
            try await world.lab.pool.query("delete from flotilla.jobs where state = 'accepted'")
        }
    }

    @Test func `asking again that does not help is left to people after five times`() async throws {
        try await RollerTests.world { world in
            try await Self.fill(world, closing: 800)
            let store = ReconciliationStore(pool: world.lab.pool)
            var jobs = 0
            for day in 0..<8 {
                let now = Self.now + .seconds(day * 86_400)
                jobs += try await store.reconcile(nil, now: now, ordering: true)?.jobs ?? 0
            }
            #expect(jobs == 5 * 7)
            #expect(try await store.list(account: nil, all: false, limit: 10).map(\.state) == ["left"])
            try await world.lab.pool.query("delete from flotilla.outbox")
            try await world.lab.pool.query("delete from flotilla.jobs where state = 'accepted'")
        }
    }

    @Test func `a night walks over every account once, under the lease`() async throws {
        try await RollerTests.world(accounts: 3) { world in
            try await Self.fill(world, closing: 800)
            let store = ReconciliationStore(pool: world.lab.pool)
            let schedules = ScheduleStore(pool: world.lab.pool)
            let epoch = try #require(try await schedules.lease("dispatcher", holder: "a", time: .seconds(600)))
            let night = CivilDate("2026-11-20")!
            func turn(_ epoch: Int64) async throws -> ReconciliationStore.Summary? {
                try await store.turn(night: night, now: Self.now, limit: 2, lease: "dispatcher", epoch: epoch)
            }
            await #expect(throws: (any Error).self) { try await turn(epoch + 1) }
            #expect(try await turn(epoch)?.accounts == 2)
            #expect(try await turn(epoch)?.mismatches == 1)
            #expect(try await turn(epoch) == nil)
            #expect(try await turn(epoch) == nil)
            let row = try await world.lab.pool.query(
                """
                select accounts, compared, mismatches, jobs, finished_at is not null from flotilla.reconciliation_nights
                """
            ).only()
            #expect(try (0..<4).map { try row.int8($0) } == [3, 3, 3, 21])
            #expect(try row.bool(4))
            try await world.lab.pool.query("delete from flotilla.outbox")
            try await world.lab.pool.query("delete from flotilla.jobs where state = 'accepted'")
        }
    }

    @Test func `the command lists what does not agree and ends with 1 while it does not`() async throws {
        try await RollerTests.world { world in
            try await Self.fill(world, closing: 800)
            let quiet = await world.lab("reconcile --list --json")
            #expect(quiet.code == .ok)
            _ = try await ReconciliationStore(pool: world.lab.pool).reconcile(nil, now: Self.now, ordering: false)
            let listed = await world.lab("reconcile --list --json")
            #expect(listed.code == .failed)
            let entry = try #require(try listed.json.array?.first)
            #expect(entry["compared"]?.string == "followers")
            #expect(entry["first_day"]?.string == "2026-11-02")
            #expect(entry["remainder"]?.int64 == 263)
            #expect(entry["repairs"]?.int64 == 0)
            let table = await world.lab("reconcile --list")
            #expect(table.output.contains("2026-11-02 to 2026-11-08"))
            #expect(await world.lab("reconcile --account 99").code == .notFound)
        }
    }
}
