import TestSupport
import Testing

@testable import FleetCore

/// What is kept how long, as decided without a database.
struct RetentionTests {
    private static let now = Instant("2026-11-26T12:00:00Z")!
    private static let term = RetentionPolicy.Term(days: 30, source: "terms")

    @Test func `what is set for a platform wins over what is set for all, and that over the default`() {
        var policy = RetentionPolicy(settings: [:])
        #expect(policy.setting(.observations, .x) == RetentionSpan(days: 400))
        policy.settings[.init(.observations)] = RetentionSpan(days: 300)
        #expect(policy.setting(.observations, .x) == RetentionSpan(days: 300))
        policy.settings[.init(.observations, .x)] = .unlimited
        #expect(policy.setting(.observations, .x) == .unlimited)
        #expect(policy.setting(.observations, .tiktok) == RetentionSpan(days: 300))
        #expect(policy.longest(.observations) == .unlimited)
    }

    @Test func `a platform's terms cut what was set, unless it allowed more or less was set anyway`() {
        var policy = RetentionPolicy(terms: [.init(.days, .youtube): Self.term])
        #expect(policy.span(.days, .youtube) == RetentionSpan(days: 30))
        #expect(policy.span(.days, .x) == RetentionSpan(days: 1826))
        policy.terms[.init(.days, .youtube)]?.isAccepted = true
        #expect(policy.span(.days, .youtube) == RetentionSpan(days: 1826))
        policy.terms[.init(.days, .youtube)] = RetentionPolicy.Term(days: 3000, source: "terms")
        #expect(policy.term(.days, .youtube) == nil)
    }

    @Test(arguments: [RetentionClass.observations, .days])
    func `what feeds an open month must outlast it until it is settled`(kind: RetentionClass) throws {
        let policy = RetentionPolicy()
        let fewest = RetentionPolicy.fewestDays(PlatformName.allCases)
        #expect(fewest >= 37)
        let refusal = try #require(policy.refusal(of: RetentionSpan(days: fewest - 1), for: .init(kind)))
        #expect(refusal.contains("at least \(fewest) days"))
        // A platform that settles within hours needs less.
        #expect(RetentionPolicy.fewestDays([.x]) == 35)
        #expect(policy.refusal(of: RetentionSpan(days: 34), for: .init(.observations, .x)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 35), for: .init(.observations, .x)) == nil)
    }

    @Test func `no reading may outlive its job, no letter the ledger, and no roll-up what it is made of`() {
        let policy = RetentionPolicy()
        #expect(policy.refusal(of: RetentionSpan(days: 430), for: .init(.jobs))?.contains("a month longer") == true)
        #expect(policy.refusal(of: RetentionSpan(days: 431), for: .init(.jobs)) == nil)
        #expect(policy.refusal(of: .unlimited, for: .init(.observations)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 461), for: .init(.deadLetters)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 399), for: .init(.days)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 1000), for: .init(.months)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 100), for: .init(.jobs, .x)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 0), for: .init(.breakdowns)) != nil)
        #expect(policy.refusal(of: RetentionSpan(days: 1), for: .init(.breakdowns)) == nil)
    }

    @Test func `whatever is allowed keeps every open month whole`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var policy = RetentionPolicy()
            for _ in 0..<4 {
                let kind = RetentionClass.allCases.randomElement(using: &generator)!
                let platform =
                    Bool.random(using: &generator) ? PlatformName.allCases.randomElement(using: &generator) : nil
                let span = RetentionSpan(days: Int.random(in: 1...500, using: &generator))
                let key = RetentionPolicy.Key(kind, platform)
                if policy.refusal(of: span, for: key) == nil { policy.settings[key] = span }
            }
            for platform in PlatformName.allCases {
                let lag = Int(platform.settlingLag.components.seconds / 86_400)
                for kind in [RetentionClass.observations, .days] {
                    #expect((policy.setting(kind, platform).days ?? .max) >= 31 + lag)
                }
                #expect(policy.setting(.jobs, platform) >= policy.setting(.observations, platform))
                #expect(policy.setting(.days, platform) >= policy.setting(.observations, platform))
            }
        }
    }

    @Test func `partitions go by the longest span, and platforms that keep less are swept`() {
        var policy = RetentionPolicy(terms: [.init(.observations, .youtube): Self.term])
        policy.settings[.init(.observations, .x)] = RetentionSpan(days: 100)
        let plan = RetentionPlan(policy, platforms: [.x, .youtube, .tiktok], now: Self.now)
        let drop = plan.drops.first { $0.kind == .observations }
        #expect(drop?.before == Instant("2025-10-01T00:00:00Z"))
        let sweeps = plan.sweeps.filter { $0.kind == .observations }
        #expect(
            sweeps == [
                .init(kind: .observations, platform: nil, isRealOnly: false, before: Instant("2025-10-01T00:00:00Z")!),
                .init(kind: .observations, platform: .x, isRealOnly: false, before: Instant("2026-08-01T00:00:00Z")!),
                .init(
                    kind: .observations,
                    platform: .youtube,
                    isRealOnly: true,
                    before: Instant("2026-10-27T12:00:00Z")!
                ),
            ]
        )
    }

    @Test func `what is kept without end is never touched`() {
        let plan = RetentionPlan(RetentionPolicy(), platforms: PlatformName.allCases, now: Self.now)
        #expect(!plan.sweeps.contains { $0.kind == .weeks || $0.kind == .months })
        #expect(!plan.sweeps.contains { $0.kind == .jobs })
        #expect(plan.drops.map(\.kind) == [.observations, .breakdowns, .jobs])
    }
}
