import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla schedules …`: runs that start by themselves. What they look like is in `SchedulesShowing`, what else people do
/// to them in `SchedulesSteering`.
enum SchedulesCommands {
    static let group = CommandGroup("schedules", help: "Runs that start by themselves.")
    static let all: [Command] = [
        add, list, show, fires, preview, change, pause, resume, run, backfill, withdraw, remove,
    ]

    static let name = Argument("name", ValueKind<String>.text(longest: 100), help: "The schedule's name.")
    static let cron = Option(
        "cron",
        ValueKind<String>.text(longest: 200),
        help:
            "Minute, hour, day of month, month, weekday: \"0 2 * * *\" is two o'clock every night. `none` fires only when "
            + "asked: by `schedules run`, or by SQL as from pg_cron."
    )
    static let zone = Option(
        "zone",
        ValueKind<String>.text(longest: 64),
        default: "UTC",
        help: "Time zone of --cron, such as America/Los_Angeles."
    )
    static let lookback = Option(
        "lookback-days",
        .integer(1...90, unit: "days"),
        default: 1,
        help: "Days before the fire that each run collects; platforms restate their latest days."
    )
    static let grace = Option(
        "grace",
        .duration(.zero ... .seconds(86_400)),
        default: .seconds(3600),
        help: "A fire this late still counts as on time."
    )
    static let catchUp = Option(
        "catch-up",
        ValueKind<FirePlan.CatchUp>.choice,
        default: .once,
        help:
            "Fires that were missed (no dispatcher ran, a pause, a run that was waited for): dropped, made one, or each run."
    )
    static let overlap = Option(
        "overlap",
        ValueKind<FirePlan.Overlap>.choice,
        default: .wait,
        help:
            "When a fire is due while an earlier run is not over: run beside it, skip the fire, wait for the run's end, or "
            + "cancel the run."
    )
    static let reason = Option(
        "reason",
        ValueKind<String>.text(longest: 500),
        help: "Why; it is kept in the audit log."
    )

    static let add = Command(
        "schedules add",
        help: "Add a schedule. Every fire makes one run over all active accounts of the platform.",
        example: "flotilla schedules add nightly --cron \"0 2 * * *\" --zone America/Los_Angeles --platform instagram "
            + "--lookback-days 3",
        arguments: [name],
        options: [
            cron, zone, SharedOptions.platform, SharedOptions.collect, SharedOptions.lane, lookback, grace, catchUp,
            overlap,
        ],
        exitCodes: [.refused]
    ) { call in
        let draft = ScheduleStore.Draft(
            name: call[name],
            cron: call[cron],
            zone: call[zone],
            platform: call[SharedOptions.platform],
            collect: call[SharedOptions.collect],
            lane: call[SharedOptions.lane],
            lookbackDays: call[lookback],
            policy: .init(grace: call[grace], catchUp: call[catchUp], overlap: call[overlap])
        )
        let next = try Expression(draft.cron, draft.zone)?.next(after: call.now)
        guard try await call.withPool({ pool in try await ScheduleStore(pool: pool).add(draft) }) else {
            throw CommandFailure(
                .refused,
                "there is a schedule named \(draft.name); `flotilla schedules change` changes it"
            )
        }
        call.output.show(["schedule": .string(draft.name), "next_fire_at": .time(next)]) {
            let fires = next.map { "fires next at \($0.text(.seconds)) (\(Words.relative($0, now: call.now)))" }
            call.output.print("added \(draft.name); it \(fires ?? "fires when asked")")
        }
        return .ok
    }

    static let remove = Command(
        "schedules remove",
        help: "Remove a schedule and the ledger of its fires; its runs and their results stay. Needs --yes.",
        example: "flotilla schedules remove nightly --yes",
        arguments: [name],
        options: [SharedOptions.yes],
        exitCodes: [.notFound, .refused]
    ) { call in
        guard call[SharedOptions.yes] else {
            throw CommandFailure(.refused, "would remove the schedule \(call[name]); add --yes to do it")
        }
        return try await act(call, "removed", audit("schedule.remove", call, reason: "removed with --yes")) {
            try await $0.remove($1, $2)
        }
    }

    // MARK: What the commands share

    /// The schedule of a name. Throws when there is none.
    static func find(_ name: String, _ store: ScheduleStore) async throws -> StoredSchedule {
        if let schedule = try await store.schedules(named: name).first { return schedule }
        throw CommandFailure(.notFound, "there is no schedule named \(name); see `flotilla schedules list`")
    }

    /// The audit log's entry of an act.
    static func audit(
        _ action: String,
        _ call: CommandCall,
        reason: String,
        details: JSONValue = [:]
    ) -> ScheduleStore.Note {
        AuditLog.command(action, target: "schedule \(call[name])", reason: reason, details: details)
    }

    /// Does one thing to the named schedule and says so.
    static func act(
        _ call: CommandCall,
        _ done: String,
        _ entry: ScheduleStore.Note,
        note: String = "",
        _ body: (ScheduleStore, String, ScheduleStore.Note) async throws -> Bool
    ) async throws -> ExitCode {
        try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let schedule = try await find(call[name], store)
            guard try await body(store, schedule.name, entry) else {
                throw CommandFailure(.notFound, "the schedule \(schedule.name) was removed meanwhile")
            }
        }
        call.output.show(["schedule": .string(call[name]), "done": .string(done)]) {
            call.output.print("\(done) \(call[name])\(note)")
        }
        return .ok
    }

    /// Cron expression and zone as a person gave them.
    struct Expression {
        var cron: CronExpression
        var zone: TimeZoneRules

        /// Nil for `none`. Throws a failure of the command line when it makes no sense.
        init?(_ cron: String, _ zone: String) throws {
            do { self.zone = try Zones.rules(zone) } catch { throw CommandFailure(.usage, "--zone: \(error)") }
            if cron == StoredSchedule.onDemand { return nil }
            do throws(CronExpression.Fault) { self.cron = try CronExpression(cron) } catch {
                throw CommandFailure(.usage, "--cron: \(error)")
            }
            if self.cron.next(after: Instant(microseconds: ProcessClock.wallNow), in: self.zone) == nil {
                throw CommandFailure(.usage, "--cron \"\(cron)\" never fires")
            }
        }

        func next(after moment: Instant) -> Instant? { cron.next(after: moment, in: zone) }
    }
}
