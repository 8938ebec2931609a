import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla dead selections | progress | watch | pause | resume | stop`.
enum SelectionCommands {
    static let all: [Configuration.Command] = [selections, progress, watch, pause, resume, stop]

    private static let number = Argument("selection", .number, help: "The selection's number.")
    private static let exits: [ExitCode] = [.notFound, .refused]

    static let selections = Configuration.Command(
        "dead selections",
        help: "Letters that were chosen, and what became of them; the newest first.",
        example: "flotilla dead selections --limit 10",
        options: [SharedOptions.limit]
    ) { call in
        let found = try await call.withPool { try await SelectionStore(pool: $0).recent(call[SharedOptions.limit]) }
        var table = TextTable(">selection", "made", "action", "state", ">letters", "who", "reason", "note")
        for selection in found {
            table.add(
                String(selection.id),
                Words.relative(selection.madeAt, now: call.now),
                selection.action.rawValue,
                selection.state.rawValue,
                Words.number(selection.letters),
                selection.person,
                Words.short(selection.reason),
                selection.note ?? ""
            )
        }
        call.output.list(found.map { .object($0.members) }, table: table, empty: "no selections yet")
        return .ok
    }

    static let progress = Configuration.Command(
        "dead progress",
        help: "How far a selection is, and what became of the letters that were sent.",
        example: "flotilla dead progress 17",
        arguments: [number],
        exitCodes: [.notFound]
    ) { call in
        let selection = try await call.withPool { pool in try await find(call[number], SelectionStore(pool: pool)) }
        return try await show(selection, call)
    }

    private static let timeout = Option(
        "timeout",
        .duration(.seconds(1) ... .seconds(7 * 86_400)),
        default: .seconds(86_400),
        help: "How long to watch."
    )
    private static let toTheEnd = Option(
        "to-the-end",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Until every job that was sent has ended, and not only until all are sent."
    )

    static let watch = Configuration.Command(
        "dead watch",
        help: "Follow a selection until it is over or put off. Ends with 5 when some of its jobs died again.",
        example: "flotilla dead watch 17 --to-the-end",
        arguments: [number],
        options: [timeout, toTheEnd],
        exitCodes: [.notFound, .partial]
    ) { call in
        let (wantsAll, deadline) = (call[toTheEnd], Deadline(after: call[timeout]))
        let (selection, progress) = try await call.withPool { pool in
            let store = SelectionStore(pool: pool)
            return try await follow(call[number], store, wantsAll, deadline, call.output)
        }
        show(selection, progress, call)
        return progress.diedAgain > 0 ? .partial : .ok
    }

    private static func follow(
        _ id: Int64,
        _ store: SelectionStore,
        _ wantsAll: Bool,
        _ deadline: Deadline,
        _ output: CommandOutput
    ) async throws -> (StoredSelection, SelectionProgress) {
        var reporter = ProgressReporter(output, unit: "letters", total: try await find(id, store).letters)
        while true {
            let (selection, progress) = (try await find(id, store), try await store.progress(id))
            let ended = progress.resolved + progress.diedAgain
            let done = progress.refused + progress.skipped + (wantsAll ? ended : progress.sent + progress.closed)
            reporter.report(done, total: progress.letters)
            let isStill = !selection.state.isMoving && progress.claimed == 0
            if isStill && (!wantsAll || progress.onTheWay == 0) || deadline.isPast() {
                reporter.end(keeping: true)
                return (selection, progress)
            }
            do { try await Task.sleep(for: .milliseconds(250)) } catch {
                reporter.end(keeping: true)
                throw CommandFailure(
                    .interrupted,
                    "the selection goes on without being watched; watch again with `flotilla dead watch \(id)`, put it off "
                        + "with `flotilla dead pause \(id)`"
                )
            }
        }
    }

    static let pause = steering(
        "pause",
        "Put a selection off; what is on its way to the broker at this moment still arrives."
    ) {
        try await $0.pause($1[number], reason: $1[AuditLogCommands.reason])
    }

    static let stop = steering("stop", "End a selection for good; letters that were not sent stay open.") {
        try await $0.stop($1[number], reason: $1[AuditLogCommands.reason])
    }

    private static let newRate = Option(
        "rate",
        .number(0.01...10_000, unit: "letters a second"),
        help: "Another rate from now on."
    ).optional

    static let resume = steering(
        "resume",
        "Go on with a selection that was put off; after a canary that failed, your word that it may go on.",
        options: [newRate]
    ) { store, call in
        let resumed = try await store.resume(call[number], rate: call[newRate], reason: call[AuditLogCommands.reason])
        if resumed.action != .replay { while try await store.close(resumed) { try Task.checkCancellation() } }
        return resumed
    }

    private static func steering(
        _ verb: String,
        _ help: String,
        options: [any DeclaredOption] = [],
        _ body: @escaping @Sendable (SelectionStore, CommandCall) async throws -> StoredSelection
    ) -> Configuration.Command {
        Configuration.Command(
            "dead \(verb)",
            help: help,
            example: "flotilla dead \(verb) 17 --reason \"looking into it\"",
            arguments: [number],
            options: [AuditLogCommands.reason] + options,
            exitCodes: exits
        ) { call in
            let selection = try await call.withPool(silence: nil) { pool in
                let store = SelectionStore(pool: pool)
                do {
                    let changed = try await body(store, call)
                    try await settle(changed, store)
                    return try await find(changed.id, store)
                } catch { throw SelectionFault.failure(error) }
            }
            return try await show(selection, call)
        }
    }

    /// Waits a moment for letters that are on their way to the broker, so that the counts that are shown are the last ones.
    private static func settle(_ selection: StoredSelection, _ store: SelectionStore) async throws {
        guard !selection.state.isMoving else { return }
        let deadline = Deadline(after: .seconds(3))
        while try await store.progress(selection.id).claimed > 0, !deadline.isPast() {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func find(_ id: Int64, _ store: SelectionStore) async throws -> StoredSelection {
        guard let selection = try await store.selection(id) else {
            throw CommandFailure(.notFound, "there is no selection \(id); see `flotilla dead selections`")
        }
        return selection
    }

    // MARK: Showing

    static func show(_ selection: StoredSelection, _ call: CommandCall) async throws -> ExitCode {
        let (progress, hasLeader) = try await call.withPool { pool in
            let held = try await pool.query("select count(*) from flotilla.leases where expires_at > now()").only()
                .int8(0)
            return (try await SelectionStore(pool: pool).progress(selection.id), held > 0)
        }
        show(selection, progress, call)
        if selection.action == .replay, selection.state.isMoving, !hasLeader {
            call.output.note("no dispatcher leads at present; letters are sent as soon as one does")
        }
        return .ok
    }

    private static func show(_ selection: StoredSelection, _ progress: SelectionProgress, _ call: CommandCall) {
        call.output.show(.object(selection.members + progress.members)) {
            call.output.facts(
                selection.facts(call.now)
                    + progress.members.map { ($0.key, Words.number($0.value.int64 ?? 0)) }
                    .filter { $0.1 != "0" }
            )
        }
    }
}

extension StoredSelection {
    var members: [JSONValue.Member] {
        [
            .init("selection", .int(id)), .init("action", .string(action.rawValue)),
            .init("state", .string(state.rawValue)),
            .init("note", .text(note)), .init("filter", (try? JSONValue(parsing: filter)) ?? .null),
            .init("reason", .string(reason)), .init("person", .string(person)), .init("frozen", .int(letters)),
            .init("rate", .number(.decimal(terms.rate.description))), .init("canary", .int(terms.canary)),
            .init("tolerance", .int(terms.tolerance)), .init("canary_passed", .bool(passed)),
            .init("made_at", .time(madeAt)), .init("started_at", .time(startedAt)), .init("ended_at", .time(endedAt)),
        ]
    }

    func facts(_ now: Instant) -> [(name: String, value: String)] {
        [
            ("selection", String(id)), ("action", action.rawValue), ("state", state.rawValue), ("note", note ?? ""),
            ("chosen by", filter), ("reason", reason), ("who", person), ("made", Words.relative(madeAt, now: now)),
            ("begun", Words.relative(startedAt, now: now)), ("ended", Words.relative(endedAt, now: now)),
            ("rate", action == .replay ? "\(terms.rate) letters a second" : ""), ("frozen", Words.number(letters)),
        ]
    }
}

extension SelectionProgress {
    var members: [JSONValue.Member] {
        [
            .init("waiting", .int(waiting)), .init("refused", .int(refused)), .init("in_hand", .int(claimed)),
            .init("sent", .int(sent)), .init("closed", .int(closed)), .init("skipped", .int(skipped)),
            .init("ended_well", .int(resolved)), .init("died_again", .int(diedAgain)),
            .init("on_the_way", .int(onTheWay)),
        ]
    }
}
