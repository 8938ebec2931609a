import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla schedules add | list | pause | resume | remove`.
enum SchedulesCommands {
    static let group = CommandGroup("schedules", help: "Runs that start by themselves.")
    static let all: [Configuration.Command] = [add, list, pause, resume, remove]

    private static let name = Argument("name", ValueKind<String>.text(longest: 100), help: "The schedule's name.")
    private static let cron = Option(
        "cron",
        ValueKind<String>.text(longest: 200),
        help: "Minute, hour, day of month, month, weekday: \"0 2 * * *\" is two o'clock every night."
    )
    private static let zone = Option(
        "zone",
        ValueKind<String>.text(longest: 64),
        default: "UTC",
        help: "Time zone of --cron, such as America/Los_Angeles."
    )
    private static let lookback = Option(
        "lookback-days",
        .integer(1...90, unit: "days"),
        default: 1,
        help: "Days before the fire that each run collects; platforms restate their latest days."
    )
    private static let grace = Option(
        "grace",
        .duration(.zero ... .seconds(86_400)),
        default: .seconds(3600),
        help: "A fire this late still counts as on time."
    )
    private static let catchUp = Option(
        "catch-up",
        ValueKind<FirePlan.CatchUp>.choice,
        default: .once,
        help: "Fires missed while no dispatcher ran: dropped, made one, or each run."
    )

    static let add = Configuration.Command(
        "schedules add",
        help: "Add a schedule. Every fire makes one run over all active accounts of the platform.",
        example: "flotilla schedules add nightly --cron \"0 2 * * *\" --zone America/Los_Angeles --platform instagram "
            + "--lookback-days 3",
        arguments: [name],
        options: [
            cron, zone, SharedOptions.platform, SharedOptions.collect, SharedOptions.lane, lookback, grace, catchUp,
        ],
        exitCodes: [.refused]
    ) { call in
        let next = try nextFire(call[cron], call[zone], after: call.now)
        guard let next else { throw CommandFailure(.usage, "--cron \"\(call[cron])\" never fires") }
        let added = try await call.withPool { pool in
            try await pool.query(
                """
                insert into flotilla.schedules (name, cron, zone, platform, collect, lane, lookback_days, grace, catch_up)
                values ($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8), $9) on conflict (name) do nothing
                """,
                [
                    .text(call[name]), .text(call[cron]), .text(call[zone]),
                    .text(call[SharedOptions.platform].rawValue), .text(call[SharedOptions.collect].rawValue),
                    .text(call[SharedOptions.lane].rawValue), .int4(Int32(call[lookback])),
                    .float8(call[grace].inSeconds), .text(call[catchUp].rawValue),
                ]
            ).affected
        }
        guard added == 1 else {
            throw CommandFailure(.refused, "there is a schedule named \(call[name]); remove it first")
        }
        call.output.show(["schedule": .string(call[name]), "next_fire_at": .time(next)]) {
            call.output.print(
                "added \(call[name]); it fires next at \(next.text(.seconds)) (\(Words.relative(next, now: call.now)))"
            )
        }
        return .ok
    }

    /// When the expression fires next; nil for never.
    private static func nextFire(_ cron: String, _ zone: String, after moment: Instant) throws -> Instant? {
        let rules: TimeZoneRules
        if let known = TimeZoneRules.known(zone) {
            rules = known
        } else {
            do { rules = try TimeZoneRules(name: zone, file: try ZoneFiles.load(zone)) } catch {
                throw CommandFailure(.usage, "--zone: \(error)")
            }
        }
        do throws(CronExpression.Fault) { return try CronExpression(cron).next(after: moment, in: rules) } catch {
            throw CommandFailure(.usage, "--cron: \(error)")
        }
    }

    static let list = Configuration.Command(
        "schedules list",
        help: "All schedules with their next fire.",
        example: "flotilla schedules list"
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select name, cron, zone, platform, collect, lane, lookback_days, catch_up, enabled, next_fire_at
                from flotilla.schedules order by name
                """
            )
        }
        var table = TextTable("name", "cron", "zone", "platform", "collect", "lane", ">days", "catch up", "next fire")
        var items: [JSONValue] = []
        for row in rows {
            let texts = try (0..<6).map { try row.text($0) }
            let (days, catchUp) = (try row.int4(6), try row.text(7))
            let enabled = try row.bool(8)
            var next = try row.optionalTimestamp(9).map(Instant.init(microseconds:))
            // No dispatcher has looked at it yet: this is what it will find.
            if next == nil { next = try? nextFire(texts[1], texts[2], after: call.now) }
            table.add(texts + [String(days), catchUp, enabled ? Words.relative(next, now: call.now) : "paused"])
            items.append([
                "name": .string(texts[0]), "cron": .string(texts[1]), "zone": .string(texts[2]),
                "platform": .string(texts[3]), "collect": .string(texts[4]), "lane": .string(texts[5]),
                "lookback_days": .int(days), "catch_up": .string(catchUp), "enabled": .bool(enabled),
                "next_fire_at": .time(next),
            ])
        }
        call.output.list(items, table: table, empty: "no schedules; `flotilla schedules add` makes one")
        return .ok
    }

    static let pause = Configuration.Command(
        "schedules pause",
        help: "Stop a schedule from firing. What is due meanwhile follows --catch-up once it is resumed.",
        example: "flotilla schedules pause nightly",
        arguments: [name],
        exitCodes: [.notFound]
    ) { call in
        try await change(call, "update flotilla.schedules set enabled = false where name = $1", done: "paused")
    }

    static let resume = Configuration.Command(
        "schedules resume",
        help: "Let a schedule fire again.",
        example: "flotilla schedules resume nightly",
        arguments: [name],
        exitCodes: [.notFound]
    ) { call in
        try await change(call, "update flotilla.schedules set enabled = true where name = $1", done: "resumed")
    }

    static let remove = Configuration.Command(
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
        return try await change(
            call,
            """
            with old as (select id from flotilla.schedules where name = $1),
            kept as (update flotilla.runs set schedule_id = null where schedule_id in (select id from old) returning 1),
            fires as (delete from flotilla.fires where schedule_id in (select id from old) returning 1)
            select id, (select count(*) from kept), (select count(*) from fires) from old
            """,
            done: "removed",
            then: "delete from flotilla.schedules where name = $1"
        )
    }

    private static func change(
        _ call: CommandCall,
        _ statement: Statement,
        done: String,
        then second: Statement? = nil
    ) async throws -> ExitCode {
        let parameters: [Parameter] = [.text(call[name])]
        let commands = [statement, second].compactMap { $0 }.map { Postgres.Command($0, parameters) }
        let found = try await call.withPool { pool in try await pool.atomically(commands)[0].affected }
        guard found > 0 else {
            throw CommandFailure(.notFound, "there is no schedule named \(call[name]); see `flotilla schedules list`")
        }
        call.output.show(["schedule": .string(call[name]), "done": .string(done)]) {
            call.output.print("\(done) \(call[name])")
        }
        return .ok
    }
}
