public import FleetCore
internal import Postgres

// What people ask of plans, and what they do to them.
extension CadenceStore {
    /// One account's plan as it stands.
    public struct Shown: Sendable {
        public var platform: String
        public var isPaused: Bool
        public var isPlatformPaused: Bool
        public var isActive: Bool
        public var state: CadenceState
        public var facts: CadenceFacts
    }

    /// The plans of a platform, counted.
    public struct Overview: Sendable, Equatable {
        public var platform: String
        public var plans: Int64
        public var paused: Int64
        public var due: Int64
        /// When the next plan is looked at; nil when none will be by itself.
        public var next: Instant?
        public var isPaused: Bool
    }

    /// The plan of an account with all that it follows from; nil when it has none.
    ///
    /// - Parameter rules: of the account's platform, by its name; nil when this version does not know it.
    public func show(
        _ account: Int64,
        now: Instant,
        rules: (PlatformName) -> CadenceRules?
    ) async throws -> Shown? {
        try await pool.withConnection { connection in
            let rows = try await connection.query(
                """
                select c.account_id, c.planned_at, c.metrics_day, c.stories_at, c.discovery_at, c.posts_until,
                    c.demographics_at, c.gaps_at, c.history_first, c.history_next, c.history_last, c.history_at,
                    a.state = 'active', c.platform, c.paused,
                    exists (select from flotilla.cadence_pauses p where p.platform = c.platform)
                from flotilla.cadence c join flotilla.accounts a on a.id = c.account_id where c.account_id = $1
                """,
                [.int8(account)]
            )
            guard let row = rows.first else { return nil }
            let state = try CadenceState(row: row)
            let platform = try row.text(13)
            let known = PlatformName(rawValue: platform).flatMap(rules)
            let facts = try await known.asyncMap { rules in
                try await Self.facts(of: [state], rules, now: now, on: connection)[account]
            }
            return Shown(
                platform: platform,
                isPaused: try row.bool(14),
                isPlatformPaused: try row.bool(15),
                isActive: try row.bool(12),
                state: state,
                facts: (facts ?? nil) ?? CadenceFacts()
            )
        }
    }

    /// All plans, platform by platform.
    public func overview(now: Instant) async throws -> [Overview] {
        let rows = try await pool.query(
            """
            select c.platform, count(*), count(*) filter (where c.paused),
                count(*) filter (where not c.paused and c.due_at <= $1),
                min(c.due_at) filter (where not c.paused and c.due_at < 'infinity'),
                exists (select from flotilla.cadence_pauses p where p.platform = c.platform)
            from flotilla.cadence c group by c.platform order by c.platform
            """,
            [.timestamp(now.microseconds)]
        )
        return try rows.map { row in
            Overview(
                platform: try row.text(0),
                plans: try row.int8(1),
                paused: try row.int8(2),
                due: try row.int8(3),
                next: try row.optionalTimestamp(4).map(Instant.init(microseconds:)),
                isPaused: try row.bool(5)
            )
        }
    }

    /// Gives an account a plan, or wakes the one it has; false when there is no such account.
    public func start(_ account: Int64, at now: Instant) async throws -> Bool {
        let known = try await pool.query("select from flotilla.accounts where id = $1", [.int8(account)])
        if known.isEmpty { return false }
        _ = try await pool.query(
            "select flotilla.plan_account($1, $2)",
            [.int8(account), .timestamp(now.microseconds)]
        )
        return true
    }

    /// Lets an account's plan stand still; false when it has none.
    public func pause(_ account: Int64) async throws -> Bool {
        try await pool.query(
            "update flotilla.cadence set paused = true where account_id = $1",
            [.int8(account)]
        ).affected > 0
    }

    /// Lets all plans of a platform stand still, or go on.
    public func pause(_ platform: PlatformName, _ isPaused: Bool) async throws {
        let statement: Statement =
            isPaused
            ? "insert into flotilla.cadence_pauses (platform) values ($1) on conflict do nothing"
            : "delete from flotilla.cadence_pauses where platform = $1"
        _ = try await pool.query(statement, [.text(platform.rawValue)])
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
