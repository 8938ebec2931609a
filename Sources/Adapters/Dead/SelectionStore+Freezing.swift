public import FleetCore
internal import JSON
internal import Platforms
internal import Postgres

/// What an operator wants to be done with letters.
public struct SelectionOrder: Sendable {
    public var action: LetterAction
    public var filter: LetterFilter
    public var reason: String
    /// Who wants it, as the audit log will say.
    public var person: String
    /// Reasons that do not count.
    public var allowed: Set<ReplayRefusal> = []
    /// How often a job may have been replayed.
    public var mostReplays = ReplayCase.mostReplays
    /// Workspaces without money at a platform.
    public var withoutMoney: Set<SpentBudget> = []
    /// The message that takes the place of the letter's own, for a selection of one letter.
    public var edit: JobEdit?

    public init(_ action: LetterAction, of filter: LetterFilter, reason: String, person: String = AuditLog.person) {
        self.action = action
        self.filter = filter
        self.reason = reason
        self.person = person
    }
}

/// A workspace whose budget of money at a platform is spent.
public struct SpentBudget: Hashable, Sendable {
    public var platform: String
    public var workspace: Int64

    public init(platform: String, workspace: Int64) {
        self.platform = platform
        self.workspace = workspace
    }
}

extension SelectionStore {
    /// Carries the plan of a dry run out of the transaction that is rolled back.
    private struct DryRun: Error {
        var plan: SelectionPlan
    }

    /// Chooses the letters that there are now, by number, and examines each.
    ///
    /// - Parameter isKept: whether the selection is kept; a dry run leaves no trace.
    public func freeze(_ order: SelectionOrder, isKept: Bool, now: Instant) async throws -> SelectionPlan {
        do {
            return try await pool.withTransaction { connection in
                let plan = try await freeze(order, now: now, connection)
                if !isKept { throw DryRun(plan: plan) }
                return plan
            }
        } catch let error as TransactionError {
            if let dry = error.body as? DryRun { return dry.plan }
            throw error.body as? SelectionFault ?? error
        }
    }

    private func freeze(_ order: SelectionOrder, now: Instant, _ connection: Connection) async throws -> SelectionPlan {
        let id = try await connection.query(
            "insert into flotilla.selections (action, filter, reason, person) values ($1, $2, $3, $4) returning id",
            [
                .text(order.action.rawValue), .json(order.filter.document.description), .text(order.reason),
                .text(order.person),
            ]
        ).only().int8(0)
        let count = try await choose(order.filter, for: id, connection)
        if let edit = order.edit { try await put(edit, into: id, connection) }
        if order.action == .replay {
            var examination = ReplayExamination(order: order, now: now)
            try await examination.examine(selection: id, on: connection)
        }
        let note = AuditLog.command(
            "\(order.action.rawValue).select",
            target: StoredSelection.target(id),
            reason: order.reason,
            details: [
                "filter": order.filter.document, "letters": .number(.integer(count)),
                "edit": order.edit.map(\.document) ?? .null,
                "allowed": .array(order.allowed.map(\.rawValue).sorted().map { .string($0) }),
            ],
            person: order.person
        )
        _ = try await connection.pipeline([note])
        return try await plan(id, order.action, count, connection)
    }

    private func choose(_ filter: LetterFilter, for id: Int64, _ connection: Connection) async throws -> Int64 {
        var (conditions, parameters) = filter.conditions
        if filter.state == nil { conditions += " and d.state in ('open', 'archived')" }
        parameters.append(.int8(id))
        let statement = Statement(
            dynamic: """
                insert into flotilla.selection_items (selection, place, letter_id)
                select $\(parameters.count), row_number() over (order by k.dead_at, k.id), k.id
                from (select d.id, d.dead_at from flotilla.dead_letters d where \(conditions)
                    limit \(Self.mostLetters + 1)) k
                """
        )
        let count = Int64(try await connection.query(statement, parameters).affected)
        guard count > 0 else {
            throw SelectionFault(kind: .notFound, description: "no dead letter is like that; see `flotilla dead list`")
        }
        guard count <= Int64(Self.mostLetters) else {
            throw SelectionFault(
                kind: .refused,
                description: "that is more than \(Self.mostLetters) letters; choose fewer by cause, platform or time"
            )
        }
        try await connection.query(
            "update flotilla.selections set letters = $2 where id = $1",
            [.int8(id), .int8(count)]
        )
        return count
    }

    /// Puts the edited message in the place of the letter's; a letter that knew no job learns whose it is.
    private func put(_ edit: JobEdit, into id: Int64, _ connection: Connection) async throws {
        _ = try await connection.pipeline([
            Command(
                "update flotilla.selection_items set body = $2 where selection = $1",
                [.int8(id), .bytes(edit.body)]
            ),
            Command(
                """
                update flotilla.dead_letters d set job_id = coalesce(d.job_id, $2), account_id = coalesce(d.account_id, $3)
                from flotilla.selection_items i where i.selection = $1 and d.id = i.letter_id
                """,
                [.int8(id), .uuid(edit.job.id.parameter), .int8(edit.job.account)]
            ),
        ])
    }

    private func plan(
        _ id: Int64,
        _ action: LetterAction,
        _ count: Int64,
        _ connection: Connection
    ) async throws -> SelectionPlan {
        let rows = try await connection.pipeline([
            Command(
                """
                select i.refusal, count(*), (array_agg(i.letter_id order by i.place))[1],
                    (array_agg(coalesce(i.detail, '') order by i.place))[1]
                from flotilla.selection_items i where i.selection = $1 and i.state = 'refused' group by 1 order by 2 desc, 1
                """,
                [.int8(id)]
            ),
            Command(
                """
                select d.platform, count(*) from flotilla.selection_items i join flotilla.dead_letters d on d.id = i.letter_id
                where i.selection = $1 and i.state = 'waiting' group by 1 order by 2 desc, 1
                """,
                [.int8(id)]
            ),
        ])
        return SelectionPlan(
            selection: id,
            action: action,
            letters: count,
            refused: try rows[0].compactMap { row in
                guard let reason = ReplayRefusal(rawValue: try row.text(0)) else { return nil }
                return SelectionPlan.Refused(
                    reason: reason,
                    letters: try row.int8(1),
                    example: try row.int8(2),
                    detail: try row.text(3)
                )
            },
            platforms: try rows[1].map { (try $0.text(0), try $0.int8(1)) }
        )
    }

    /// What a frozen selection will do, as it was found when it was frozen.
    public func plan(_ selection: StoredSelection) async throws -> SelectionPlan {
        try await pool.withConnection { connection in
            try await plan(selection.id, selection.action, selection.letters, connection)
        }
    }
}

extension JobEdit {
    /// The fields that differ, as they were and as they are.
    var document: JSONValue {
        .object(
            changes.map { change in
                .init(change.field, ["before": .string(change.before ?? ""), "after": .string(change.after ?? "")])
            }
        )
    }
}
