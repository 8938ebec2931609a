/// Where an account's plan stands: what was asked for so far. When things are due follows from it, from the account's posts
/// and from the time, so it is the only thing that is stored.
public struct CadenceState: Equatable, Sendable {
    public var account: Int64
    /// When the plan began: the account was connected.
    public var plannedAt: Instant
    /// The newest day of account metrics that was asked for.
    public var metricsDay: CivilDate?
    public var storiesAt: Instant?
    public var discoveryAt: Instant?
    /// Posts were asked for up to this moment.
    public var postsUntil: Instant?
    public var demographicsAt: Instant?
    public var gapsAt: Instant?
    /// The days before the plan, oldest first: the first and the last of them, and the next to ask for. Nil before the
    /// first turn.
    public var history: History?
    public var historyAt: Instant?

    /// A stretch of days that is fetched once, from its oldest day on.
    public struct History: Equatable, Sendable {
        public var first: CivilDate
        public var next: CivilDate
        public var last: CivilDate

        public init(first: CivilDate, next: CivilDate, last: CivilDate) {
            self.first = first
            self.next = next
            self.last = last
        }

        public var isDone: Bool { next > last }
    }

    /// A plan of which nothing was done yet.
    public init(account: Int64, plannedAt: Instant) {
        self.account = account
        self.plannedAt = plannedAt
    }
}

/// What the store knows of an account when its plan is looked at.
public struct CadenceFacts: Equatable, Sendable {
    /// A post that may still be asked for.
    public struct Post: Equatable, Sendable {
        public var id: Int64
        public var kind: PostKind
        /// When it was published, or discovered where the platform does not say.
        public var publishedAt: Instant
        /// When a listing first named it.
        public var knownAt: Instant
        /// The platform did not know it when last asked.
        public var isMissing: Bool

        public init(
            id: Int64,
            kind: PostKind = .post,
            publishedAt: Instant,
            knownAt: Instant? = nil,
            isMissing: Bool = false
        ) {
            self.id = id
            self.kind = kind
            self.publishedAt = publishedAt
            self.knownAt = knownAt ?? publishedAt
            self.isMissing = isMissing
        }
    }

    /// A day that was found missing and asked for again.
    public struct Gap: Equatable, Sendable {
        public var attempts: Int
        public var askedAt: Instant

        public init(attempts: Int, askedAt: Instant) {
            self.attempts = attempts
            self.askedAt = askedAt
        }
    }

    /// Posts of at most ``CadencePlan/oldest`` and a day, stories included; none that is gone.
    public var posts: [Post]
    /// Days of account metrics that are stored; nil when nobody looked.
    public var storedDays: Set<CivilDate>?
    /// Days that were asked for again.
    public var gaps: [CivilDate: Gap]

    public init(posts: [Post] = [], storedDays: Set<CivilDate>? = nil, gaps: [CivilDate: Gap] = [:]) {
        self.posts = posts
        self.storedDays = storedDays
        self.gaps = gaps
    }
}

/// What a plan does, in the order in which a new account gets it.
public enum CadenceTask: String, Sendable, CaseIterable {
    /// The days that the platform still changes, and the levels of now.
    case metrics
    case stories
    case discovery
    case posts
    case demographics
    /// Days that should be stored and are not.
    case gaps
    /// The days before the plan, by what would be lost first.
    case history
}

/// One job that a plan wants.
public struct CadenceOrder: Equatable, Sendable {
    public var task: CadenceTask
    public var collect: CollectionKind
    public var date: CivilDate
    public var days: Int
    public var posts: [Int64]
    public var lane: Lane

    /// The job, under an id that is made for it.
    public func job(id: UUID, account: Int64, platform: PlatformName, enqueuedAt: Instant) -> Job {
        Job(
            id: id,
            platform: platform,
            account: account,
            collect: collect,
            date: date,
            days: days,
            posts: posts,
            lane: lane,
            reason: "cadence: \(task.rawValue)",
            enqueuedAt: enqueuedAt
        )
    }
}
