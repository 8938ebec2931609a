public import FleetCore
public import Postgres

/// What a dispatcher may know of credentials: which are due, and how many stand how. Never a token.
public struct RefreshPlanStore: Sendable {
    /// How the connections of a platform stand.
    public struct Health: Sendable, Equatable {
        public var platform: String
        /// They end within a week and nothing renews them in time.
        public var expiring: Int64
        /// Their users must reconnect.
        public var broken: Int64
        /// They wait to be renewed.
        public var due: Int64
    }

    private let pool: Pool

    /// A store.
    public init(pool: Pool) {
        self.pool = pool
    }

    /// Orders jobs for credentials that are due, through the outbox; returns how many. `now` is a simulated world's time, or
    /// nil for the database's.
    public func order(now: Instant?, most: Int) async throws -> Int {
        let row = try await pool.query(
            "select flotilla.enqueue_refreshes(coalesce($1::timestamptz, clock_timestamp()), $2)",
            [now.map { .timestamp($0.microseconds) } ?? .null, .int4(Int32(most))]
        ).only()
        return Int(try row.int4(0))
    }

    /// How connections stand, by platform.
    public func health(now: Instant?) async throws -> [Health] {
        try await pool.query(
            """
            select platform, expiring, broken, due
            from flotilla.credential_health(coalesce($1::timestamptz, clock_timestamp()))
            """,
            [now.map { .timestamp($0.microseconds) } ?? .null]
        ).map {
            Health(
                platform: try $0.text(0),
                expiring: try $0.int8(1),
                broken: try $0.int8(2),
                due: try $0.int8(3)
            )
        }
    }
}
