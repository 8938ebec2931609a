import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla dead replay | discard | archive | edit`: choose letters, see what would be done, begin it.
enum DeadOrders {
    static let all: [Configuration.Command] = [replay, discard, archive, edit]

    static let selection = Option(
        "selection",
        .number,
        help: "Begin this selection, which was frozen before, instead of choosing letters."
    ).optional
    static let dryRun = Option(
        "dry-run",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Say what would be done, and leave no trace."
    )
    static let rate = Option("rate", .number(0.01...10_000, unit: "letters a second"), default: 50, help: "How fast.")
    static let canary = Option(
        "canary",
        .integer(0...10_000, unit: "letters"),
        default: 10,
        help: "So many first, and the others only when those ended well; 0 for none."
    )
    static let tolerance = Option(
        "tolerance",
        .integer(0...10_000, unit: "letters"),
        default: 0,
        help: "How many of the canary may die again."
    )
    static let allow = Option(
        "allow",
        ValueKind<String>.choice(ReplayRefusal.allCases.filter(\.isAdvice).map(\.rawValue)).list(most: 10),
        default: [],
        help: "Send letters all the same that would be refused for this."
    )
    static let mostReplays = Option(
        "most-replays",
        .integer(1...100, unit: "replays"),
        default: ReplayCase.mostReplays,
        help: "A job that was replayed so often and died again is refused as one that goes round in circles."
    )
    private static let exits: [ExitCode] = [.notFound, .refused, .partial]

    static let replay = Configuration.Command(
        "dead replay",
        help:
            "Freeze the letters that there are now, say what would be refused, why, and how long the others take; with --yes, "
            + "begin: a canary first, then the rest at a rate. The dispatcher carries it out, whatever becomes of this command.",
        example:
            "flotilla dead replay --cause transient_too_often --reason \"platform is well again\" --rate 200 --yes",
        options: [selection, AuditLogCommands.reason, dryRun, rate, canary, tolerance, allow, mostReplays]
            + LetterOptions.all
            + [SharedOptions.yes],
        exitCodes: exits
    ) { call in try await carryOut(.replay, call) }

    static let discard = Configuration.Command(
        "dead discard",
        help: "Give letters up for good, with a reason: chosen, frozen and shown first, done with --yes.",
        example: "flotilla dead discard --cause date_too_old --reason \"no longer served\" --yes",
        options: [selection, AuditLogCommands.reason, dryRun] + LetterOptions.all + [SharedOptions.yes],
        exitCodes: exits
    ) { call in try await carryOut(.discard, call) }

    static let archive = Configuration.Command(
        "dead archive",
        help:
            "Put letters aside, with a reason: they are open no more, and can still be replayed with --state archived.",
        example: "flotilla dead archive --group 3f2a90c1b7de --reason \"waits for the contract\" --yes",
        options: [selection, AuditLogCommands.reason, dryRun] + LetterOptions.all + [SharedOptions.yes],
        exitCodes: exits
    ) { call in try await carryOut(.archive, call) }

    private static let letter = Argument("letter", .number, help: "The dead letter's number.")
    private static let fields = Argument(
        "field=value",
        ValueKind<String>.text(longest: 60_000),
        help: "A field of the message with its new value: JSON, or plain text; null takes it out."
    ).repeated

    static let edit = Configuration.Command(
        "dead edit",
        help:
            "Change a letter's message, show the difference, check it against the contract, and replay it with --yes. The "
            + "letter keeps its own message.",
        example: "flotilla dead edit 17 lane=bulk date=2026-11-20 --reason \"wrong day\" --yes",
        arguments: [letter, fields],
        options: [AuditLogCommands.reason, dryRun, allow, mostReplays, SharedOptions.yes],
        exitCodes: [.notFound, .refused]
    ) { call in
        let edit = try await call.withPool { pool in
            guard let content = try await LetterDesk(pool: pool).letter(call[letter]) else {
                throw CommandFailure(.notFound, "there is no dead letter \(call[letter]); see `flotilla dead list`")
            }
            return try makeEdit(content, call[fields], now: call.now)
        }
        for change in edit.changes {
            call.output.note("\(change.field): \(change.before ?? "not there") → \(change.after ?? "not there")")
        }
        var filter = LetterFilter()
        (filter.state, filter.letters) = (nil, [call[letter]])
        return try await begin(.replay, filter, edit: edit, terms: ReplayPace.Terms(rate: 50), call)
    }

    private static func makeEdit(_ content: LetterContent, _ words: [String], now: Instant) throws -> JobEdit {
        let values = try words.map { word in
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
                throw CommandFailure(.usage, "`\(word.prefix(60))` is not of the form field=value")
            }
            return (field: String(word[..<sign]), value: String(word[word.index(after: sign)...]))
        }
        do throws(JobEdit.Fault) {
            return try JobEdit(of: content.body, setting: values, isKnown: content.letter.job != nil, now: now)
        } catch {
            throw CommandFailure(.refused, error.message)
        }
    }

    // MARK: Doing

    private static func carryOut(_ action: LetterAction, _ call: CommandCall) async throws -> ExitCode {
        let terms =
            action == .replay
            ? ReplayPace.Terms(rate: call[rate], canary: call[canary], tolerance: call[tolerance])
            : ReplayPace.Terms(rate: 10_000)
        guard let number = call[selection] else {
            return try await begin(action, call.letterFilter, edit: nil, terms: terms, call)
        }
        let (found, plan) = try await call.withPool { pool in
            let store = SelectionStore(pool: pool)
            guard let found = try await store.selection(number) else {
                throw CommandFailure(.notFound, "there is no selection \(number); see `flotilla dead selections`")
            }
            return (found, try await store.plan(found))
        }
        guard found.action == action else {
            throw CommandFailure(
                .refused,
                "selection \(number) is to \(found.action.rawValue), not to \(action.rawValue)"
            )
        }
        return try await start(plan, terms, call)
    }

    /// Freezes and examines; begins where that was asked for.
    private static func begin(
        _ action: LetterAction,
        _ filter: LetterFilter,
        edit: JobEdit?,
        terms: ReplayPace.Terms,
        _ call: CommandCall
    ) async throws -> ExitCode {
        var order = SelectionOrder(action, of: filter, reason: call[AuditLogCommands.reason])
        order.edit = edit
        if action == .replay {
            order.allowed = Set(call[allow].compactMap { ReplayRefusal(rawValue: $0) })
            order.mostReplays = call[mostReplays]
            order.withoutMoney = try await SpentBudgets.read(call)
        }
        let plan = try await call.withPool(silence: nil) { [order] pool in
            do {
                return try await SelectionStore(pool: pool).freeze(order, isKept: !call[dryRun], now: call.now)
            } catch let fault as SelectionFault { throw fault.failure }
        }
        if call[dryRun] {
            try await PlanText(plan: plan, terms: terms, isKept: false).show(call)
            return plan.accepted > 0 ? .ok : .refused
        }
        return try await start(plan, terms, call)
    }

    private static func start(
        _ plan: SelectionPlan,
        _ terms: ReplayPace.Terms,
        _ call: CommandCall
    ) async throws -> ExitCode {
        guard call[SharedOptions.yes] else {
            try await PlanText(plan: plan, terms: terms, isKept: true).show(call)
            return .ok
        }
        let begun = try await call.withPool(silence: nil) { pool in
            let store = SelectionStore(pool: pool)
            do {
                let begun = try await store.start(plan.selection, terms: terms, reason: call[AuditLogCommands.reason])
                if begun.action != .replay { while try await store.close(begun) { try Task.checkCancellation() } }
                return (try await store.selection(plan.selection)) ?? begun
            } catch { throw SelectionFault.failure(error) }
        }
        return try await SelectionCommands.show(begun, call)
    }
}

extension SelectionFault {
    var failure: CommandFailure { CommandFailure(kind == .notFound ? .notFound : .refused, description) }

    /// The command's failure for what a transaction ended with, where it is one of these.
    static func failure(_ error: any Error) -> any Error {
        (error as? SelectionFault ?? (error as? TransactionError)?.body as? SelectionFault)?.failure ?? error
    }
}
