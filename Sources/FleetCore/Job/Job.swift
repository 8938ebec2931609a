/// How urgent a job is. Each lane has its own queue, since quorum queues know no priority.
public enum Lane: String, Sendable, CaseIterable, Hashable {
    case interactive, normal, bulk
}

/// What a job collects.
public enum CollectionKind: String, Sendable, CaseIterable, Hashable {
    /// Every account metric of one day in the platform's zone, and the account's levels now.
    case accountDaily = "account_daily"
    /// The posts of an account, newest first, with the figures that the listing shows.
    case posts
    /// The figures of the posts that the job names, as many to a call as the platform allows.
    case postMetrics = "post_metrics"
    /// Stories that are still to be seen, with their figures: most platforms forget them after a day.
    case stories
    /// Who the audience is, in parts.
    case demographics
    /// A new access token for the account, before the old one runs out.
    case credentialRefresh = "credential_refresh"
}

/// One order to collect: whose, what, for which day. It names no token and no address.
public struct Job: Equatable, Sendable {
    /// The message's versions that this program reads. It writes the lowest that can say what a job says, so that older
    /// workers read whatever they can carry out.
    public static let versions: ClosedRange<Int64> = 1...2

    public var id: UUID
    public var run: UUID?
    public var platform: PlatformName
    /// The account's number in the store.
    public var account: Int64
    public var collect: CollectionKind
    /// The day in the platform's own zone.
    public var date: CivilDate
    /// The metrics wanted, by catalogue id; empty means all that the collection offers.
    public var metrics: [MetricID]
    /// How many days the job covers, ending with `date`.
    public var days: Int
    /// The posts wanted, by their numbers in the store; empty unless the collection is about posts by name.
    public var posts: [Int64]
    /// Posts wanted by the platform's ids, for services that know no numbers.
    public var externalPosts: [ExternalPost] = []
    public var lane: Lane
    public var reason: String
    public var enqueuedAt: Instant
    /// Which of several messages are the same order: the publisher's own name for it. Doors keep it; workers do not look.
    public var idempotencyKey: String?
    /// How long the door answers `same` for that name, or for the same content where there is no name.
    public var uniqueFor: Duration?

    public init(
        id: UUID,
        run: UUID? = nil,
        platform: PlatformName,
        account: Int64,
        collect: CollectionKind = .accountDaily,
        date: CivilDate,
        metrics: [MetricID] = [],
        days: Int = 1,
        posts: [Int64] = [],
        lane: Lane = .normal,
        reason: String,
        enqueuedAt: Instant
    ) {
        self.id = id
        self.run = run
        self.platform = platform
        self.account = account
        self.collect = collect
        self.date = date
        self.metrics = metrics
        self.days = days
        self.posts = posts
        self.lane = lane
        self.reason = reason
        self.enqueuedAt = enqueuedAt
    }

    /// The lowest version that can say what the job says.
    public var version: Int64 { externalPosts.isEmpty ? 1 : 2 }

    /// Where the job is published on the `jobs` exchange.
    public var routingKey: String { "\(platform.rawValue).\(lane.rawValue)" }
}

/// A post as its platform names it.
public struct ExternalPost: Hashable, Sendable {
    /// The platform's id.
    public var id: String
    public var kind: PostKind

    public init(id: String, kind: PostKind = .post) {
        self.id = id
        self.kind = kind
    }
}
