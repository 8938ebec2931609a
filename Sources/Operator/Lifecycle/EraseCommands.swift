import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla erase account | workspace | list | show`.
enum EraseCommands {
    static let group = CommandGroup("erase", help: "Erase accounts and workspaces for good, with a receipt.")
    static let all: [Configuration.Command] = [account, workspace, list, show]

    private static let number = Argument("number", .number, help: "Its number.")
    private static let receipt = Argument("receipt", .number, help: "The receipt's number.")
    private static let reason = Option(
        "reason",
        ValueKind<String>.text(longest: 500),
        help: "Why; it stays in the receipt, so name nobody in it."
    )
    private static let dryRun = Option(
        "dry-run",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Say what there is to erase, and change nothing."
    )
    private static let settle = Option(
        "settle",
        .duration(.zero ... .seconds(3600)),
        default: Eraser.Patience().settle,
        help: "How long workers may still hold jobs of it, before everything is searched again."
    )
    private static let options: [any DeclaredOption] = [reason, dryRun, settle, SharedOptions.yes]

    static let account = Configuration.Command(
        "erase account",
        help:
            "Erase an account with its posts: tables, queues, dead letters and what comes late. Its workspace's roll-ups are "
            + "computed without it. Goes on where it was when it is called again. Needs --yes.",
        example: "flotilla erase account 17 --reason \"request of 2026-11-20\" --yes",
        arguments: [number],
        options: options,
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        try await erase(.account(call[number]), call)
    }

    static let workspace = Configuration.Command(
        "erase workspace",
        help: "Erase a workspace with all its accounts, as `erase account` does with one. Needs --yes.",
        example: "flotilla erase workspace 3 --reason \"contract ended\" --yes",
        arguments: [number],
        options: options,
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        try await erase(.workspace(call[number]), call)
    }

    private static func erase(_ target: ErasureTarget, _ call: CommandCall) async throws -> ExitCode {
        if call[dryRun] { return try await rehearse(target, call) }
        guard call[SharedOptions.yes] else {
            throw CommandFailure(.refused, "would erase \(target.kind) \(target.number) for good; add --yes to do it")
        }
        let topology = try TopologyCommands.topology(call)
        let endpoint = try call.endpoint()
        let erasure = try await call.withPool(size: 2, silence: nil) { pool in
            let eraser = Eraser(
                store: ErasureStore(pool: pool),
                endpoint: endpoint,
                topology: topology,
                patience: Eraser.Patience(settle: call[settle]),
                logger: call.logger
            )
            do {
                return try await eraser.erase(
                    target,
                    reason: call[reason],
                    now: { Instant(microseconds: ProcessClock.wallNow) },
                    note: { call.output.note(words($0)) }
                )
            } catch let fault as ErasureFault {
                throw CommandFailure(.failed, fault.description)
            }
        }
        show(erasure, call)
        return .ok
    }

    private static func words(_ event: Eraser.Event) -> String {
        switch event {
        case .reached(let step): step.rawValue
        case .removed(let count, let queue): "took \(Words.count(Int64(count), "message")) out of \(queue)"
        case .waits(let reason): "waiting: \(reason)"
        }
    }

    private static func rehearse(_ target: ErasureTarget, _ call: CommandCall) async throws -> ExitCode {
        let (obstacle, rows) = try await call.withPool(silence: nil) { pool in
            let store = ErasureStore(pool: pool)
            return (try await store.obstacle(target), try await store.rehearse(target))
        }
        var table = TextTable("table", ">rows")
        for (name, count) in rows { table.add(name, Words.number(count)) }
        call.output.show([
            "kind": .string(target.kind), "number": .int(target.number), "obstacle": .text(obstacle),
            "rows": .object(rows.map { .init($0.name, .int($0.count)) }),
        ]) {
            if let obstacle { call.output.print("refused: \(obstacle)") }
            if table.isEmpty { call.output.note("nothing to erase") } else { table.print(on: call.output) }
        }
        return obstacle == nil ? .ok : .refused
    }

    static let list = Configuration.Command(
        "erase list",
        help: "The newest receipts, and erasures that are not finished.",
        example: "flotilla erase list",
        options: [SharedOptions.limit]
    ) { call in
        let erasures = try await call.withPool { pool in
            try await ErasureStore(pool: pool).recent(call[SharedOptions.limit])
        }
        var table = TextTable(">receipt", "kind", "step", ">accounts", ">rows", ">messages", "began", "finished")
        for erasure in erasures {
            table.add(
                String(erasure.id),
                erasure.kind,
                erasure.step.rawValue,
                Words.number(erasure.accounts),
                Words.number(erasure.rows.reduce(0) { $0 + $1.count }),
                Words.number(erasure.messages.reduce(0) { $0 + $1.count }),
                erasure.beganAt.text(.seconds),
                erasure.finishedAt?.text(.seconds) ?? ""
            )
        }
        call.output.list(erasures.map(document), table: table, empty: "nothing was erased")
        return .ok
    }

    static let show = Configuration.Command(
        "erase show",
        help: "One receipt: what was taken from where, and by which digests it can be recognised.",
        example: "flotilla erase show 4",
        arguments: [receipt],
        exitCodes: [.notFound]
    ) { call in
        let erasure = try await call.withPool { pool in try await ErasureStore(pool: pool).erasure(call[receipt]) }
        guard let erasure else {
            throw CommandFailure(.notFound, "there is no receipt \(call[receipt]); see `flotilla erase list`")
        }
        show(erasure, call)
        return .ok
    }

    private static func show(_ erasure: StoredErasure, _ call: CommandCall) {
        call.output.show(document(erasure)) {
            call.output.facts(
                [
                    ("receipt", String(erasure.id)), ("kind", erasure.kind), ("step", erasure.step.rawValue),
                    ("reason", erasure.reason), ("accounts", Words.number(erasure.accounts)), ("number", erasure.mark),
                    ("name", erasure.nameMark), ("began", erasure.beganAt.text(.seconds)),
                    ("finished", erasure.finishedAt?.text(.seconds) ?? ""),
                ]
                    + erasure.rows.map { ("rows of \($0.name)", Words.number($0.count)) }
                    + erasure.messages.map { ("messages of \($0.name)", Words.number($0.count)) }
            )
        }
    }

    private static func document(_ erasure: StoredErasure) -> JSONValue {
        [
            "receipt": .int(erasure.id), "kind": .string(erasure.kind), "step": .string(erasure.step.rawValue),
            "reason": .string(erasure.reason), "accounts": .int(erasure.accounts),
            "number_sha256": .string(erasure.mark), "name_sha256": .string(erasure.nameMark),
            "rows": .object(erasure.rows.map { .init($0.name, .int($0.count)) }),
            "messages": .object(erasure.messages.map { .init($0.name, .int($0.count)) }),
            "began_at": .time(erasure.beganAt), "finished_at": .time(erasure.finishedAt),
        ]
    }
}
