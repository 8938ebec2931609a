import FleetCore
import TestSupport
import Testing

@Suite("Schedules")
struct ScheduleTests {
    private func fires(_ cron: String, from start: String, zone: TimeZoneRules = .utc, count: Int) throws -> [String] {
        let expression = try CronExpression(cron)
        var moment = try #require(Instant(start))
        var fires: [String] = []
        for _ in 0..<count {
            moment = try #require(expression.next(after: moment, in: zone))
            fires.append(moment.text(.seconds))
        }
        return fires
    }

    @Test("every field means what cron means by it")
    func fields() throws {
        #expect(
            try fires("0 2 * * *", from: "2026-11-21T02:00:00Z", count: 2)
                == ["2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"]
        )
        #expect(
            try fires("*/20 9-10 * * mon-fri", from: "2026-11-20T10:30:00Z", count: 2)
                == ["2026-11-20T10:40:00Z", "2026-11-23T09:00:00Z"]
        )
        #expect(
            try fires("0 0 31 * *", from: "2026-01-31T00:00:00Z", count: 2)
                == ["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]
        )
        // Both day fields restricted: either of them fires.
        #expect(
            try fires("0 0 1 * sun", from: "2026-11-26T00:00:00Z", count: 2)
                == ["2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z"]
        )
        #expect(try fires("0 0 29 feb 7", from: "2026-02-21T00:00:00Z", count: 1) == ["2026-02-22T00:00:00Z"])
    }

    @Test("a local time that daylight saving skips fires at the next valid moment, a repeated one once")
    func daylightSaving() throws {
        #expect(
            try fires("30 2 * * *", from: "2026-03-07T12:00:00Z", zone: .pacific, count: 2)
                == ["2026-03-08T10:00:00Z", "2026-03-09T09:30:00Z"]
        )
        #expect(
            try fires("30 1 * * *", from: "2026-10-31T12:00:00Z", zone: .pacific, count: 2)
                == ["2026-11-01T08:30:00Z", "2026-11-02T09:30:00Z"]
        )
    }

    @Test("a day that never comes has no next fire")
    func never() throws {
        #expect(try CronExpression("0 0 30 2 *").next(after: Instant(microseconds: 0), in: .utc) == nil)
    }

    @Test(
        "a wrong expression is refused with its part named",
        arguments: [
            "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *",
            "1,,2 * * * *", "* * * * * *", "1/2/3 * * * *", "-1 * * * *", "* * * foo *",
        ]
    )
    func refused(text: String) {
        #expect(throws: CronExpression.Fault.self) { try CronExpression(text) }
    }

    @Test("missed fires are skipped, merged into one, or each run, as the schedule says")
    func catchUp() {
        let due = [1, 2, 3].map { Instant(seconds: Int64($0) * 3600) }
        let now = Instant(seconds: 3 * 3600 + 60)
        func verdicts(_ catchUp: FirePlan.CatchUp) -> [FirePlan.Verdict] {
            FirePlan(due: due, now: now, grace: .seconds(600), catchUp: catchUp).fires.map(\.verdict)
        }
        #expect(verdicts(.skip) == [.skipped, .skipped, .run])
        #expect(verdicts(.once) == [.merged, .merged, .run])
        #expect(verdicts(.each) == [.run, .run, .run])
    }

    @Test("a fire within its grace is on time, one later is not")
    func grace() {
        let due = [Instant(seconds: 1000)]
        func verdict(_ late: Int64) -> FirePlan.Verdict? {
            FirePlan(due: due, now: Instant(seconds: 1000 + late), grace: .seconds(60), catchUp: .skip).fires.first?
                .verdict
        }
        #expect(verdict(60) == .run)
        #expect(verdict(61) == .skipped)
    }
}

@Suite("Retries")
struct RetryPolicyTests {
    @Test("waits grow by the factor and stop at the longest")
    func curve() {
        let policy = RetryPolicy(first: .seconds(5), factor: 3, longest: .seconds(100))
        #expect([1, 2, 3, 4, 9].map(policy.wait) == [5, 15, 45, 100, 100].map { .seconds($0) })
    }

    @Test("a rung is never shorter than the wait, and at most one above", arguments: 0..<50)
    func rung(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let ladder = [5, 15, 60, 300, 900].map { Duration.seconds($0) }
        let wait = Duration.seconds(Int.random(in: 0...900, using: &generator))
        let rung = RetryPolicy.rung(for: wait, ladder: ladder, using: &generator)
        let exact = ladder.firstIndex { $0 >= wait }!
        #expect(rung == ladder[exact] || rung == ladder[min(exact + 1, ladder.count - 1)])
    }

    @Test("a wait longer than the ladder uses its last rung")
    func tooLong() {
        var generator = SeededGenerator(seed: 1)
        #expect(
            RetryPolicy.rung(for: .seconds(99), ladder: [.seconds(5), .seconds(15)], using: &generator) == .seconds(15)
        )
    }
}
