public import FleetCore
internal import Postgres

// What is deleted follows from the catalogue: every table with a subject, an account or a workspace in it, those that
// later versions add included. A table that must be dealt with otherwise is named here.
extension ErasureStore {
    /// Subjects whose rows are deleted in one transaction.
    private static let chunk: Int64 = 200

    /// Tables that are not emptied by their columns: the subjects themselves, the ledger, and the erasures.
    private static let apart = [
        "accounts", "posts", "workspaces", "jobs", "erasure_accounts", "erasures", "tombstones", "legal_holds",
    ]

    /// Deletes everything of the erasure's accounts but their own rows. May be stopped anywhere and called again.
    public func deleteRows(_ erasure: Int64) async throws {
        let bySubject = try await tables(with: "subject_id")
        let byAccount = try await tables(with: "account_id", without: "subject_id")
        for account in try await accounts(erasure) {
            while try await deletePosts(of: account, bySubject, erasure) > 0 {}
            try await delete(
                bySubject.map { ($0, Self.delete(from: $0, "subject_id = $1", [.int8(account)])) }
                    + Self.untold([account]),
                erasure
            )
            try await delete(
                byAccount.map { ($0, Self.delete(from: $0, "account_id = $1", [.int8(account)])) },
                erasure
            )
            try await delete(Self.special(account), erasure)
        }
    }

    /// Deletes what a workspace has besides accounts, but not its own row.
    public func deleteRows(ofWorkspace workspace: Int64, _ erasure: Int64) async throws {
        let tables = try await tables(with: "workspace_id", without: "subject_id")
        try await delete(tables.map { ($0, Self.delete(from: $0, "workspace_id = $1", [.int8(workspace)])) }, erasure)
        try await delete(
            [("budget_ledgers", Self.delete(from: "budget_ledgers", Self.ofWorkspace, [.int8(workspace)]))],
            erasure
        )
    }

    /// Posts go with what is known of them, some hundreds at a time; those that are left say what is still to do.
    private func deletePosts(of account: Int64, _ tables: [String], _ erasure: Int64) async throws -> Int {
        let posts = try await pool.query(
            "select id from flotilla.posts where account_id = $1 order by id limit $2",
            [.int8(account), .int8(Self.chunk)]
        ).map { try $0.int8(0) }
        if posts.isEmpty { return 0 }
        let subjects: [Parameter] = [.int8Array(posts)]
        try await delete(
            tables.map { ($0, Self.delete(from: $0, "subject_id = any ($1)", subjects)) }
                + [("posts", Self.delete(from: "posts", "id = any ($1)", subjects))] + Self.untold(posts),
            erasure
        )
        return posts.count
    }

    /// Changes of the subjects that nobody was told of yet; those of others in the same note stay.
    private static func untold(_ subjects: [Int64]) -> [(String, Command)] {
        let numbers: [Parameter] = [.int8Array(subjects)]
        return [
            ("changes_pending", delete(from: "changes_pending", "subjects <@ $1::bigint[]", numbers)),
            (
                "changes_pending",
                Command(
                    """
                    update flotilla.changes_pending p
                    set (subjects, starts, levels, grains, generations) = (
                        select array_agg(u.subject order by u.i), array_agg(u.start order by u.i),
                            array_agg(u.level order by u.i), array_agg(u.grain order by u.i),
                            array_agg(u.generation order by u.i)
                        from unnest(p.subjects, p.starts, p.levels, p.grains, p.generations) with ordinality
                            as u (subject, start, level, grain, generation, i)
                        where u.subject <> all ($1::bigint[]))
                    where p.subjects && $1::bigint[]
                    """,
                    numbers
                )
            ),
        ]
    }

