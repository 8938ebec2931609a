public import FleetCore
internal import JSON
public import Postgres

/// Selections of dead letters: chosen and frozen by number, examined, begun, put off, ended. Every act and its entry in the
/// audit log are one transaction.
public struct SelectionStore: Sendable {
    let pool: Pool

    /// The most letters of one selection.
    public static let mostLetters = 1_000_000

    public init(pool: Pool) {
        self.pool = pool
    }

    // MARK: Looking

    /// One selection; nil when there is none.
    public func selection(_ id: Int64) async throws -> StoredSelection? {
        try await selections("where s.id = $1", [.int8(id)]).first
    }

    /// The newest first.
    public func recent(_ limit: Int) async throws -> [StoredSelection] {
        try await selections("order by s.id desc limit $1", [.int8(Int64(limit))])
    }

    /// Those that go on by themselves, and those that have letters on their way.
    func open() async throws -> [StoredSelection] {
        try await selections(
            """
            where s.state in ('canary', 'running') or s.state in ('paused', 'stopped') and exists (
                select from flotilla.selection_items i where i.selection = s.id and i.state = 'claimed')
            order by s.id
            """
        )
    }

    private func selections(_ rest: StaticString, _ parameters: [Parameter] = []) async throws -> [StoredSelection] {
        let statement = Statement(dynamic: "select \(StoredSelection.columns) from flotilla.selections s \(rest)")
        return try await pool.query(statement, parameters).map(StoredSelection.init)
    }

    /// How far a selection is.
    public func progress(_ id: Int64) async throws -> SelectionProgress {
        let row = try await pool.query(
            """
            select count(*) filter (where i.state = 'waiting'), count(*) filter (where i.state = 'refused'),
                count(*) filter (where i.state = 'claimed'), count(*) filter (where i.state = 'sent'),
                count(*) filter (where i.state = 'closed'), count(*) filter (where i.state = 'skipped'),
                count(*) filter (where i.state = 'sent' and d.state = 'resolved'),
                count(*) filter (where i.state = 'sent' and d.state = 'died_again')
            from flotilla.selection_items i join flotilla.dead_letters d on d.id = i.letter_id where i.selection = $1
            """,
            [.int8(id)]
        ).only()
        return SelectionProgress(
            waiting: try row.int8(0),
            refused: try row.int8(1),
            claimed: try row.int8(2),
            sent: try row.int8(3),
            closed: try row.int8(4),
            skipped: try row.int8(5),
            resolved: try row.int8(6),
            diedAgain: try row.int8(7)
        )
    }

    // MARK: Steering

    /// Begins what was frozen. A replay is carried out by the dispatcher that leads; letters are closed by ``close(_:)``.
    public func start(_ id: Int64, terms: ReplayPace.Terms, reason: String) async throws -> StoredSelection {
        try await change(id, "start", reason, details: Self.details(terms)) { selection in
            guard selection.state == .frozen else {
                throw Self.refusal(selection, "was begun before", "resume it with `flotilla dead resume \(id)`")
            }
            selection.terms = terms
            selection.state = selection.action == .replay && terms.canary > 0 ? .canary : .running
        }
    }

    /// Puts it off. What is on its way to the broker at this moment still arrives there.
    public func pause(_ id: Int64, reason: String) async throws -> StoredSelection {
        try await change(id, "pause", reason) { selection in
            guard selection.state.isMoving else { throw Self.refusal(selection, "is \(selection.state.rawValue)") }
            selection.state = .paused
            selection.note = reason
        }
    }

    /// Goes on where it was put off. After a canary that failed, this is the operator's word that it may go on all the same.
    public func resume(_ id: Int64, rate: Double? = nil, reason: String) async throws -> StoredSelection {
        try await change(id, "resume", reason, details: rate.map { ["rate": .number(.decimal($0.description))] } ?? [:])
        {
            selection in
            guard selection.state == .paused else { throw Self.refusal(selection, "is \(selection.state.rawValue)") }
            let failed = selection.note?.hasPrefix("the canary failed") ?? false
            selection.passed = selection.passed || failed
            selection.state = selection.terms.canary > 0 && !selection.passed ? .canary : .running
            selection.note = nil
            if let rate { selection.terms.rate = rate }
        }
    }

    /// Ends it for good. What was not sent stays open.
    public func stop(_ id: Int64, reason: String) async throws -> StoredSelection {
        try await change(id, "stop", reason) { selection in
            guard !selection.state.isOver else { throw Self.refusal(selection, "is \(selection.state.rawValue)") }
            selection.state = .stopped
            selection.note = reason
        }
    }

