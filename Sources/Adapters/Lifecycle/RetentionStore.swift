public import FleetCore
public import Postgres

/// Reads and writes what is kept how long, and takes what is too old away step by step.
///
/// Every step is a transaction that leaves the tables ready for the next one, whoever takes it: a crash costs the step, and
/// two dispatchers at once only find less to do. So no step needs the lease.
public struct RetentionStore: Sendable {
    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// What is set, and what terms say.
    public func policy() async throws -> RetentionPolicy {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Command("select class, platform, days from flotilla.retention"),
                Command("select class, platform, days, source, accepted_at is not null from flotilla.retention_terms"),
            ])
        }
        var policy = RetentionPolicy(settings: [:])
        for row in rows[0] {
            guard let key = try Self.key(row) else { continue }
            policy.settings[key] = RetentionSpan(days: try row.isNull(2) ? nil : Int(row.int4(2)))
        }
        for row in rows[1] {
            guard let key = try Self.key(row) else { continue }
            policy.terms[key] = RetentionPolicy.Term(
                days: Int(try row.int4(2)),
                source: try row.text(3),
                isAccepted: try row.bool(4)
            )
        }
        return policy
    }

    /// Nil for what this version does not know.
    private static func key(_ row: Row) throws -> RetentionPolicy.Key? {
        guard let kind = RetentionClass(rawValue: try row.text(0)) else { return nil }
        let word = try row.text(1)
        if word.isEmpty { return RetentionPolicy.Key(kind) }
        return PlatformName(rawValue: word).map { RetentionPolicy.Key(kind, $0) }
    }

    /// Sets a span. That it can be set is the caller's to ask: ``RetentionPolicy/refusal(of:for:)``.
    public func set(_ span: RetentionSpan, for key: RetentionPolicy.Key, reason: String) async throws {
        try await pool.query(
            """
            insert into flotilla.retention (class, platform, days, reason) values ($1, $2, $3, $4)
            on conflict (class, platform) do update
                set days = excluded.days, reason = excluded.reason, changed_at = now()
            """,
            [
                .text(key.kind.rawValue), .text(key.platform?.rawValue ?? ""),
                span.days.map { .int4(Int32(clamping: $0)) } ?? .null, .text(reason),
            ]
        )
    }

    /// Notes that a platform allows more than its terms say, or, with nil, that it does not any more. Returns how many
    /// kinds of data that concerns.
    public func accept(_ platform: PlatformName, reason: String?) async throws -> Int {
        try await pool.query(
            """
            update flotilla.retention_terms
            set accepted_at = case when $2::text is not null then now() end, accepted_reason = $2 where platform = $1
            """,
            [.text(platform.rawValue), reason.map { .text($0) } ?? .null]
        ).affected
    }

    // MARK: Holds

    /// Forbids any deletion of an account, of a workspace, or (with neither) of everything; returns the hold's number.
    public func hold(workspace: Int64?, account: Int64?, reason: String) async throws -> Int64 {
        try await pool.query(
            "insert into flotilla.legal_holds (workspace_id, account_id, reason) values ($1, $2, $3) returning id",
            [workspace.map { .int8($0) } ?? .null, account.map { .int8($0) } ?? .null, .text(reason)]
        ).only().int8(0)
    }

    /// Lifts a hold; false when there is none of that number in force.
    public func lift(_ hold: Int64) async throws -> Bool {
        try await pool.query(
            "update flotilla.legal_holds set lifted_at = now() where id = $1 and lifted_at is null",
            [.int8(hold)]
        ).affected > 0
    }

    // MARK: Partitions

    /// Enters the partitions that are due; returns how many were new.
    public func plan(_ drop: RetentionPlan.Drop) async throws -> Int {
        let rows = try await pool.query(
            "select flotilla.plan_drops($1, $2)",
            [.text(drop.kind.rawValue), .timestamp(drop.before.microseconds)]
        )
        return Int(try rows.only().int4(0))
    }

    /// Partitions that would be entered, without entering them: their names.
    public func due(_ drop: RetentionPlan.Drop) async throws -> [String] {
        try await pool.withConnection { connection in
            try await connection.query("begin")
            do {
                try await connection.query(
                    "select flotilla.plan_drops($1, $2)",
                    [.text(drop.kind.rawValue), .timestamp(drop.before.microseconds)]
                )
                let names = try await connection.query(
                    "select part from flotilla.retention_drops where class = $1 and state <> 'dropped' order by low",
                    [.text(drop.kind.rawValue)]
                ).map { try $0.text(0) }
                try await connection.query("rollback")
                return names
            } catch {
                _ = try? await connection.query("rollback")
                throw error
            }
        }
    }

    /// A partition on its way out.
    public struct OpenDrop: Sendable, Equatable {
        public var id: Int64
        public var part: String
    }

    /// Partitions that are entered and not gone, oldest first: readings before the ledger.
    public func openDrops() async throws -> [OpenDrop] {
        try await pool.query(
            "select id, part from flotilla.retention_drops where state <> 'dropped' order by low, class = 'jobs', id"
        ).map { OpenDrop(id: try $0.int8(0), part: try $0.text(1)) }
    }

    /// Takes one step with a partition; what it has become, nil when it waits for something.
    public func advance(_ drop: OpenDrop, pages: Int64) async throws -> String? {
        try await pool.query(
            "select flotilla.advance_drop($1, $2)",
            [.int8(drop.id), .int8(pages)]
        ).only().optionalText(0)
    }
}
