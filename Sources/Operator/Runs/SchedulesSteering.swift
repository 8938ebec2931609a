import Adapters
import Configuration
import FleetCore
import JSON
import Platforms
import Runtime

/// `flotilla schedules change | pause | resume | run | withdraw`.
extension SchedulesCommands {
    private static let newCron = Option("cron", ValueKind<String>.text(longest: 200), help: "Another expression.")
        .optional
    private static let newZone = Option("zone", ValueKind<String>.text(longest: 64), help: "Another time zone.")
        .optional
    private static let newLane = Option("lane", ValueKind<Lane>.choice, help: "Another lane.").optional
    private static let newLookback = Option("lookback-days", .integer(1...90, unit: "days"), help: "Other days.")
        .optional
    private static let newGrace = Option("grace", .duration(.zero ... .seconds(86_400)), help: "Another grace.")
        .optional
    private static let newCatchUp = Option("catch-up", ValueKind<FirePlan.CatchUp>.choice, help: "Another policy.")
        .optional
    private static let newOverlap = Option("overlap", ValueKind<FirePlan.Overlap>.choice, help: "Another policy.")
        .optional
    private static let pauseFor = Option(
        "for",
        .duration(.seconds(1) ... .seconds(366 * 86_400)),
        help: "It goes on by itself after this time; without it, it stands still until `schedules resume`."
    ).optional
    private static let patience = Option(
        "wait",
        .duration(.zero ... .seconds(3600)),
        default: .seconds(10),
        help: "How long to wait for the dispatcher's decision."
    )

    static let change = Command(
        "schedules change",
        help: "Change a schedule. With another expression or zone it is planned anew from now on.",
        example: "flotilla schedules change nightly --cron \"30 3 * * *\" --reason \"after the platform's own update\"",
        arguments: [name],
        options: [newCron, newZone, newLane, newLookback, newGrace, newCatchUp, newOverlap, reason],
        exitCodes: [.notFound]
    ) { call in
        let change = ScheduleStore.Change(
            cron: call[newCron],
            zone: call[newZone],
            lane: call[newLane],
            lookbackDays: call[newLookback],
            grace: call[newGrace],
            catchUp: call[newCatchUp],
            overlap: call[newOverlap]
        )
        let words = [
            change.cron, change.zone, change.lane?.rawValue, change.lookbackDays.map { "\($0) days" },
            change.grace.map { Words.span($0) }, change.catchUp?.rawValue, change.overlap?.rawValue,
        ].compactMap { $0 }
        guard !words.isEmpty else { throw CommandFailure(.usage, "say what to change, such as --cron") }
        let entry = audit(
            "schedule.change",
            call,
            reason: call[reason],
            details: ["to": .string(words.joined(separator: ", "))]
        )
        return try await act(call, "changed", entry) { store, name, entry in
            let schedule = try await find(name, store)
            _ = try Expression(change.cron ?? schedule.cron, change.zone ?? schedule.zone)
            return try await store.change(name, change, entry)
        }
    }

    static let pause = Command(
        "schedules pause",
        help: "Stop a schedule from firing by itself. What comes due meanwhile follows --catch-up once it goes on.",
        example: "flotilla schedules pause nightly --for 12h --reason \"the platform is in maintenance\"",
        arguments: [name],
        options: [pauseFor, reason],
        exitCodes: [.notFound]
    ) { call in
        let until = call[pauseFor].map { call.now + $0 }
        let entry = audit("schedule.pause", call, reason: call[reason], details: ["until": .time(until)])
        let note = until.map { " until \($0.text(.seconds))" } ?? ""
        return try await act(call, "paused", entry, note: note) {
            try await $0.pause($1, until: until, reason: call[reason], $2)
        }
    }

    static let resume = Command(
        "schedules resume",
        help: "Let a schedule fire again.",
        example: "flotilla schedules resume nightly",
        arguments: [name],
        exitCodes: [.notFound]
    ) { call in
        try await act(call, "resumed", audit("schedule.resume", call, reason: "resumed")) {
            try await $0.resume($1, $2)
        }
    }

    static let withdraw = Command(
        "schedules withdraw",
        help:
            "Take back the fires of a schedule that were asked for and have not begun, such as the rest of a backfill.",
        example: "flotilla schedules withdraw nightly --reason \"enough is filled\"",
        arguments: [name],
        options: [reason],
        exitCodes: [.notFound]
    ) { call in
        let count = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let schedule = try await find(call[name], store)
            return try await store.withdraw(schedule, audit("schedule.withdraw", call, reason: call[reason]))
        }
        call.output.show(["schedule": .string(call[name]), "withdrawn": .int(count)]) {
            call.output.print("\(Words.count(Int64(count), "fire")) withdrawn")
        }
        return .ok
    }

    static let run = Command(
        "schedules run",
        help: "Fire a schedule now, whatever its expression says, paused or not. Its overlap policy holds.",
        example: "flotilla schedules run nightly --reason \"figures are asked for\"",
        arguments: [name],
        options: [reason, patience],
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        let patience = call[patience]
        let (fire, open, isLed) = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let schedule = try await find(call[name], store)
            let entry = audit("schedule.run", call, reason: call[reason])
            guard let moment = try await store.ask(schedule.name, by: AuditLog.person, entry) else {
                throw CommandFailure(.notFound, "the schedule \(schedule.name) was removed meanwhile")
            }
            let fire = try await decision(schedule, moment, store, Deadline(after: patience))
            return (fire, try await store.open(of: schedule.name).first, try await store.isHeld("dispatcher"))
        }
        call.output.show(fire.document) {
            if let run = fire.run { call.output.print("run \(run)") }
        }
        switch fire.verdict {
        case .run: return .ok
        case .waiting:
            let cause = isLed ? open.map { "run \($0.id) is not over" } ?? "not decided yet" : "no dispatcher leads now"
            call.output.note("it waits: \(cause); see `flotilla schedules fires \(call[name])`")
            return .partial
        case .skipped, .merged, .withdrawn:
            let cause = open.map { "run \($0.id) is not over" } ?? fire.reason
            throw CommandFailure(.refused, "\(fire.verdict.rawValue): \(cause)")
        }
    }

    /// The entry of the ledger once it is decided, or as it is when the time is up.
    private static func decision(
        _ schedule: StoredSchedule,
        _ moment: Instant,
        _ store: ScheduleStore,
        _ deadline: Deadline
    ) async throws -> StoredFire {
        while true {
            guard let fire = try await store.fires(of: schedule, in: moment...moment, limit: 1).first else {
                throw CommandFailure(.notFound, "the schedule \(schedule.name) was removed meanwhile")
            }
            if fire.verdict != .waiting || deadline.isPast() { return fire }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
