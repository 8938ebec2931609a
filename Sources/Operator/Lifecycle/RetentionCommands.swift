import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla retention show | set | accept | hold | lift | run | report`.
enum RetentionCommands {
    static let group = CommandGroup("retention", help: "How long what is kept, and why.")
    static let all: [Configuration.Command] = [show, set, accept, hold, lift, run, report]

    private static let kind = Option("class", ValueKind<RetentionClass>.choice, help: "Which kind of data.")
    private static let days = Option(
        "days",
        ValueKind<RetentionSpan>(
            shape: "a number of days, or unlimited",
            parse: { text in
                if text == "unlimited" { return .unlimited }
                return Int(text).flatMap { (1...100_000).contains($0) ? RetentionSpan(days: $0) : nil }
            }
        ),
        help: "How long."
    )
    private static let reason = Option("reason", ValueKind<String>.text(longest: 500), help: "Why; it is written down.")
    private static let withdraw = Option(
        "withdraw",
        ValueKind<Bool>.toggle,
        default: false,
        help: "The platform does not allow more any longer."
    )
    private static let account = Option("account", .number, help: "One account.").optional
    private static let workspace = Option("workspace", .number, help: "One workspace's accounts.").optional
    private static let dryRun = Option(
        "dry-run",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Say what is due, and change nothing."
    )

    static let show = Configuration.Command(
        "retention show",
        help: "What is kept how long: what was set, and what platforms' terms make of it for real accounts.",
        example: "flotilla retention show"
    ) { call in
        let policy = try await call.withPool { pool in try await RetentionStore(pool: pool).policy() }
        var table = TextTable("class", "platform", ">kept for", "because")
        var items: [JSONValue] = []
        for line in RetentionLine.all(policy) {
            table.add(line.kind.rawValue, line.platform?.rawValue ?? "all", line.span.description, line.why)
            items.append(line.document)
        }
        call.output.list(items, table: table, empty: "")
        return .ok
    }

    static let set = Configuration.Command(
        "retention set",
        help:
            "Set how long a kind of data is kept, for one platform or for all. What would break a roll-up that is still open "
            + "is refused.",
        example: "flotilla retention set --class observations --days 200 --reason \"disk space\"",
        options: [kind, SharedOptions.anyPlatform, days, reason],
        exitCodes: [.refused]
    ) { call in
        let key = RetentionPolicy.Key(call[kind], call[SharedOptions.anyPlatform])
        try await call.withPool { pool in
            let store = RetentionStore(pool: pool)
            if let refusal = try await store.policy().refusal(of: call[days], for: key) {
                throw CommandFailure(.refused, refusal)
            }
            try await store.set(call[days], for: key, reason: call[reason])
        }
        let whose = key.platform.map { " of \($0.rawValue)" } ?? ""
        call.output.show([
            "class": .string(key.kind.rawValue), "platform": .text(key.platform?.rawValue),
            "days": call[days].days.map { .int($0) } ?? .null,
        ]) {
            call.output.print("\(key.kind.rawValue)\(whose) are kept for \(call[days])")
        }
        return .ok
    }

    static let accept = Configuration.Command(
        "retention accept",
        help: "Note that a platform has allowed more than its terms say; then what was set holds for it too.",
        example: "flotilla retention accept --platform youtube --reason \"approval of 2026-10-02\"",
        options: [SharedOptions.platform, reason, withdraw],
        exitCodes: [.notFound]
    ) { call in
        let platform = call[SharedOptions.platform]
        let reason = call[withdraw] ? nil : call[reason]
        let count = try await call.withPool { pool in
            try await RetentionStore(pool: pool).accept(platform, reason: reason)
        }
        guard count > 0 else {
            throw CommandFailure(.notFound, "no terms of \(platform.rawValue) are known; what was set holds")
        }
        call.output.show(["platform": .string(platform.rawValue), "accepted": .bool(reason != nil)]) {
            call.output.print("the terms of \(platform.rawValue) are \(reason == nil ? "in force" : "lifted")")
        }
        return .ok
    }

    static let hold = Configuration.Command(
        "retention hold",
        help:
            "Forbid that anything of an account, of a workspace, or (with neither) of anybody is deleted. Partitions hold "
            + "everybody's rows, so none is dropped meanwhile.",
        example: "flotilla retention hold --account 17 --reason \"case 4711\"",
        options: [account, workspace, reason]
    ) { call in
        guard call[account] == nil || call[workspace] == nil else {
            throw CommandFailure(.usage, "name --account or --workspace, not both")
        }
        let id = try await call.withPool { pool in
            try await RetentionStore(pool: pool).hold(
                workspace: call[workspace],
                account: call[account],
                reason: call[reason]
            )
        }
        call.output.show(["hold": .int(id)]) { call.output.print("hold \(id) is in force") }
        return .ok
    }

    private static let holdNumber = Argument("hold", .number, help: "The hold's number.")

    static let lift = Configuration.Command(
        "retention lift",
        help: "End a hold.",
        example: "flotilla retention lift 3",
        arguments: [holdNumber],
        exitCodes: [.notFound]
    ) { call in
        let isLifted = try await call.withPool { pool in try await RetentionStore(pool: pool).lift(call[holdNumber]) }
        guard isLifted else { throw CommandFailure(.notFound, "no hold \(call[holdNumber]) is in force") }
        call.output.show(["hold": .int(call[holdNumber])]) { call.output.print("hold \(call[holdNumber]) is lifted") }
        return .ok
    }

    static let run = Configuration.Command(
        "retention run",
        help:
            "Take away what is too old now, as the dispatcher that leads does by itself. May be stopped and called again.",
        example: "flotilla retention run --dry-run",
        options: [dryRun],
        exitCodes: [.partial]
    ) { call in
        try await call.withPool(silence: nil) { pool in
            let store = RetentionStore(pool: pool)
            let plan = RetentionPlan(try await store.policy(), platforms: PlatformName.allKnown, now: call.now)
            return call[dryRun] ? try await rehearse(plan, store, call) : try await carryOut(plan, store, call)
        }
    }

    private static func rehearse(
        _ plan: RetentionPlan,
        _ store: RetentionStore,
        _ call: CommandCall
    ) async throws -> ExitCode {
        var table = TextTable("class", "platform", "what", "before")
        var items: [JSONValue] = []
        func add(_ kind: RetentionClass, _ platform: String, _ what: String, _ before: Instant) {
            table.add(kind.rawValue, platform, what, before.text(.seconds))
            items.append([
                "class": .string(kind.rawValue), "platform": .string(platform), "what": .string(what),
                "before": .time(before),
            ])
        }
        for drop in plan.drops {
            for part in try await store.due(drop) { add(drop.kind, "all", part, drop.before) }
        }
        for sweep in plan.sweeps where sweep.platform != nil || sweep.kind == .deadLetters {
            let whose = sweep.isRealOnly ? "rows of real accounts" : "rows"
            add(sweep.kind, sweep.platform?.rawValue ?? "all", whose, sweep.before)
        }
        call.output.list(items, table: table, empty: "nothing is due")
        return .ok
    }

    private static func carryOut(
        _ plan: RetentionPlan,
        _ store: RetentionStore,
        _ call: CommandCall
    ) async throws -> ExitCode {
        var (dropped, deleted, failed): ([String], Int64, [String]) = ([], 0, [])
        try await RetentionRound(store).run(plan, now: call.now, goesOn: { !Task.isCancelled }) { event in
            switch event {
            case .planned(let kind, let count): call.output.note("\(count) partitions of \(kind.rawValue) are due")
            case .moved(let part, let state):
                call.output.note("\(part) \(state)")
                if state == "dropped" { dropped.append(part) }
            case .deleted(_, let count): deleted += count
            case .failed(let what, let reason):
                call.output.note("\(what): \(reason)")
                failed.append(what)
            }
        }
        let waiting = try await store.waiting()
        call.output.show([
            "dropped": .array(dropped.map { .string($0) }), "deleted": .int(deleted),
            "waiting": .object(waiting.map { .init($0.part, .string($0.reason)) }),
        ]) {
            call.output.print(
                "dropped \(Words.count(Int64(dropped.count), "partition")), deleted \(Words.count(deleted, "row"))"
            )
            for (part, reason) in waiting { call.output.print("\(part) waits: \(reason)") }
        }
        return failed.isEmpty && waiting.isEmpty ? .ok : .partial
    }
}
