/// What a worker found out for one job: the readings, and where they come from.
public struct JobResult: Equatable, Sendable {
    public static let version: Int64 = 1

    /// Who read the figures.
    public enum Origin: String, Sendable, CaseIterable {
        /// A worker, at the platform.
        case fetched
        /// A person, from a file that the platform made.
        case imported = "import"
        /// Another service.
        case pushed = "push"
    }

    /// A metric that was asked for and for which the platform gave nothing usable.
    public struct Skip: Hashable, Sendable {
        /// The platform's name of the metric; `*` for everything that was asked of the item.
        public var metric: String
        public var reason: String
        /// The platform's id of the post it concerns; nil when the account is meant.
        public var item: String?

        public init(metric: String, reason: String, item: String? = nil) {
            self.metric = metric
            self.reason = reason
            self.item = item
        }
    }

    public var job: UUID
    public var run: UUID?
    public var platform: PlatformName
    public var account: Int64
    public var workspace: Int64
    public var collect: CollectionKind
    public var attempt: Int
    /// True when something that was asked for is missing.
    public var isPartial: Bool
    public var enqueuedAt: Instant
    /// When the last answer arrived.
    public var fetchedAt: Instant
    public var apiVersion: String
    /// How many requests it took.
    public var requests: Int
    public var skipped: [Skip]
    /// The account's readings.
    public var readings: [Reading]
    /// Posts that a listing named.
    public var posts: [DiscoveredPost] = []
    /// Readings of posts.
    public var postReadings: [PostReadings] = []
    /// Metrics in parts.
    public var breakdowns: [Breakdown] = []
    /// The platform's ids of posts that it did not know.
    public var missingPosts: [String] = []
    public var origin = Origin.fetched
    /// True when a simulator answered: such numbers may enter sandbox workspaces only.
    public var isSynthetic = false
    /// The days that were asked about, which say where something skipped is missing; told only with ``skipped``.
    public var dates: ClosedRange<CivilDate>?

    public init(
        job: UUID,
        run: UUID? = nil,
        platform: PlatformName,
        account: Int64,
        workspace: Int64,
        collect: CollectionKind = .accountDaily,
        attempt: Int = 1,
        isPartial: Bool = false,
        enqueuedAt: Instant,
        fetchedAt: Instant,
        apiVersion: String,
        requests: Int,
        skipped: [Skip] = [],
        readings: [Reading]
    ) {
        self.job = job
        self.run = run
        self.platform = platform
        self.account = account
        self.workspace = workspace
        self.collect = collect
        self.attempt = attempt
        self.isPartial = isPartial
        self.enqueuedAt = enqueuedAt
        self.fetchedAt = fetchedAt
        self.apiVersion = apiVersion
        self.requests = requests
        self.skipped = skipped
        self.readings = readings
    }

    /// What stands in the ledger: what was collected, or how else the figures came.
    public var ledgerWord: String { origin == .fetched ? collect.rawValue : origin.rawValue }
}
