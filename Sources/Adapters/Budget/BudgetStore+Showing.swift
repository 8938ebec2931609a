public import FleetCore
internal import Postgres

extension BudgetStore {
    /// The ledgers of the fleet, those of whole applications first.
    ///
    /// - Parameter platform: only this platform's, if given.
    public func ledgers(
        platform: PlatformName? = nil,
        limit: Int
    ) async throws -> [(key: BudgetKey, ledger: BudgetLedger)] {
        let rows = try await pool.query(
            """
            select platform, rule, subject, endpoint, state from flotilla.budget_ledgers
            where $1::text is null or platform = $1
            order by subject <> '', platform, rule, subject, endpoint limit $2
            """,
            [platform.map { .text($0.rawValue) } ?? .null, .int8(Int64(limit))]
        )
        return try rows.compactMap { row in
            guard let key = try Self.key(row), let ledger = BudgetLedger(packed: try row.bytes(4)) else { return nil }
            return (key, ledger)
        }
    }

    /// How fast jobs of a platform ended of late, and how many requests each took: over the last thousand.
    public func recentJobs(_ platform: PlatformName) async throws -> (jobs: Int64, requests: Int64, time: Duration) {
        let row = try await pool.query(
            """
            select count(*), coalesce(sum(requests), 0)::bigint,
                coalesce(extract(epoch from max(finished_at) - min(finished_at)), 0)::float8
            from (select requests, finished_at from flotilla.jobs
                where platform = $1 and finished_at is not null order by id desc limit 1000) j
            """,
            [.text(platform.rawValue)]
        ).only()
        return (try row.int8(0), try row.int8(1), .seconds(try row.float8(2)))
    }
}
