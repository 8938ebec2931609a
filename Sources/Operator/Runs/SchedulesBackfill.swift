import Adapters
import Configuration
import FleetCore
import JSON
import Platforms

/// `flotilla schedules backfill`: the fires of days that are past.
extension SchedulesCommands {
    private static let from = Option("from", .day, help: "First day, in the schedule's zone.")
    private static let to = Option("to", .day, help: "Last day; the first one when not given.").optional
    private static let dryRun = Option(
        "dry-run",
        .toggle,
        default: false,
        help: "Say what would be done, and do nothing."
    )
    /// The most fires that one backfill makes.
    private static let most = 1000

    static let backfill = Command(
        "schedules backfill",
        help:
            "Run the fires of past days that did not run. One run after the other, in the lane `bulk`, beside what the "
            + "schedule does now. Asking again for the same days changes nothing.",
        example:
            "flotilla schedules backfill nightly --from 2026-10-01 --to 2026-10-31 --reason \"new accounts\" --dry-run",
        arguments: [name],
        options: [from, to, dryRun, reason],
        exitCodes: [.notFound, .refused]
    ) { call in
        let (plan, entered) = try await call.withPool { pool -> (Plan, Int) in
            let store = ScheduleStore(pool: pool)
            let schedule = try await find(call[name], store)
            let plan = try await planned(call, schedule, store)
            guard !call[dryRun], !plan.fires.isEmpty else { return (plan, 0) }
            let entry = audit(
                "schedule.backfill",
                call,
                reason: call[reason],
                details: [
                    "from": .string(call[from].description), "to": .string((call[to] ?? call[from]).description),
                    "fires": .int(plan.fires.count),
                ]
            )
            return (plan, try await store.backfill(schedule, plan.fires, by: AuditLog.person, entry))
        }
        call.output.show(plan.document(entered)) {
            let jobs = Words.number(plan.jobsPerFire * Int64(plan.fires.count))
            let what = "\(Words.count(Int64(plan.fires.count), "fire")), about \(jobs) jobs"
            call.output.print(call[dryRun] ? "would enter \(what)" : "entered \(Words.count(Int64(entered), "fire"))")
            for (reason, count) in plan.left { call.output.print("  left out  \(Words.number(count)): \(reason)") }
        }
        if entered > 0 {
            call.output.note(
                "one run after the other; `flotilla schedules withdraw \(call[name])` takes back what has not begun"
            )
        }
        return .ok
    }

    /// What a backfill comes to.
    private struct Plan {
        var fires: [Instant] = []
        var jobsPerFire: Int64 = 0
        /// Fires that are not made, by reason.
        var left: [(reason: String, count: Int)] = []

        func document(_ entered: Int) -> JSONValue {
            [
                "fires": .array(fires.map { .time($0) }), "entered": .int(entered), "jobs_per_fire": .int(jobsPerFire),
                "left_out": .object(left.map { .init($0.reason, .int($0.count)) }),
            ]
        }
    }

    private static func planned(
        _ call: CommandCall,
        _ schedule: StoredSchedule,
        _ store: ScheduleStore
    ) async throws -> Plan {
        let due = try dueFires(call, schedule)
        var plan = Plan()
        guard let first = due.first, let last = due.last else {
            throw CommandFailure(.refused, "\(schedule.name) has no fires on these days up to now")
        }
        let ledger = try await store.fires(of: schedule, in: first...last, limit: 100_000)
        let known = Dictionary(ledger.map { ($0.at, $0.verdict) }, uniquingKeysWith: { first, _ in first })
        let oldest = schedule.oldestDay(now: call.now)
        var counts: [String: Int] = [:]
        for fire in due {
            let request = try schedule.request(
                for: FirePlan.Fire(at: fire, trigger: .backfill, verdict: .run)
            )
            switch known[fire] {
            case .run: counts["ran already", default: 0] += 1
            case .waiting: counts["asked for already", default: 0] += 1
            case .skipped, .merged, .withdrawn, nil:
                if request.dates.upperBound < oldest {
                    counts["before \(oldest), which is as far back as \(schedule.platform) answers", default: 0] += 1
                } else {
                    plan.fires.append(fire)
                }
            }
        }
        plan.left = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let fire = plan.fires.first {
            plan.jobsPerFire = try await expectedJobs(schedule, fire, store)
        }
        return plan
    }

    /// The fires of the days, oldest first.
    private static func dueFires(_ call: CommandCall, _ schedule: StoredSchedule) throws -> [Instant] {
        let last = call[to] ?? call[from]
        guard call[from] <= last else { throw CommandFailure(.usage, "--from \(call[from]) is after --to \(last)") }
        guard
            schedule.collect == CollectionKind.accountDaily.rawValue
                || schedule.collect == CollectionKind.posts.rawValue
        else {
            throw CommandFailure(.refused, "platforms tell \(schedule.collect) of now only: there is no past to fill")
        }
        guard let (cron, zone) = try schedule.expression() else {
            throw CommandFailure(.refused, "\(schedule.name) fires when asked, so it has no fires of the past")
        }
        let end = min(Instant(microseconds: zone.endOfDay(last).microseconds - 1), call.now)
        let fires = cron.fires(from: zone.startOfDay(call[from]), through: end, in: zone, limit: most + 1)
        guard fires.count <= most else {
            throw CommandFailure(.refused, "these days have more than \(most) fires; name fewer days")
        }
        return fires
    }

    private static func expectedJobs(
        _ schedule: StoredSchedule,
        _ fire: Instant,
        _ store: ScheduleStore
    ) async throws -> Int64 {
        let request = try schedule.request(
            for: FirePlan.Fire(at: fire, trigger: .backfill, verdict: .run)
        )
        let platform = PlatformRegistry[request.platform]
        return try await store.run(
            request,
            id: FleetCore.UUID(high: 0, low: 0),
            daysPerJob: platform?.daysPerJob ?? 1,
            postsPerJob: platform?.postsPerJob ?? 1
        ).expected
    }
}

extension StoredSchedule {
    /// The oldest day that its platform still answers for.
    fileprivate func oldestDay(now: Instant) -> CivilDate {
        guard let platform = PlatformName(rawValue: platform) else { return now.utcDate }
        let days = min(PlatformRegistry[platform]?.historyDays ?? 0, JobContract.maximumAgeInDays)
        return platform.dayZone.date(at: now) - days
    }
}
