public import FleetCore
public import Postgres

/// Reconciles accounts: reads what should agree, writes down what does not, and orders the days again through the SQL door.
public struct ReconciliationStore: Sendable {
    /// What a turn came to.
    public struct Summary: Sendable, Equatable {
        public var accounts = 0
        public var compared = 0
        public var mismatches = 0
        public var jobs = 0

        public init(accounts: Int = 0, compared: Int = 0, mismatches: Int = 0, jobs: Int = 0) {
            (self.accounts, self.compared, self.mismatches, self.jobs) = (accounts, compared, mismatches, jobs)
        }

        mutating func add(_ other: Summary) {
            accounts += other.accounts
            compared += other.compared
            mismatches += other.mismatches
            jobs += other.jobs
        }
    }

    /// An account as far as it matters here.
    public struct Account: Sendable, Equatable {
        public var id: Int64
        public var workspace: Int64
        public var platform: PlatformName
    }

    /// How many past days are looked at.
    public static let lookback = 36

    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    // MARK: By night

    /// Goes on with a night's walk over the active accounts, in one transaction under the lease; nil when it is done.
    public func turn(
        night: CivilDate,
        now: Instant,
        limit: Int,
        lease: String,
        epoch: Int64
    ) async throws -> Summary? {
        try await pool.withTransaction { connection in
            let rows = try await connection.pipeline([
                Command("select flotilla.require_lease($1, $2)", [.text(lease), .int8(epoch)]),
                Command(
                    """
                    insert into flotilla.reconciliation_nights (night, started_at) values ($1, $2) on conflict do nothing
                    """,
                    [.date(night.daysSinceEpoch), .timestamp(now.microseconds)]
                ),
                Command(
                    """
                    select cursor from flotilla.reconciliation_nights where night = $1 and finished_at is null for update
                    """,
                    [.date(night.daysSinceEpoch)]
                ),
            ])
            guard let row = rows[2].first else { return nil }
            let accounts = try await Self.accounts(after: try row.int8(0), limit, on: connection)
            let summary = try await Self.reconcile(accounts, now: now, ordering: true, on: connection)
            _ = try await connection.query(
                """
                update flotilla.reconciliation_nights set cursor = coalesce($2, cursor), accounts = accounts + $3,
                    compared = compared + $4, mismatches = mismatches + $5, jobs = jobs + $6,
                    finished_at = case when $2 is null then $7::timestamptz end
                where night = $1
                """,
                [
                    .date(night.daysSinceEpoch), accounts.last.map { .int8($0.id) } ?? .null,
                    .int8(Int64(summary.accounts)), .int8(Int64(summary.compared)), .int8(Int64(summary.mismatches)),
                    .int8(Int64(summary.jobs)), .timestamp(now.microseconds),
                ]
            )
            return accounts.isEmpty ? nil : summary
        }
    }

    // MARK: On demand

    /// Reconciles some accounts, or all active ones, now.
    ///
    /// - Parameter ordering: whether jobs are ordered for what does not agree.
    public func reconcile(_ account: Int64?, now: Instant, ordering: Bool) async throws -> Summary? {
        var summary = Summary()
        var cursor: Int64 = 0
        while true {
            let page = try await pool.withTransaction { [cursor] connection in
                let accounts =
                    if let account { try await Self.accounts([account], on: connection) } else {
                        try await Self.accounts(after: cursor, Self.page, on: connection)
                    }
                let part = try await Self.reconcile(accounts, now: now, ordering: ordering, on: connection)
                return (part, accounts.last?.id)
            }
            summary.add(page.0)
            guard let last = page.1, account == nil else { break }
            cursor = last
        }
        return account != nil && summary.accounts == 0 ? nil : summary
    }