    /// What has no such column, or must stay in another shape.
    private static func special(_ account: Int64) -> [(String, Command)] {
        let own: [Parameter] = [.int8(account)]
        return [
            ("outbox", delete(from: "outbox", "(body::jsonb -> 'account') = to_jsonb($1::bigint)", own)),
            ("budget_ledgers", delete(from: "budget_ledgers", ofAccount, own)),
            // The ledger keeps the job, which says that nothing may be stored for it again, and forgets whose it was.
            (
                "jobs",
                Command(
                    """
                    update flotilla.jobs set account_id = 0, cause = 'erased',
                        state = case when state = 'accepted' then 'cancelled' else state end,
                        finished_at = coalesce(finished_at, now())
                    where account_id = $1
                    """,
                    own
                )
            ),
        ]
    }

    /// The same account in two workspaces has one budget, which stays with the other.
    private static let ofAccount = """
        exists (select from flotilla.accounts a where a.id = $1 and a.platform = budget_ledgers.platform
            and a.external_id = budget_ledgers.subject and not exists (select from flotilla.accounts b
                where b.platform = a.platform and b.external_id = a.external_id and not b.erasing))
        """
    private static let ofWorkspace = """
        subject = $1::bigint::text and exists (select from flotilla.budget_rules r where r.platform = budget_ledgers.platform
            and r.name = budget_ledgers.rule and r.subject = 'workspace')
        """

    private static func delete(from table: String, _ condition: String, _ parameters: [Parameter]) -> Command {
        let name = Statement.quoted(identifier: table)
        return Command(Statement(dynamic: "delete from flotilla.\(name) where \(condition)"), parameters)
    }

    /// Runs the statements and adds what they took to the erasure's counts, in one transaction.
    private func delete(_ work: [(table: String, command: Command)], _ erasure: Int64) async throws {
        try await pool.withTransaction { connection in
            let taken = try await connection.pipeline(work.map(\.command)).map(\.affected)
            let counts = zip(work, taken).filter { $0.1 > 0 }.map { work, count in
                Command(
                    "update flotilla.erasures set rows = flotilla.count_erased(rows, $2, $3) where id = $1",
                    [.int8(erasure), .text(work.table), .int8(Int64(count))]
                )
            }
            if !counts.isEmpty { _ = try await connection.pipeline(counts) }
        }
    }

    /// Tables, without partitions, that have the one column and not the other, which finds the same rows faster.
    private func tables(with column: String, without other: String = "") async throws -> [String] {
        try await pool.query(
            """
            select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'flotilla'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                and a.attname = $1 and not a.attisdropped and c.relname <> all ($3)
                and not exists (select from pg_attribute b where b.attrelid = c.oid and b.attname = $2 and not b.attisdropped)
            order by c.relname
            """,
            [.text(column), .text(other), .textArray(Self.apart)]
        ).map { try $0.text(0) }
    }

    // MARK: Looking

    /// How many rows of the accounts there are, by table; empty when nothing is left but their own rows.
    public func remains(_ accounts: [Int64]) async throws -> [(name: String, count: Int64)] {
        var questions: [(String, String)] = []
        for table in try await tables(with: "subject_id") {
            questions.append(
                (
                    table,
                    "subject_id = any ($1 || array(select p.id from flotilla.posts p where p.account_id = any ($1)))"
                )
            )
        }
        let more = try await tables(with: "account_id", without: "subject_id")
        for table in more + ["posts", "jobs"] { questions.append((table, "account_id = any ($1)")) }
        questions.append(("outbox", "(body::jsonb -> 'account') in (select to_jsonb(k) from unnest($1::bigint[]) k)"))
        var found: [(String, Int64)] = []
        for (table, condition) in questions {
            let name = Statement.quoted(identifier: table)
            let count = try await pool.query(
                Statement(dynamic: "select count(*) from flotilla.\(name) where \(condition)"),
                [.int8Array(accounts)]
            ).only().int8(0)
            if count > 0 { found.append((table, count)) }
        }
        return found
    }

    // MARK: The end

