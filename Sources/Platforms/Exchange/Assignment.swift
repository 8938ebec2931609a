public import FleetCore

/// What a job wants of a platform, with the account's id there filled in.
public struct Assignment: Hashable, Sendable {
    /// A post that is asked about.
    public struct Post: Hashable, Sendable {
        /// The platform's id.
        public var externalID: String
        public var kind: PostKind
        /// When it was published, where that is known.
        public var publishedAt: Instant?

        /// A post.
        public init(externalID: String, kind: PostKind = .post, publishedAt: Instant? = nil) {
            self.externalID = externalID
            self.kind = kind
            self.publishedAt = publishedAt
        }
    }

    /// What to collect.
    public var collect: CollectionKind
    /// The account's id on the platform.
    public var externalID: String
    /// The local days of the platform that are asked about.
    public var days: ClosedRange<CivilDate>
    /// The metrics wanted; empty means all that the collection offers.
    public var metrics: [MetricID]
    /// The posts wanted, for collections that name them.
    public var posts: [Post]
    /// The platform's names of metrics that it refuses at present: requests leave them out.
    public var refused: Set<String>
    /// Now, for what depends on the age of a post.
    public var now: Instant

    /// The last day asked about.
    public var date: CivilDate { days.upperBound }

    /// A wish; all metrics unless some are named.
    public init(
        collect: CollectionKind = .accountDaily,
        externalID: String,
        days: ClosedRange<CivilDate>,
        metrics: [MetricID] = [],
        posts: [Post] = [],
        refused: Set<String> = [],
        now: Instant = Instant(microseconds: 0)
    ) {
        self.collect = collect
        self.externalID = externalID
        self.days = days
        self.metrics = metrics
        self.posts = posts
        self.refused = refused
        self.now = now
    }

    /// A wish for one day.
    public init(
        collect: CollectionKind = .accountDaily,
        externalID: String,
        date: CivilDate,
        metrics: [MetricID] = []
    ) {
        self.init(collect: collect, externalID: externalID, days: date...date, metrics: metrics)
    }

    /// A job's wish, for the account that the platform knows under `externalID`.
    public init(
        _ job: Job,
        externalID: String,
        posts: [Post] = [],
        refused: Set<String> = [],
        now: Instant = Instant(microseconds: 0)
    ) {
        self.init(
            collect: job.collect,
            externalID: externalID,
            days: (job.date - (max(job.days, 1) - 1))...job.date,
            metrics: job.metrics,
            posts: posts,
            refused: refused,
            now: now
        )
    }
}
