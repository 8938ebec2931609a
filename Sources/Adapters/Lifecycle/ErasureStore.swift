public import FleetCore
public import Postgres

/// Whom or what to erase.
public enum ErasureTarget: Sendable, Hashable {
    case account(Int64)
    case workspace(Int64)

    /// The word on command lines and in receipts.
    public var kind: String {
        switch self {
        case .account: "account"
        case .workspace: "workspace"
        }
    }

    public var number: Int64 {
        switch self {
        case .account(let number), .workspace(let number): number
        }
    }
}

/// How far an erasure came. The raw values are what the store keeps.
public enum ErasureStep: String, Sendable, CaseIterable {
    /// Nobody can make anything of it any more: doors, workers and writers know it as gone.
    case buried
    /// It was taken out of the queues.
    case swept
    /// Its rows are deleted.
    case deleted
    /// Tables and queues were searched again, after everything that was in somebody's hands had time to come back.
    case searched
    /// Its own row is gone, and its workspace's roll-ups are to be computed without it.
    case forgotten
    case done
}

/// An erasure as it is stored.
public struct StoredErasure: Sendable, Equatable {
    public var id: Int64
    public var kind: String
    /// Nil once it is done.
    public var target: Int64?
    public var step: ErasureStep
    public var reason: String
    public var accounts: Int
    /// Rows deleted, by table.
    public var rows: [(name: String, count: Int64)]
    /// Messages removed, by queue.
    public var messages: [(name: String, count: Int64)]
    /// The digests of number and name under this database's salts, as hexadecimal digits.
    public var mark: String
    public var nameMark: String
    public var beganAt: Instant
    public var finishedAt: Instant?

    public static func == (left: StoredErasure, right: StoredErasure) -> Bool {
        left.id == right.id && left.step == right.step && left.rows.elementsEqual(right.rows, by: ==)
            && left.messages.elementsEqual(right.messages, by: ==)
    }
}

/// The database's part of an erasure. Each call is one transaction and may be made again.
public struct ErasureStore: Sendable {
    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// What stands against it, in a sentence; nil when nothing does.
    public func obstacle(_ target: ErasureTarget) async throws -> String? {
        let isAccount = if case .account = target { true } else { false }
        let rows = try await pool.query(
            """
            select case when h.id is not null then 'hold ' || h.id || ' is in force' end
            from (select a.id as account_id, a.workspace_id from flotilla.accounts a where $1 and a.id = $2
                union all select null, w.id from flotilla.workspaces w where not $1 and w.id = $2) k
            left join flotilla.legal_holds h on h.lifted_at is null and (h.account_id is null and h.workspace_id is null
                or h.account_id = k.account_id or h.workspace_id = k.workspace_id
                or not $1 and h.account_id in (select a.id from flotilla.accounts a where a.workspace_id = k.workspace_id))
            order by 1 limit 1
            """,
            [.bool(isAccount), .int8(target.number)]
        )
        guard let row = rows.first else { return "there is no \(target.kind) \(target.number)" }
        return try row.optionalText(0)
    }

    /// The open erasure of a target, if there is one.
    public func open(_ target: ErasureTarget) async throws -> StoredErasure? {
        try await erasures(
            "where kind = $1 and target = $2",
            [.text(target.kind), .int8(target.number)]
        ).first
    }

    /// One erasure, or nil.
    public func erasure(_ id: Int64) async throws -> StoredErasure? {
        try await erasures("where id = $1", [.int8(id)]).first
    }

    /// The newest erasures first.
    public func recent(_ count: Int) async throws -> [StoredErasure] {
        try await erasures("order by id desc limit $1", [.int8(Int64(count))])
    }