    /// Removes the rows of the accounts themselves, and of the workspace; what rolls up a workspace is told by that.
    public func forget(_ target: ErasureTarget, _ erasure: Int64) async throws {
        try await pool.withTransaction { connection in
            // Holds that were lifted stay, without whose they were.
            try await connection.query(
                """
                update flotilla.legal_holds set account_id = 0
                where account_id in (select account_id from flotilla.erasure_accounts where erasure_id = $1)
                """,
                [.int8(erasure)]
            )
            let accounts = try await connection.query(
                """
                delete from flotilla.accounts
                where id in (select account_id from flotilla.erasure_accounts where erasure_id = $1)
                """,
                [.int8(erasure)]
            ).affected
            var counts = [("accounts", accounts)]
            // The sequence remembers the last number that it gave, which may have been one of these.
            _ = try await connection.pipeline(
                Self.bounds.map(Self.moveBound) + [Command("select nextval('flotilla.subject_ids')")]
            )
            if case .workspace(let workspace) = target {
                try await connection.query(
                    "update flotilla.legal_holds set workspace_id = 0 where workspace_id = $1",
                    [.int8(workspace)]
                )
                for table in ["dirty_groups", "workspace_rollups"] {
                    let statement = Statement(dynamic: "delete from flotilla.\(table) where workspace_id = $1")
                    counts.append((table, try await connection.query(statement, [.int8(workspace)]).affected))
                }
                let gone = try await connection.query(
                    "delete from flotilla.workspaces where id = $1",
                    [.int8(workspace)]
                ).affected
                counts.append(("workspaces", gone))
            }
            for (table, count) in counts {
                try await connection.query(
                    "update flotilla.erasures set rows = flotilla.count_erased(rows, $2, $3) where id = $1",
                    [.int8(erasure), .text(table), .int8(Int64(count))]
                )
            }
            try await connection.query(
                "update flotilla.erasures set step = 'forgotten' where id = $1",
                [.int8(erasure)]
            )
        }
    }

    /// Columns that say how far something goes or came by the number of a subject.
    private static let bounds = [
        ("runs", "last_account"), ("runs", "cursor"), ("retention_sweeps", "cursor"),
        ("reconciliation_nights", "cursor"),
    ]

    /// A bound that is gone gives way to the next subject below it, which bounds the same set.
    private static func moveBound(_ table: String, _ column: String) -> Command {
        Command(
            Statement(
                dynamic: """
                    with subjects as not materialized (select id from flotilla.accounts union all select id from flotilla.posts)
                    update flotilla.\(table) t
                    set \(column) = coalesce((select max(s.id) from subjects s where s.id < t.\(column)), 0)
                    where t.\(column) > 0 and not exists (select from subjects s where s.id = t.\(column))
                    """
            )
        )
    }

    /// The last bucket of a workspace that was marked to be computed again.
    public func lastGroup() async throws -> Int64 {
        try await pool.query("select coalesce(max(id), 0) from flotilla.dirty_groups").only().int8(0)
    }

    /// How many of those up to one are still to be computed.
    public func waitingGroups(upTo last: Int64) async throws -> Int64 {
        try await pool.query("select count(*) from flotilla.dirty_groups where id <= $1", [.int8(last)]).only().int8(0)
    }

    /// Ends an erasure: whom it was about stands nowhere any more, and the receipt stays.
    public func finish(_ erasure: Int64, at moment: Instant) async throws {
        try await pool.withTransaction { connection in
            _ = try await connection.pipeline([
                Command("delete from flotilla.erasure_accounts where erasure_id = $1", [.int8(erasure)]),
                Command(
                    "update flotilla.erasures set step = 'done', target = null, finished_at = $2 where id = $1",
                    [.int8(erasure), .timestamp(moment.microseconds)]
                ),
            ])
        }
    }
}

extension ErasureStore {
    /// What an erasure would find, by table, without changing anything.
    public func rehearse(_ target: ErasureTarget) async throws -> [(name: String, count: Int64)] {
        switch target {
        case .account(let account): return try await remains([account])
        case .workspace(let workspace):
            let accounts = try await pool.query(
                "select id from flotilla.accounts where workspace_id = $1 order by id",
                [.int8(workspace)]
            ).map { try $0.int8(0) }
            return [("accounts", Int64(accounts.count))] + (try await remains(accounts))
        }
    }
}
