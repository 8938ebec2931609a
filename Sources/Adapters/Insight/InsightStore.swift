public import FleetCore
public import Postgres

/// Reads what anomalies and comparisons of posts are made of.
public struct InsightStore: Sendable {
    /// Which accounts are looked at; nil means all.
    public struct Scope: Sendable, Equatable {
        public var workspace: String?
        public var account: Int64?
        public var platform: PlatformName?

        public init(workspace: String? = nil, account: Int64? = nil, platform: PlatformName? = nil) {
            self.workspace = workspace
            self.account = account
            self.platform = platform
        }
    }

    /// What was found in some days.
    public struct Report: Sendable, Equatable {
        public var digest: AnomalyDigest
        public var purges: [PurgeDay]
        /// Series of one metric of one account that were looked at.
        public var series = 0
        public var accounts = 0
    }

    /// How much history a judgement uses, in days: what is pooled, and the level before the first of that.
    public static let history = 84

    private let pool: Pool
    private static let page = 100

    public init(pool: Pool) {
        self.pool = pool
    }

    // MARK: Anomalies

    /// What was unusual in some days, judged by the settled days before each.
    public func anomalies(
        _ scope: Scope,
        days: ClosedRange<CivilDate>,
        metrics: Set<MetricID> = [],
        detector: AnomalyDetector = AnomalyDetector(),
        options: AnomalyDigest.Options = AnomalyDigest.Options()
    ) async throws -> Report {
        var gathering = Gathering(days: days, metrics: metrics, detector: detector)
        var cursor: Int64 = 0
        while true {
            let accounts = try await accounts(scope, after: cursor)
            guard let last = accounts.last else { break }
            cursor = last.id
            let read = (days.lowerBound - Self.history)...days.upperBound
            let stored = try await pool.withConnection { connection in
                try await SettledDays.read(accounts.map(\.id), .subject, read, on: connection)
            }
            for account in accounts {
                gathering.take(account, stored.values[account.id] ?? [:], stored.estimated[account.id] ?? [:])
            }
        }
        return gathering.report(options)
    }

    private func accounts(_ scope: Scope, after cursor: Int64) async throws -> [ReconciliationStore.Account] {
        try await pool.query(
            """
            select a.id, a.workspace_id, a.platform from flotilla.accounts a
            join flotilla.workspaces w on w.id = a.workspace_id
            where a.id > $1 and ($2::text is null or w.name = $2) and ($3::bigint is null or a.id = $3)
                and ($4::text is null or a.platform = $4)
            order by a.id limit $5
            """,
            [
                .int8(cursor), scope.workspace.map { .text($0) } ?? .null, scope.account.map { .int8($0) } ?? .null,
                scope.platform.map { .text($0.rawValue) } ?? .null, .int8(Int64(Self.page)),
            ]
        ).compactMap { row in
            guard let platform = PlatformName(rawValue: try row.text(2)) else { return nil }
            return ReconciliationStore.Account(id: try row.int8(0), workspace: try row.int8(1), platform: platform)
        }
    }

    // MARK: Posts

    /// How one counter of an account's posts went; nil when there is no such account.
    ///
    /// - Parameter since: posts that were published before this are left out.
    public func curves(_ account: Int64, _ metric: MetricID, since: Instant) async throws -> [PostCurve]? {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            let known = try await connection.query("select from flotilla.accounts where id = $1", [.int8(account)])
            guard !known.isEmpty else { return nil }
            let posts = try await connection.query(
                """
                select id, kind, published_at from flotilla.posts
                where account_id = $1 and published_at >= $2 order by published_at desc, id desc
                """,
                [.int8(account), .timestamp(since.microseconds)]
            )
            let ids = try posts.map { try $0.int8(0) }
            let rows = try await connection.query(
                """
                select subject_id, start_at, "values"[array_position(metrics, $2::smallint)] from flotilla.current_values
                where subject_id = any ($1) and period in (5, 6) and metrics @> array[$2::smallint]
                """,
                [.int8Array(ids), .int2(metric.rawValue)]
            )
            var points: [Int64: [PostCurve.Point]] = [:]
            for row in rows {
                points[try row.int8(0), default: []].append(
                    PostCurve.Point(at: Instant(microseconds: try row.timestamp(1)), value: try row.int8(2))
                )
            }
            return try posts.map { row in
                let post = try row.int8(0)
                return PostCurve(
                    post: post,
                    kind: PostKind(rawValue: try row.text(1)) ?? .post,
                    publishedAt: Instant(microseconds: try row.timestamp(2)),
                    points: points[post] ?? []
                )
            }
        }
    }
}

/// Collects what is unusual, account by account.
private struct Gathering {
    let days: ClosedRange<CivilDate>
    let metrics: Set<MetricID>
    let detector: AnomalyDetector
    private var findings: [AnomalyDigest.Finding] = []
    private var changes: [PurgeDay.Change] = []
    private var judged: [AnomalyDigest.Population: Int] = [:]
    private var series = 0
    private var accounts = 0

    init(days: ClosedRange<CivilDate>, metrics: Set<MetricID>, detector: AnomalyDetector) {
        self.days = days
        self.metrics = metrics
        self.detector = detector
    }

    mutating func take(
        _ account: ReconciliationStore.Account,
        _ values: [MetricID: [CivilDate: Int64]],
        _ estimated: [MetricID: Set<CivilDate>]
    ) {
        accounts += 1
        var days: Set<CivilDate> = []
        for (metric, own) in values where metrics.isEmpty || metrics.contains(metric) {
            guard let series = DailySeries(own.map { (day: $0.key, value: $0.value) }) else { continue }
            let isLevel = MetricCatalogue[metric]?.kind == .gauge
            if isLevel { note(falls: series, of: account, metric) }
            guard let judged = judged(series, metric, without: estimated[metric] ?? []) else { continue }
            self.series += 1
            days.formUnion(own.keys.filter(self.days.contains))
            findings += detector.anomalies(in: judged, from: self.days.lowerBound).map {
                AnomalyDigest.Finding(
                    account: account.id,
                    workspace: account.workspace,
                    platform: account.platform,
                    metric: metric,
                    anomaly: $0
                )
            }
        }
        for day in days { judged[.init(platform: account.platform, day: day), default: 0] += 1 }
    }

    /// The series as it is judged: levels by their changes, counts without days that are estimated. Nil for kinds that are
    /// not judged: the parts of a quotient are.
    private func judged(_ series: DailySeries, _ metric: MetricID, without estimated: Set<CivilDate>) -> DailySeries? {
        switch MetricCatalogue[metric]?.kind {
        case .gauge: return series.changes
        case .delta, .cumulative, .unique, .money:
            var series = series
            for day in estimated { series.values[day - series.first] = nil }
            return series
        case .ratio, .weightedMean, .breakdown, nil: return nil
        }
    }

    private mutating func note(falls series: DailySeries, of account: ReconciliationStore.Account, _ metric: MetricID) {
        for (index, change) in series.changes.values.enumerated() where days.contains(series.first + index) {
            guard let change, let opening = series.values[index - 1] else { continue }
            changes.append(
                PurgeDay.Change(
                    account: account.id,
                    platform: account.platform,
                    metric: metric,
                    day: series.first + index,
                    opening: opening,
                    change: change
                )
            )
        }
    }

    func report(_ options: AnomalyDigest.Options) -> InsightStore.Report {
        InsightStore.Report(
            digest: AnomalyDigest(findings, judged: judged, options: options),
            purges: PurgeDay.all(in: changes),
            series: series,
            accounts: accounts
        )
    }
}
