public import FleetCore
public import Postgres

/// Where a metric is refused: by which version of which platform, for which kind of post or family of calls.
public struct RefusalScope: Hashable, Sendable {
    public var platform: String
    public var version: String
    public var scope: String

    public init(platform: String, version: String, scope: String) {
        self.platform = platform
        self.version = version
        self.scope = scope
    }

    fileprivate var parameters: [Parameter] { [.text(platform), .text(version), .text(scope)] }
}

/// What the fleet knows of metrics that platforms refuse, in the database.
public struct QuarantineStore: Sendable {
    /// A metric in quarantine.
    public struct Refusal: Hashable, Sendable {
        public var scope: RefusalScope
        public var metric: String
        /// When one worker is to test whether it is served again.
        public var testAfter: Instant
    }

    /// A search that a worker carries out at present.
    public struct Search: Hashable, Sendable {
        public var scope: RefusalScope
        public var holder: UUID
        /// How long it may still last.
        public var remaining: Duration
    }

    /// How a worker stands to a search that it wants to begin.
    public enum Standing: String, Sendable {
        case mine
        case other
        /// Someone searched lately and found no metric at fault.
        case fruitless
    }

    /// How a search ended.
    public struct Finding: Sendable {
        public var metrics: [String]
        public var reason: String
        /// Whether the platform named them itself.
        public var wasNamed: Bool
        public var calls: Int
        public var job: UUID

        public init(metrics: [String], reason: String, wasNamed: Bool, calls: Int, job: UUID) {
            self.metrics = metrics
            self.reason = reason
            self.wasNamed = wasNamed
            self.calls = calls
            self.job = job
        }
    }

    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Everything in quarantine, and every search under way, at one moment.
    public func state() async throws -> (refusals: [Refusal], searches: [Search]) {
        let rows = try await pool.withConnection { connection in
            try await connection.pipeline([
                Command("select platform, version, scope, metric, test_after from flotilla.refusals()"),
                Command("select platform, version, scope, holder, seconds from flotilla.searches()"),
            ])
        }
        let refusals = try rows[0].map { row in
            Refusal(
                scope: try Self.scope(row),
                metric: try row.text(3),
                testAfter: Instant(microseconds: try row.timestamp(4))
            )
        }
        let searches = try rows[1].map { row in
            Search(
                scope: try Self.scope(row),
                holder: UUID(try row.uuid(3)),
                remaining: .seconds(Int(try row.int4(4)))
            )
        }
        return (refusals, searches)
    }

    private static func scope(_ row: Row) throws -> RefusalScope {
        RefusalScope(platform: try row.text(0), version: try row.text(1), scope: try row.text(2))
    }

    /// Begins a search, or goes on holding it, for so long.
    public func begin(_ scope: RefusalScope, holder: UUID, lasting: Duration) async throws -> Standing {
        let word = try await pool.query(
            "select flotilla.begin_search($1, $2, $3, $4, $5 * interval '1 second')",
            scope.parameters + [.uuid(holder.parameter), .float8(Double(lasting.components.seconds))]
        ).only().text(0)
        return Standing(rawValue: word) ?? .other
    }

    /// Ends a search; `rest` is how long nobody is to begin another, for one that found nothing.
    public func end(_ scope: RefusalScope, holder: UUID, rest: Duration? = nil) async throws {
        _ = try await pool.query(
            "select flotilla.end_search($1, $2, $3, $4, $5 * interval '1 second')",
            scope.parameters
                + [.uuid(holder.parameter), rest.map { .float8(Double($0.components.seconds)) } ?? .null]
        )
    }

    /// Quarantines what was found; returns the names that were not in quarantine before.
    public func refuse(_ scope: RefusalScope, _ finding: Finding, at moment: Instant) async throws -> [String] {
        try await pool.query(
            "select flotilla.refuse_metrics($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            scope.parameters + [
                .textArray(finding.metrics), .text(finding.reason), .text(finding.wasNamed ? "named" : "search"),
                .int4(Int32(clamping: finding.calls)), .uuid(finding.job.parameter), .timestamp(moment.microseconds),
            ]
        ).only().textArray(0)
    }

    /// Whether the caller is to test a metric now, which is true for one caller a day.
    public func claimTest(_ scope: RefusalScope, _ metric: String, at moment: Instant) async throws -> Bool {
        try await pool.query(
            "select flotilla.claim_metric_test($1, $2, $3, $4, $5)",
            scope.parameters + [.text(metric), .timestamp(moment.microseconds)]
        ).only().bool(0)
    }

    /// Lets a metric out of quarantine; false when it was not in it.
    @discardableResult
    public func release(_ scope: RefusalScope, _ metric: String, at moment: Instant) async throws -> Bool {
        try await pool.query(
            "select flotilla.release_metric($1, $2, $3, $4, $5)",
            scope.parameters + [.text(metric), .timestamp(moment.microseconds)]
        ).only().bool(0)
    }
}
