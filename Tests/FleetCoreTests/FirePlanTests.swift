import FleetCore
import TestSupport
import Testing

@Suite struct FirePlanTests {
    private static let hour: Int64 = 3600
    private let due = [1, 2, 3].map { FirePlan.Pending(at: Instant(seconds: Int64($0) * hour)) }
    private let now = Instant(seconds: 3 * hour + 60)

    private func plan(
        _ catchUp: FirePlan.CatchUp = .once,
        _ overlap: FirePlan.Overlap = .allow,
        open: Int = 0,
        isWhole: Bool = true,
        more: [FirePlan.Pending] = []
    ) -> FirePlan {
        FirePlan(
            pending: due + more,
            isWhole: isWhole,
            open: .init(present: open),
            now: now,
            policy: .init(grace: .seconds(600), catchUp: catchUp, overlap: overlap)
        )
    }

    @Test func `missed fires are skipped, merged into one, or each run, as the schedule says`() {
        #expect(plan(.skip).fires.map(\.verdict) == [.skipped, .skipped, .run])
        #expect(plan(.once).fires.map(\.verdict) == [.merged, .merged, .run])
        #expect(plan(.each).fires.map(\.verdict) == [.run, .run, .run])
        #expect(plan(.skip).fires.map(\.reason) == [.late, .late, .none])
        #expect(plan(.once).fires.map(\.reason) == [.caughtUp, .caughtUp, .none])
    }

    @Test func `more missed fires than are looked at together still become one run`() {
        #expect(plan(.once, isWhole: false).fires.map(\.verdict) == [.merged, .merged, .merged])
    }

    @Test func `a fire within its grace is on time, one later is not`() {
        for (late, verdict) in [(60, FirePlan.Verdict.run), (61, .skipped)] {
            let fire = FirePlan.Pending(at: Instant(seconds: 1000))
            let now = Instant(seconds: 1000 + Int64(late))
            let plan = FirePlan(pending: [fire], now: now, policy: .init(grace: .seconds(60), catchUp: .skip))
            #expect(plan.fires.map(\.verdict) == [verdict])
        }
    }

    @Test func `a run that is not over lets a fire run beside it, drops it, makes it wait, or is cancelled by it`() {
        #expect(plan(.once, .allow, open: 1).fires.map(\.verdict) == [.merged, .merged, .run])
        #expect(plan(.once, .skip, open: 1).fires.map(\.verdict) == [.merged, .merged, .skipped])
        #expect(plan(.once, .skip, open: 1).fires.last?.reason == .overlap)
        #expect(plan(.once, .wait, open: 1).fires.isEmpty)
        let cancelling = plan(.once, .cancel, open: 1)
        #expect(cancelling.fires.map(\.verdict) == [.merged, .merged, .run] && cancelling.cancelsOpenRuns)
        #expect(!plan(.once, .cancel).cancelsOpenRuns)
        // Where each cancels the one before, only the last is worth beginning.
        #expect(plan(.each, .cancel).fires.map(\.verdict) == [.merged, .merged, .run])
    }

    @Test func `where runs must not overlap, several fires run one after the other`() {
        #expect(plan(.each, .wait).fires.map(\.at) == [due[0].at])
        #expect(plan(.each, .skip).fires.map(\.verdict) == [.run, .skipped, .skipped])
    }

    @Test func `what a person asks for is never too late and follows the overlap policy`() {
        let asked = FirePlan.Pending(at: Instant(seconds: 10), trigger: .asked)
        #expect(plan(.skip, .allow, more: [asked]).fires.map(\.verdict) == [.run, .skipped, .skipped, .run])
        #expect(plan(.skip, .skip, open: 1, more: [asked]).fires.first?.reason == .overlap)
        #expect(plan(.skip, .wait, open: 1, more: [asked]).fires.isEmpty)
    }

    @Test func `backfills run one after the other, and never in the way of what is due`() {
        let past = [5, 6].map { FirePlan.Pending(at: Instant(seconds: $0), trigger: .backfill) }
        let first = plan(.once, .wait, more: past)
        #expect(first.fires.map(\.trigger) == [.backfill, .cron, .cron, .cron])
        #expect(first.fires.map(\.verdict) == [.run, .merged, .merged, .run])
        let busy = FirePlan(
            pending: due + past,
            open: .init(present: 0, backfills: 1),
            now: now,
            policy: .init(overlap: .skip)
        )
        #expect(busy.fires.map(\.verdict) == [.merged, .merged, .run])
    }

    /// A schedule's life: fires come due, the dispatcher is away at times, runs take their time.
    @Test(arguments: 0..<40) func `each fire is decided once, and overlap is what the policy allows`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let policy = FirePlan.Policy(
            grace: .seconds(90),
            catchUp: FirePlan.CatchUp.allCases.randomElement(using: &generator)!,
            overlap: FirePlan.Overlap.allCases.randomElement(using: &generator)!
        )
        var pending: [FirePlan.Pending] = []
        var running: [Int64] = []
        var verdicts: [Instant: FirePlan.Fire] = [:]
        var looks: [Instant] = []
        let fires = (1...60).map { Int64($0) * 60 }
        for second in stride(from: Int64(0), through: 30_000, by: 10) {
            running.removeAll { $0 <= second }
            if fires.contains(second) { pending.append(.init(at: Instant(seconds: second))) }
            // Away for about half the time, in stretches.
            guard (second / 400) % 2 == Int64(seed % 2), Bool.random(using: &generator) else { continue }
            let now = Instant(seconds: second)
            looks.append(now)
            let plan = FirePlan(pending: pending, open: .init(present: running.count), now: now, policy: policy)
            if plan.cancelsOpenRuns { running = [] }
            for fire in plan.fires {
                #expect(verdicts.updateValue(fire, forKey: fire.at) == nil, "decided twice: \(fire)")
                if fire.verdict == .run { running.append(second + Int64.random(in: 10...200, using: &generator)) }
            }
            pending.removeAll { verdicts[$0.at] != nil }
            if policy.overlap != .allow { #expect(running.count <= 1, "\(policy)") }
        }
        #expect(verdicts.count == fires.count, "\(policy): \(fires.count - verdicts.count) were never decided")
        guard policy.catchUp == .each, policy.overlap == .allow || policy.overlap == .wait else { return }
        #expect(verdicts.values.allSatisfy { $0.verdict == .run }, "\(policy)")
    }
}
