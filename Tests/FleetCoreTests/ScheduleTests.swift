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

    @Test("with any hour an expression follows the wall: hours that come twice fire twice, missing ones not at all")
    func everyHour() throws {
        #expect(
            try fires("*/30 * * * *", from: "2026-11-01T07:45:00Z", zone: .pacific, count: 5) == [
                "2026-11-01T08:00:00Z", "2026-11-01T08:30:00Z", "2026-11-01T09:00:00Z", "2026-11-01T09:30:00Z",
                "2026-11-01T10:00:00Z",
            ]
        )
        #expect(
            try fires("30 * * * *", from: "2026-03-08T09:00:00Z", zone: .pacific, count: 2)
                == ["2026-03-08T09:30:00Z", "2026-03-08T10:30:00Z"]
        )
    }

    /// The fires of some days, found by walking minute by minute along the clock on the wall.
    private func walk(_ hours: Set<Int>, _ minutes: Set<Int>, _ zone: TimeZoneRules, _ range: Range<Int64>) -> [Int64] {
        func local(_ minute: Int64) -> Int64 { minute + Int64(zone.offset(at: Instant(seconds: minute))) }
        func matches(_ local: Int64) -> Bool {
            let time = Int(local % 86_400)
            return hours.contains(time / 3600) && minutes.contains(time / 60 % 60)
        }
        var fires: [Int64] = []
        var shown: Set<Int64> = []
        var previous = local(range.lowerBound - 60)
        for minute in stride(from: range.lowerBound, to: range.upperBound, by: 60) {
            let now = local(minute)
            // With named hours: what the wall shows for the first time, and what it passed over.
            let new = stride(from: min(previous + 60, now), through: now, by: 60).filter { !shown.contains($0) }
            if (hours.count == 24 ? [now] : new).contains(where: matches) { fires.append(minute) }
            shown.formUnion(new)
            previous = now
        }
        return fires
    }

    @Test(
        "fires agree with a walk along the clock on the wall around every change of a year, in zones of every sort",
        arguments: [
            "America/Los_Angeles", "Europe/Dublin", "America/Santiago", "Australia/Lord_Howe", "America/Nuuk",
            "Africa/Casablanca", "Asia/Kathmandu",
        ]
    )
    func changes(name: String) throws {
        let zone = try TimeZoneRulesTests.zone(name)
        let expressions: [(String, Set<Int>, Set<Int>)] = [
            ("0 2 * * *", [2], [0]), ("30 1,2 * * *", [1, 2], [30]), ("15 0 * * *", [0], [15]),
            ("*/15 * * * *", Set(0...23), [0, 15, 30, 45]), ("20 */3 * * *", [0, 3, 6, 9, 12, 15, 18, 21], [20]),
        ]
        let year = CivilDate("2026-01-01")!..<CivilDate("2027-01-01")!
        let changes = year.filter { zone.length(of: $0) != .seconds(86_400) }
        #expect(name == "Asia/Kathmandu" ? changes.isEmpty : changes.count >= 2)
        for date in changes + [CivilDate("2026-05-05")!] {
            let range = zone.startOfDay(date - 1).seconds..<zone.endOfDay(date + 1).seconds
            for (text, hours, minutes) in expressions {
                let fires = try CronExpression(text).fires(
                    from: Instant(seconds: range.lowerBound),
                    through: Instant(seconds: range.upperBound - 1),
                    in: zone,
                    limit: 1000
                )
                #expect(fires.map(\.seconds) == walk(hours, minutes, zone, range), "\(text) in \(name), \(date)")
            }
        }
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

@Suite("Runs")
struct RunPlanTests {
    private let plan = RunPlan(
        run: UUID(high: 0x019A_A5A0_0000_7000, low: 0x8000_0000_0000_0007),
        platform: .instagram,
        collect: .accountDaily,
        lane: .bulk,
        dates: CivilDate("2026-10-31")!...CivilDate("2026-11-02")!
    )

    @Test("each account has one job per day, the same whenever it is planned")
    func jobs() {
        let jobs = plan.jobs(of: 12, enqueuedAt: Instant(seconds: 5))
        #expect(jobs.map(\.date.description) == ["2026-10-31", "2026-11-01", "2026-11-02"])
        #expect(jobs.map(\.id) == plan.jobs(of: 12, enqueuedAt: Instant(seconds: 9)).map(\.id))
        #expect(Set(jobs.map(\.id) + plan.jobs(of: 13, enqueuedAt: Instant(seconds: 5)).map(\.id)).count == 6)
        #expect(jobs.allSatisfy { $0.run == plan.run && $0.routingKey == "instagram.bulk" })
    }

    @Test("a fire collects the days that have ended where the platform counts them")
    func dates() {
        let dates = RunPlan.dates(firedAt: Instant("2026-11-21T05:00:00Z")!, platform: .instagram, lookbackDays: 3)
        #expect(dates == CivilDate("2026-11-17")!...CivilDate("2026-11-19")!)
    }

    @Test("progress counts only what is confirmed without a gap")
    func progress() {
        var progress = PublishProgress(cursor: 10, published: 100)
        let pages = [
            progress.began(last: 20, jobs: 5), progress.began(last: 30, jobs: 6), progress.began(last: 40, jobs: 7),
        ]
        progress.confirmed(pages[1])
        #expect((progress.cursor, progress.published, progress.open) == (10, 100, 3))
        progress.confirmed(pages[0])
        #expect((progress.cursor, progress.published, progress.open) == (30, 111, 1))
        let more = progress.began(last: 50, jobs: 1)
        progress.confirmed(more)
        progress.confirmed(pages[2])
        #expect((progress.cursor, progress.published, progress.open) == (50, 119, 0))
    }
}

@Suite("What becomes of a job")
struct JobDisposalTests {
    private func disposal(
        _ outcome: JobOutcome,
        attempt: Int = 1,
        doubt: DeadCause? = nil,
        age: Duration = .zero
    ) -> JobDisposal {
        var generator = SeededGenerator(seed: 4)
        return RetryPolicy(attempts: 3, patience: .seconds(3600)).disposal(
            of: outcome,
            attempt: attempt,
            doubt: doubt,
            age: age,
            ladder: [5, 15, 60, 300, 900, 3600].map { .seconds($0) },
            using: &generator
        )
    }

    @Test("a failure climbs the ladder with a higher attempt, and the last one dies")
    func retries() {
        guard case .ladder(_, let attempt, _) = disposal(.retry(.transientTooOften, detail: "x", wait: nil)) else {
            Issue.record("it was not put on the ladder")
            return
        }
        #expect(attempt == 2)
        let last = disposal(.retry(.transientTooOften, detail: "x", wait: nil), attempt: 3)
        #expect(last == .deadLetter(Death(.transientTooOften, "gave up after 3 attempts: x")))
    }

    @Test("a doubt is believed when the next attempt ends in the same one, and at the last attempt")
    func doubts() {
        let death = Death(.notFound, "x")
        let outcome = JobOutcome.doubt(death, wait: .seconds(60))
        for other in [nil, DeadCause.malformedAnswer] {
            guard case .ladder(let delay, let attempt, let doubt) = disposal(outcome, doubt: other) else {
                Issue.record("it was not put on the ladder")
                continue
            }
            #expect(delay >= .seconds(60) && attempt == 2 && doubt == .notFound)
        }
        #expect(disposal(outcome, attempt: 2, doubt: .notFound) == .deadLetter(death))
        #expect(disposal(outcome, attempt: 3) == .deadLetter(death))
    }

    @Test("waiting for a limit burns no attempt, keeps absurd waits within reason, and ends one day")
    func snoozes() {
        for (wait, least) in [(0, 5), (40, 40), (86_400 * 3650, 3600)] {
            let outcome = JobOutcome.snooze(.rateLimitedTooOften, detail: "x", wait: .seconds(wait))
            guard case .ladder(let delay, let attempt, _) = disposal(outcome, attempt: 2) else {
                Issue.record("it was not put on the ladder")
                continue
            }
            #expect(attempt == 2)
            #expect(delay >= .seconds(least) && delay <= .seconds(3600))
        }
        let old = disposal(.snooze(.rateLimitedTooOften, detail: "x", wait: nil), age: .seconds(3600))
        #expect(old == .deadLetter(Death(.rateLimitedTooOften, "still limited after 3600 s: x")))
    }
}
