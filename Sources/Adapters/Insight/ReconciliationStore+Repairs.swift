public import FleetCore
internal import Platforms
internal import Postgres

// What is ordered about mismatches, and what people see of them.
extension ReconciliationStore {
    /// A mismatch as it is kept.
    public struct Entry: Sendable, Equatable {
        public var account: Int64
        public var platform: String
        public var finding: Reconciliation.Finding
        /// `agrees`, `open`, `resolved` or `left`.
        public var state: String
        public var firstSeenAt: Instant
        public var seenAt: Instant
        public var repairs: Int
        public var repairJob: FleetCore.UUID?
    }

    /// Orders the days of an account's open mismatches again, each mismatch at most once a day; returns how many jobs.
    static func order(_ account: Account, now: Instant, on connection: Connection) async throws -> Int {
        guard let rules = PlatformRegistry[account.platform].map({ CadenceRules($0) }) else { return 0 }
        let rows = try await connection.query(
            """
            select compared, metric, first_day, last_day, found, lower, upper, tolerance, repairs, repaired_on
            from flotilla.reconciliations where account_id = $1 and state = 'open'
            order by first_day, compared, metric, last_day for update
            """,
            [.int8(account.id)]
        )
        let cases = try rows.compactMap { row -> RepairPlan.Case? in
            guard let finding = try Reconciliation.Finding(row: row, from: 0) else { return nil }
            return RepairPlan.Case(
                finding: finding,
                repairs: Int(try row.int2(8)),
                repairedOn: try row.optionalDate(9).map(CivilDate.init(daysSinceEpoch:))
            )
        }
        let today = account.platform.dayZone.date(at: now)
        let plan = RepairPlan(
            cases,
            today: today,
            daysPerJob: rules.daysPerJob,
            historyDays: rules.historyDays
        )
        for order in plan.orders {
            let job = try await connection.query(
                """
                select flotilla.enqueue($1, $2, 'account_daily', date => $3, lane => 'bulk', reason => 'reconciliation',
                    days => $4)
                """,
                [
                    .text(account.platform.rawValue), .int8(account.id), .date(order.last.daysSinceEpoch),
                    .int4(Int32(order.days)),
                ]
            ).only().uuid(0)
            let findings = order.cases.map { cases[$0].finding }
            _ = try await connection.query(
                """
                update flotilla.reconciliations r set repair_job = $2, repaired_on = $3,
                    repairs = r.repairs + case when r.repaired_on is distinct from $3 then 1 else 0 end
                from unnest($4::text[], $5::smallint[], $6::date[], $7::date[])
                    as k (compared, metric, first_day, last_day)
                where r.account_id = $1 and r.compared = k.compared and r.metric = k.metric
                    and r.first_day = k.first_day and r.last_day = k.last_day
                """,
                [
                    .int8(account.id), .uuid(job), .date(today.daysSinceEpoch),
                    .textArray(findings.map(\.check.rawValue)), .int2Array(findings.map(\.metric.rawValue)),
                    .dateArray(findings.map(\.days.lowerBound.daysSinceEpoch)),
                    .dateArray(findings.map(\.days.upperBound.daysSinceEpoch)),
                ]
            )
        }
        return plan.orders.count
    }

    /// What is kept, newest first.
    ///
    /// - Parameter all: also what the platform corrected by itself, and what agrees again.
    public func list(account: Int64?, all: Bool, limit: Int) async throws -> [Entry] {
        let rows = try await pool.query(
            """
            select r.compared, r.metric, r.first_day, r.last_day, r.found, r.lower, r.upper, r.tolerance, r.account_id,
                a.platform, r.state, r.first_seen_at, r.seen_at, r.repairs, r.repair_job
            from flotilla.reconciliations r join flotilla.accounts a on a.id = r.account_id
            where ($1::bigint is null or r.account_id = $1) and ($2 or r.state in ('open', 'left'))
            order by r.first_day desc, r.account_id, r.compared, r.metric limit $3
            """,
            [account.map { .int8($0) } ?? .null, .bool(all), .int8(Int64(limit))]
        )
        return try rows.compactMap { row in
            guard let finding = try Reconciliation.Finding(row: row, from: 0) else { return nil }
            return Entry(
                account: try row.int8(8),
                platform: try row.text(9),
                finding: finding,
                state: try row.text(10),
                firstSeenAt: Instant(microseconds: try row.timestamp(11)),
                seenAt: Instant(microseconds: try row.timestamp(12)),
                repairs: Int(try row.int2(13)),
                repairJob: try row.optionalUUID(14).map { FleetCore.UUID($0) }
            )
        }
    }
}

extension Reconciliation.Finding {
    /// Reads check, metric, first and last day, found, lower, upper and tolerance; nil for a check of a newer version.
    init?(row: Row, from column: Int) throws {
        guard let check = Reconciliation.Check(rawValue: try row.text(column)) else { return nil }
        let first = CivilDate(daysSinceEpoch: try row.date(column + 2))
        let last = CivilDate(daysSinceEpoch: try row.date(column + 3))
        self.init(
            check: check,
            metric: MetricID(rawValue: try row.int2(column + 1)),
            days: first...max(first, last),
            found: try row.int8(column + 4),
            lower: try row.int8(column + 5),
            upper: try row.int8(column + 6),
            tolerance: try row.int8(column + 7)
        )
    }
}
