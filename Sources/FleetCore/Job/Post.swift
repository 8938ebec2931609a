/// What a post is. Some platforms serve other metrics for other kinds.
public enum PostKind: String, Sendable, CaseIterable, Hashable {
    case post, image, video, carousel, reel, short, live, story, article, pin, repost
}

/// A post that a listing named.
public struct DiscoveredPost: Hashable, Sendable {
    /// The platform's id.
    public var externalID: String
    /// When it was published, where the platform says so.
    public var publishedAt: Instant?
    public var kind: PostKind

    public init(externalID: String, publishedAt: Instant? = nil, kind: PostKind = .post) {
        self.externalID = externalID
        self.publishedAt = publishedAt
        self.kind = kind
    }
}

/// A metric of one subject and period in parts: by country, by age, by reaction. Parts are never added to a total.
public struct Breakdown: Equatable, Sendable {
    /// The platform's id of the post; nil when the account is meant.
    public var post: String?
    public var period: Period
    public var start: Reading.Start
    public var metric: MetricID
    /// The names of the dimensions, in the order of the answer.
    public var dimensions: [String]
    /// For each part a value per dimension, and the number in units of ten to the minus the metric's scale.
    public var parts: [Part]

    public struct Part: Equatable, Sendable {
        public var names: [String]
        public var value: Int64

        public init(names: [String], value: Int64) {
            self.names = names
            self.value = value
        }
    }

    public init(
        post: String? = nil,
        period: Period,
        start: Reading.Start,
        metric: MetricID,
        dimensions: [String],
        parts: [Part]
    ) {
        self.post = post
        self.period = period
        self.start = start
        self.metric = metric
        self.dimensions = dimensions
        self.parts = parts
    }
}

/// Readings of one post, which the platform's id names until the store has given it a number.
public struct PostReadings: Equatable, Sendable {
    /// The platform's id.
    public var post: String
    public var readings: [Reading]

    public init(post: String, readings: [Reading] = []) {
        self.post = post
        self.readings = readings
    }
}