    /// Reads a selection under lock, changes it and writes it with its entry in the audit log.
    private func change(
        _ id: Int64,
        _ verb: String,
        _ reason: String,
        details: JSONValue = [:],
        _ body: (inout StoredSelection) throws -> Void
    ) async throws -> StoredSelection {
        try await pool.withTransaction { connection in
            let read = Statement(
                dynamic: "select \(StoredSelection.columns) from flotilla.selections s where s.id = $1 for update"
            )
            guard let row = try await connection.query(read, [.int8(id)]).first else { throw SelectionFault.none(id) }
            var selection = try StoredSelection(row)
            try body(&selection)
            _ = try await connection.pipeline([
                Self.write(selection),
                AuditLog.command(
                    "\(selection.action.rawValue).\(verb)",
                    target: selection.target,
                    reason: reason,
                    details: details
                ),
            ])
            return selection
        }
    }

    static func write(_ selection: StoredSelection) -> Command {
        Command(
            """
            update flotilla.selections set state = $2, rate = $3, canary = $4, tolerance = $5, passed = $6, note = $7,
                started_at = coalesce(started_at, case when $2 in ('canary', 'running') then now() end),
                ended_at = coalesce(ended_at, case when $2 in ('stopped', 'finished') then now() end)
            where id = $1
            """,
            [
                .int8(selection.id), .text(selection.state.rawValue), .float8(selection.terms.rate),
                .int4(Int32(clamping: selection.terms.canary)), .int4(Int32(clamping: selection.terms.tolerance)),
                .bool(selection.passed), selection.note.map { .text($0) } ?? .null,
            ]
        )
    }

    private static func refusal(_ selection: StoredSelection, _ why: String, _ advice: String? = nil) -> SelectionFault
    {
        SelectionFault(
            kind: .refused,
            description: "selection \(selection.id) \(why)" + (advice.map { "; \($0)" } ?? "")
        )
    }

    private static func details(_ terms: ReplayPace.Terms) -> JSONValue {
        [
            "rate": .number(.decimal(terms.rate.description)), "canary": .number(.integer(Int64(terms.canary))),
            "tolerance": .number(.integer(Int64(terms.tolerance))),
        ]
    }

    // MARK: Closing

    /// Discards or archives the next letters of a selection that was begun; returns whether there may be more. Two that do so at
    /// once do not disturb each other.
    public func close(_ selection: StoredSelection, limit: Int = 2000) async throws -> Bool {
        let word = selection.action == .discard ? "discarded" : "archived"
        let taken = try await pool.withTransaction { connection in
            let id: [Parameter] = [.int8(selection.id)]
            let state = try await connection.query("select state from flotilla.selections where id = $1 for share", id)
            guard try state.first?.text(0) == "running" else { return -1 }
            return Int(
                try await connection.query(
                    """
                    with next as (
                        select place, letter_id from flotilla.selection_items
                        where selection = $1 and state = 'waiting' order by place limit $3 for update skip locked),
                    taken as (
                        update flotilla.dead_letters d set state = $2, selection = $1, changed_at = now() from next n
                        where d.id = n.letter_id and d.state in ('open', 'archived') and d.state <> $2 returning d.id),
                    done as (
                        update flotilla.selection_items i
                        set state = case when t.id is null then 'skipped' else 'closed' end,
                            refusal = case when t.id is null then 'changed' end
                        from next n left join taken t on t.id = n.letter_id
                        where i.selection = $1 and i.place = n.place returning 1)
                    select count(*) from done
                    """,
                    id + [.text(word), .int8(Int64(limit))]
                ).only().int8(0)
            )
        }
        if taken == 0 { try await finish(selection, fence: nil) }
        return taken > 0
    }

    /// Ends a selection all of whose letters had their turn, with an entry in the audit log.
    func finish(_ selection: StoredSelection, fence: Command?) async throws {
        try await pool.withTransaction { connection in
            if let fence { _ = try await connection.pipeline([fence]) }
            let ended = try await connection.query(
                """
                update flotilla.selections s set state = 'finished', ended_at = now(), note = null
                where s.id = $1 and s.state in ('canary', 'running') and not exists (
                    select from flotilla.selection_items i where i.selection = s.id and i.state in ('waiting', 'claimed'))
                """,
                [.int8(selection.id)]
            ).affected
            guard ended > 0 else { return }
            let entry = AuditLog.command(
                "\(selection.action.rawValue).finish",
                target: selection.target,
                reason: "every letter had its turn"
            )
            _ = try await connection.pipeline([entry])
        }
    }
}
