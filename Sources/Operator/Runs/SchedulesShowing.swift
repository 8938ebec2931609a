import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla schedules list | show | fires | preview`.
extension SchedulesCommands {
    private static let count = Option("count", .integer(1...100, unit: "fires"), default: 10, help: "How many fires.")
    private static let verdict = Option("verdict", ValueKind<FirePlan.Verdict>.choice, help: "Only such fires.")
        .optional

    static let list = Command(
        "schedules list",
        help: "All schedules with their next fire and what is open of them.",
        example: "flotilla schedules list"
    ) { call in
        let (schedules, isLed) = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            return (try await store.schedules(), try await store.isHeld("dispatcher"))
        }
        var table = TextTable(
            "name",
            "cron",
            "zone",
            "platform",
            "collect",
            "lane",
            ">days",
            "catch up",
            "overlap",
            "next fire",
            ">open runs",
            ">waiting"
        )
        for schedule in schedules {
            table.add([
                schedule.name, schedule.cron, schedule.zone, schedule.platform, schedule.collect, schedule.lane,
                String(schedule.lookbackDays), schedule.policy.catchUp.rawValue, schedule.policy.overlap.rawValue,
                schedule.state(now: call.now), String(schedule.open.present + schedule.open.backfills),
                String(schedule.waiting),
            ])
        }
        call.output.list(
            schedules.map { $0.document(now: call.now) },
            table: table,
            empty: "no schedules; `flotilla schedules add` makes one"
        )
        if !schedules.isEmpty, !isLed { call.output.note("no dispatcher leads now: nothing fires until one does") }
        return .ok
    }

    static let show = Command(
        "schedules show",
        help: "One schedule: its policy, its next fires in its zone, its open runs and its latest fires.",
        example: "flotilla schedules show nightly",
        arguments: [name],
        exitCodes: [.notFound]
    ) { call in
        let (schedule, fires, open) = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let schedule = try await find(call[name], store)
            return (schedule, try await store.fires(of: schedule, limit: 5), try await store.open(of: schedule.name))
        }
        let next = schedule.nextFires(5, now: call.now)
        let document = schedule.document(now: call.now).adding([
            "next_fires": .array(next.map { .time($0) }), "open_runs": .array(open.map(\.document)),
            "latest_fires": .array(fires.map(\.document)),
        ])
        call.output.show(document) {
            call.output.facts(schedule.facts(now: call.now))
            let zone = try? Zones.rules(schedule.zone)
            for fire in next { call.output.print("  next  " + FireText.line(fire, zone, now: call.now)) }
            for run in open {
                call.output.print("  open  run \(run.id) of \(run.days), \(run.ended) of \(run.expected) jobs ended")
            }
            if !fires.isEmpty {
                call.output.print("")
                FireText.table(fires, now: call.now).print(on: call.output)
            }
        }
        return .ok
    }

    static let fires = Command(
        "schedules fires",
        help: "The ledger of a schedule's fires, newest first: when, who wanted it, what became of it and why.",
        example: "flotilla schedules fires nightly --verdict skipped",
        arguments: [name],
        options: [verdict, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let fires = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            return try await store.fires(
                of: try await find(call[name], store),
                verdict: call[verdict],
                limit: call[SharedOptions.limit]
            )
        }
        call.output.list(
            fires.map(\.document),
            table: FireText.table(fires, now: call.now),
            empty: "no fires yet"
        )
        return .ok
    }

    static let preview = Command(
        "schedules preview",
        help: "When an expression would fire, in its zone and in UTC; daylight saving included. Needs no database.",
        example: "flotilla schedules preview --cron \"30 2 * * *\" --zone America/Los_Angeles --count 5",
        options: [cron, zone, count]
    ) { call in
        guard let expression = try Expression(call[cron], call[zone]) else {
            throw CommandFailure(.usage, "--cron none fires only when asked")
        }
        var moment = call.now
        var fires: [Instant] = []
        while fires.count < call[count], let next = expression.next(after: moment) {
            fires.append(next)
            moment = next
        }
        var table = TextTable("local", "utc", "from now")
        for fire in fires {
            table.add(
                FireText.local(fire, expression.zone),
                fire.text(.seconds),
                Words.relative(fire, now: call.now)
            )
        }
        let items = fires.map { fire -> JSONValue in
            ["local": .string(FireText.local(fire, expression.zone)), "fire_at": .time(fire)]
        }
        call.output.list(items, table: table, empty: "it never fires")
        return .ok
    }
}

extension StoredSchedule {
    /// Whether it keeps still at a moment.
    func isPaused(now: Instant) -> Bool { !isEnabled && pausedUntil.map { $0 > now } ?? !isEnabled }

    /// When it fires next, in words.
    func state(now: Instant) -> String {
        if isPaused(now: now) {
            return pausedUntil.map { "paused, goes on \(Words.relative($0, now: now))" } ?? "paused"
        }
        if !hasExpression { return "when asked" }
        guard let next = nextFires(1, now: now).first else { return "never" }
        return next <= now && policy.overlap == .wait && open.present > 0
            ? "waits for a run" : Words.relative(next, now: now)
    }

    /// The next fires by its expression, that which is due included.
    func nextFires(_ count: Int, now: Instant) -> [Instant] {
        guard let (cron, zone) = try? expression() else { return [] }
        // No dispatcher may have looked at it yet: this is what it will find.
        var fires = [nextFire ?? cron.next(after: now, in: zone)].compactMap { $0 }
        while fires.count < count, let last = fires.last, let next = cron.next(after: max(last, now), in: zone) {
            fires.append(next)
        }
        return fires
    }

    func document(now: Instant) -> JSONValue {
        [
            "name": .string(name), "cron": .string(cron), "zone": .string(zone), "platform": .string(platform),
            "collect": .string(collect), "lane": .string(lane), "lookback_days": .int(lookbackDays),
            "grace_seconds": .int(policy.grace.components.seconds), "catch_up": .string(policy.catchUp.rawValue),
            "overlap": .string(policy.overlap.rawValue), "enabled": .bool(!isPaused(now: now)),
            "paused_until": .time(pausedUntil), "paused_reason": .string(pausedReason),
            "next_fire_at": .time(nextFires(1, now: now).first), "open": .int(open.present),
            "open_backfills": .int(open.backfills), "waiting": .int(waiting),
        ]
    }

    func facts(now: Instant) -> [(String, String)] {
        [
            ("schedule", name), ("fires", hasExpression ? "\(cron) in \(zone)" : "when asked"),
            (
                "collects",
                "\(collect) of \(platform), \(Words.count(Int64(lookbackDays), "day")) back, lane \(lane)"
            ),
            ("grace", Words.span(policy.grace)), ("catch up", policy.catchUp.rawValue),
            ("overlap", policy.overlap.rawValue), ("state", state(now: now)), ("reason", pausedReason),
            ("waiting", waiting == 0 ? "" : Words.count(Int64(waiting), "fire")),
        ]
    }
}

extension StoredFire {
    var document: JSONValue {
        [
            "fire_at": .time(at), "trigger": .string(trigger.rawValue), "verdict": .string(verdict.rawValue),
            "reason": .string(reason), "run": .text(run?.description), "asked_by": .string(askedBy),
            "decided_at": .time(decidedAt),
        ]
    }
}

/// Fires as people read them.
enum FireText {
    static func table(_ fires: [StoredFire], now: Instant) -> TextTable {
        var table = TextTable("fire", "", "trigger", "verdict", "reason", "run", "asked by")
        for fire in fires {
            table.add(
                fire.at.text(.seconds),
                Words.relative(fire.at, now: now),
                fire.trigger.rawValue,
                fire.verdict.rawValue,
                fire.reason,
                fire.run?.description ?? "",
                fire.askedBy
            )
        }
        return table
    }

    static func line(_ fire: Instant, _ zone: TimeZoneRules?, now: Instant) -> String {
        let shown = zone.map { local(fire, $0) + "  " } ?? ""
        return "\(shown)\(fire.text(.seconds))  (\(Words.relative(fire, now: now)))"
    }

    /// Date, time of day and offset as a clock on the wall has them.
    static func local(_ fire: Instant, _ zone: TimeZoneRules) -> String {
        let time = zone.localTime(at: fire)
        let offset = zone.offset(at: fire) / 60
        let sign = offset < 0 ? "-" : "+"
        return "\(time.date) \(two(time.secondOfDay / 3600)):\(two(time.secondOfDay / 60 % 60)) "
            + "\(sign)\(two(abs(offset) / 60)):\(two(abs(offset) % 60))"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