    /// Everything that can be compared of one account, whether it agrees or not; nil when there is no such account.
    public func findings(_ account: Int64, now: Instant) async throws -> [Reconciliation.Finding]? {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            guard let found = try await Self.accounts([account], on: connection).first else { return nil }
            return try await Self.read([found], now: now, on: connection)[account]?.findings ?? []
        }
    }

    private static let page = 50

    private static func accounts(after cursor: Int64, _ limit: Int, on connection: Connection) async throws -> [Account]
    {
        try await connection.query(
            """
            select id, workspace_id, platform from flotilla.accounts where id > $1 and state = 'active' order by id limit $2
            """,
            [.int8(cursor), .int8(Int64(limit))]
        ).compactMap(Self.account)
    }

    private static func accounts(_ ids: [Int64], on connection: Connection) async throws -> [Account] {
        try await connection.query(
            "select id, workspace_id, platform from flotilla.accounts where id = any ($1) order by id",
            [.int8Array(ids)]
        ).compactMap(Self.account)
    }

    private static func account(_ row: Row) throws -> Account? {
        guard let platform = PlatformName(rawValue: try row.text(2)) else { return nil }
        return Account(id: try row.int8(0), workspace: try row.int8(1), platform: platform)
    }

    // MARK: One page of accounts

    private static func reconcile(
        _ accounts: [Account],
        now: Instant,
        ordering: Bool,
        on connection: Connection
    ) async throws -> Summary {
        var summary = Summary(accounts: accounts.count)
        let sides = try await read(accounts, now: now, on: connection)
        for account in accounts {
            let findings = sides[account.id]?.findings ?? []
            summary.compared += findings.count
            summary.mismatches += findings.count(where: \.isMismatch)
            try await note(findings, of: account, now: now, on: connection)
            if ordering { summary.jobs += try await order(account, now: now, on: connection) }
        }
        return summary
    }

    /// What should agree, by account.
    private static func read(
        _ accounts: [Account],
        now: Instant,
        on connection: Connection
    ) async throws -> [Int64: Reconciliation] {
        guard !accounts.isEmpty else { return [:] }
        let ids = accounts.map(\.id)
        let today = now.utcDate
        let days = (today - lookback)...today
        let own = try await SettledDays.read(ids, .subject, days, on: connection)
        let posts = try await SettledDays.read(ids, .posts, days, on: connection)
        let rows = try await connection.query(
            """
            select subject_id, period, start_at, metrics, "values" from flotilla.current_values
            where subject_id = any ($1) and period between 2 and 6 and start_at >= $2 order by start_at
            """,
            [.int8Array(ids), .timestamp((now - .seconds((lookback + 2) * 86_400)).microseconds)]
        )
        var sides: [Int64: Reconciliation] = [:]
        for account in accounts {
            let last = account.platform.dayZone.date(at: now) - 1
            var side = Reconciliation(platform: account.platform, dates: (last - lookback)...last)
            side.days = own.values[account.id] ?? [:]
            side.posts = posts.values[account.id] ?? [:]
            sides[account.id] = side
        }
        for row in rows {
            let start = Instant(microseconds: try row.timestamp(2))
            guard let period = Period(rawValue: try row.int2(1)) else { continue }
            sides[try row.int8(0)]?.take(period, start, try row.int2Array(3), try row.int8Array(4))
        }
        return sides
    }

    /// Writes down what left a remainder, and what agrees again.
    private static func note(
        _ findings: [Reconciliation.Finding],
        of account: Account,
        now: Instant,
        on connection: Connection
    ) async throws {
        let told = findings.filter { $0.remainder != 0 }
        let today = account.platform.dayZone.date(at: now)
        let place: [Parameter] = [.int8(account.id), .timestamp(now.microseconds)]
        // Weeks that could be compared before and cannot now stay as they are; of the others, what is not told agrees.
        _ = try await connection.query(
            """
            update flotilla.reconciliations r set state = 'resolved', seen_at = $2
            from unnest($3::text[], $4::smallint[], $5::date[], $6::date[]) as k (compared, metric, first_day, last_day)
            where r.account_id = $1 and r.compared = k.compared and r.metric = k.metric and r.first_day = k.first_day
                and r.last_day = k.last_day and r.state <> 'resolved'
            """,
            place + keys(findings.filter { $0.remainder == 0 })
        )
        guard !told.isEmpty else { return }
        let figures: [Parameter] = [
            .int8Array(told.map(\.found)), .int8Array(told.map(\.lower)), .int8Array(told.map(\.upper)),
            .int8Array(told.map(\.tolerance)), .int8Array(told.map(\.remainder)), .int8(account.workspace),
            .boolArray(told.map(\.isMismatch)), .int2(Int16(RepairPlan.mostRepairs)), .date(today.daysSinceEpoch),
        ]
        _ = try await connection.query(
            """
            insert into flotilla.reconciliations as r (account_id, workspace_id, compared, metric, first_day, last_day, found,
                lower, upper, tolerance, remainder, state, first_seen_at, seen_at)
            select $1, $12, k.compared, k.metric, k.first_day, k.last_day, k.found, k.lower, k.upper, k.tolerance,
                k.remainder, case when k.mismatch then 'open' else 'agrees' end, $2, $2
            from unnest($3::text[], $4::smallint[], $5::date[], $6::date[], $7::bigint[], $8::bigint[], $9::bigint[],
                $10::bigint[], $11::bigint[], $13::boolean[])
                as k (compared, metric, first_day, last_day, found, lower, upper, tolerance, remainder, mismatch)
            on conflict (account_id, compared, metric, first_day, last_day) do update
                set found = excluded.found, lower = excluded.lower, upper = excluded.upper,
                    tolerance = excluded.tolerance, remainder = excluded.remainder, seen_at = excluded.seen_at,
                    state = case when excluded.state = 'open' and r.repairs >= $14 and r.repaired_on < $15 then 'left'
                        when excluded.state = 'agrees' and r.state in ('open', 'left', 'resolved') then 'resolved'
                        else excluded.state end
            """,
            place + keys(told) + figures
        )
    }

    private static func keys(_ findings: [Reconciliation.Finding]) -> [Parameter] {
        [
            .textArray(findings.map(\.check.rawValue)), .int2Array(findings.map(\.metric.rawValue)),
            .dateArray(findings.map(\.days.lowerBound.daysSinceEpoch)),
            .dateArray(findings.map(\.days.upperBound.daysSinceEpoch)),
        ]
    }
}

extension Reconciliation {
    /// Takes in one row of current values that is no day.
    mutating func take(_ period: Period, _ start: Instant, _ metrics: [Int16], _ values: [Int64]) {
        let date = platform.dayZone.date(at: start)
        for (number, value) in zip(metrics, values) {
            let metric = MetricID(rawValue: number)
            switch period {
            case .week: natives.append(Native(metric: metric, days: (date - 6)...date, value: value))
            case .days28: natives.append(Native(metric: metric, days: (date - 27)...date, value: value))
            case .lifetime, .instant:
                let kind = MetricCatalogue[metric]?.kind(over: period)
                if kind == .cumulative || kind == .gauge {
                    levels[metric, default: []].append(Level(at: start, value: value))
                }
            case .day, .range: break
            }
        }
    }
}
