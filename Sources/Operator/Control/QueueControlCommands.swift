import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla queues pause | drain | resume | controls`.
enum QueueControlCommands {
    static let all: [Configuration.Command] = [pause, drain, resume, controls]

    static let pause = Configuration.Command(
        "queues pause",
        help:
            "Let a part of the work stand still: no worker begins such jobs. What is in hand is finished. Whole queues keep "
            + "their jobs in the broker; jobs of a workspace, an account or a type are set aside in the database as they come.",
        example: "flotilla queues pause --platform instagram --lane bulk --reason \"backfill too early\" --for 2h",
        options: ControlOptions.scope + [ControlOptions.reason, ControlOptions.lasting],
        exitCodes: [.notFound]
    ) { call in try await give(.pause, call) }

    static let drain = Configuration.Command(
        "queues drain",
        help:
            "Publish no new jobs of a part of the work; what was published is finished. Jobs of the SQL door and of plans "
            + "wait in the outbox, runs of whole platforms, lanes or types wait to be published.",
        example: "flotilla queues drain --platform x --reason \"contract ends\"",
        options: ControlOptions.scope + [ControlOptions.reason, ControlOptions.lasting],
        exitCodes: [.notFound]
    ) { call in try await give(.drain, call) }

    private static func give(_ verb: FleetControl.Verb, _ call: CommandCall) async throws -> ExitCode {
        let (id, scope) = try await call.withPool { pool in
            let scope = try await ControlOptions.scope(of: call, pool)
            let desk = ControlDesk(pool: pool)
            let id = try await desk.give(
                verb,
                scope,
                reason: call[ControlOptions.reason],
                lasting: call[ControlOptions.lasting]
            )
            return (id, scope)
        }
        let until = call[ControlOptions.lasting].map { call.now + $0 }
        call.output.show([
            "control": .int(id), "verb": .string(verb.rawValue), "scope": .string(scope.description),
            "reason": .string(call[ControlOptions.reason]), "expires_at": .time(until),
        ]) {
            let end = until.map { "until \($0.text(.seconds))" } ?? "until `flotilla queues resume \(id)`"
            call.output.print("\(verb == .pause ? "paused" : "draining"): \(scope.description), \(end) (control \(id))")
        }
        return .ok
    }

    private static let numbers = Argument(
        "control",
        .number,
        help: "The orders' numbers, as `queues controls` shows them."
    )
    .repeated

    static let resume = Configuration.Command(
        "queues resume",
        help: "Lift pauses and drains by their numbers. Jobs that were set aside go on at once.",
        example: "flotilla queues resume 7",
        arguments: [numbers],
        options: [because],
        exitCodes: [.notFound, .partial]
    ) { call in
        let lifted = try await call.withPool(silence: nil) { pool in
            try await ControlDesk(pool: pool).lift(call[numbers], reason: call[because])
        }
        let unknown = call[numbers].filter { !lifted.contains($0) }
        call.output.show(["lifted": .array(lifted.map { .int($0) }), "not_holding": .array(unknown.map { .int($0) })]) {
            for id in lifted { call.output.print("lifted: control \(id)") }
        }
        for id in unknown { call.output.error("there is no order \(id) that holds; see `flotilla queues controls`") }
        return unknown.isEmpty ? .ok : lifted.isEmpty ? .notFound : .partial
    }

    private static let because = Option("reason", .text(longest: 500), default: "resumed", help: "Why.")
    private static let ended = Option(
        "all",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Those that ended too."
    )

    static let controls = Configuration.Command(
        "queues controls",
        help: "List what is paused and drained: by whom, why, until when, and how many jobs are set aside for it.",
        example: "flotilla queues controls",
        options: [ended, SharedOptions.limit]
    ) { call in
        let entries = try await call.withPool { pool in
            try await ControlDesk(pool: pool).list(all: call[ended], limit: call[SharedOptions.limit])
        }
        var table = TextTable(">no", "order", "of", "reason", "by", "since", "until", ">set aside")
        for entry in entries { table.add(row(entry, call.now)) }
        call.output.list(entries.map(document), table: table, empty: "nothing is paused or drained")
        return .ok
    }

    private static func row(_ entry: ControlDesk.Entry, _ now: Instant) -> [String] {
        let end =
            entry.liftedAt.map { "ended \(Words.relative($0, now: now))" }
            ?? entry.control.expiresAt.map { Words.relative($0, now: now) } ?? "lifted"
        return [
            String(entry.control.id), entry.control.verb.rawValue, entry.control.scope.description,
            entry.control.reason, entry.createdBy, Words.relative(entry.createdAt, now: now), end,
            Words.number(entry.held),
        ]
    }

    static func document(_ entry: ControlDesk.Entry) -> JSONValue {
        let scope = entry.control.scope
        return [
            "control": .int(entry.control.id), "verb": .string(entry.control.verb.rawValue),
            "platform": .text(scope.platform?.rawValue), "lane": .text(scope.lane?.rawValue),
            "workspace": scope.workspace.map { .int($0) } ?? .null, "account": scope.account.map { .int($0) } ?? .null,
            "collect": .text(scope.collect?.rawValue), "reason": .string(entry.control.reason),
            "created_by": .string(entry.createdBy), "created_at": .time(entry.createdAt),
            "expires_at": .time(entry.control.expiresAt), "ended_at": .time(entry.liftedAt),
            "ended_by": .text(entry.liftedBy), "held": .int(entry.held),
        ]
    }
}