    /// Buries the target: from the commit on nothing of it can be made again. Begins an erasure or goes on with the open one,
    /// to which it adds accounts that a workspace got meanwhile. Returns the erasure's number.
    public func bury(_ target: ErasureTarget, reason: String) async throws -> Int64 {
        let isAccount = if case .account = target { true } else { false }
        return try await pool.withTransaction { connection in
            let id = try await connection.query(
                """
                insert into flotilla.erasures as e (kind, target, mark, name_mark, reason)
                select $1, $2, flotilla.erased_mark(case when $3 then $2 else -$2 end), flotilla.erased_name(k.name), $4
                from (select a.platform || '/' || a.external_id as name from flotilla.accounts a where $3 and a.id = $2
                    union all select w.name from flotilla.workspaces w where not $3 and w.id = $2) k
                on conflict (kind, target) where target is not null do update set step = e.step
                returning id
                """,
                [.text(target.kind), .int8(target.number), .bool(isAccount), .text(reason)]
            ).only().int8(0)
            _ = try await connection.pipeline([
                Command(
                    """
                    insert into flotilla.erasure_accounts (erasure_id, account_id)
                    select $1, a.id from flotilla.accounts a
                    where case when $2 then a.id = $3 else a.workspace_id = $3 end order by a.id for update
                    on conflict do nothing
                    """,
                    [.int8(id), .bool(isAccount), .int8(target.number)]
                ),
                Command(Self.tombstones, [.int8(id)]),
                Command(
                    """
                    update flotilla.accounts set erasing = true, state = 'gone'
                    where id in (select account_id from flotilla.erasure_accounts where erasure_id = $1) and not erasing
                    """,
                    [.int8(id)]
                ),
                Command(
                    """
                    update flotilla.erasures set accounts = (select count(*) from flotilla.erasure_accounts where erasure_id = $1)
                    where id = $1
                    """,
                    [.int8(id)]
                ),
            ])
            return id
        }
    }

    private static let tombstones: Statement = """
        insert into flotilla.tombstones (mark)
        select flotilla.erased_mark(account_id) from flotilla.erasure_accounts where erasure_id = $1
        union select mark from flotilla.erasures where id = $1
        on conflict do nothing
        """

    /// The accounts of an open erasure.
    public func accounts(_ erasure: Int64) async throws -> [Int64] {
        try await pool.query(
            "select account_id from flotilla.erasure_accounts where erasure_id = $1 order by account_id",
            [.int8(erasure)]
        ).map { try $0.int8(0) }
    }

    /// Waits until every transaction has ended that may have begun before the burial and writes for results or roll-ups:
    /// those after it see the tombstones.
    public func awaitWriters(shards: Int) async throws {
        for shard in 0..<shards {
            _ = try await pool.atomically([
                Command("select pg_advisory_xact_lock(7310, $1)", [.int4(Int32(shard))])
            ])
        }
        for row in try await pool.query("select kind, shard from flotilla.rollup_shards order by 1, 2") {
            _ = try await pool.atomically([
                Command(
                    "select from flotilla.rollup_shards where kind = $1 and shard = $2 for update",
                    [.text(try row.text(0)), .int2(try row.int2(1))]
                )
            ])
        }
    }

    /// Notes that a step is done.
    public func reach(_ step: ErasureStep, _ erasure: Int64) async throws {
        try await pool.query(
            "update flotilla.erasures set step = $2 where id = $1",
            [.int8(erasure), .text(step.rawValue)]
        )
    }

    /// Adds messages that were taken out of a queue.
    public func count(_ messages: Int, in queue: String, _ erasure: Int64) async throws {
        guard messages > 0 else { return }
        try await pool.query(
            "update flotilla.erasures set messages = flotilla.count_erased(messages, $2, $3) where id = $1",
            [.int8(erasure), .text(queue), .int8(Int64(messages))]
        )
    }

    private func erasures(_ rest: StaticString, _ parameters: [Parameter]) async throws -> [StoredErasure] {
        let rows = try await pool.query(
            Statement(
                dynamic: """
                    select id, kind, target, step, reason, accounts, encode(mark, 'hex'), encode(name_mark, 'hex'), began_at,
                        finished_at, array(select jsonb_object_keys(rows) order by 1),
                        array(select (rows ->> k)::bigint from jsonb_object_keys(rows) k order by k),
                        array(select jsonb_object_keys(messages) order by 1),
                        array(select (messages ->> k)::bigint from jsonb_object_keys(messages) k order by k)
                    from flotilla.erasures \(rest)
                    """
            ),
            parameters
        )
        return try rows.map { row in
            StoredErasure(
                id: try row.int8(0),
                kind: try row.text(1),
                target: try row.optionalInt8(2),
                step: ErasureStep(rawValue: try row.text(3)) ?? .buried,
                reason: try row.text(4),
                accounts: Int(try row.int4(5)),
                rows: Array(zip(try row.textArray(10), try row.int8Array(11))).map { ($0, $1) },
                messages: Array(zip(try row.textArray(12), try row.int8Array(13))).map { ($0, $1) },
                mark: try row.text(6),
                nameMark: try row.text(7),
                beganAt: Instant(microseconds: try row.timestamp(8)),
                finishedAt: try row.optionalTimestamp(9).map(Instant.init(microseconds:))
            )
        }
    }
}
