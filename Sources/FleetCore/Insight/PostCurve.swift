/// One counter of one post, as it was read, from publication on.
public struct PostCurve: Equatable, Sendable {
    /// One reading.
    public struct Point: Hashable, Sendable {
        public var at: Instant
        public var value: Int64

        public init(at: Instant, value: Int64) {
            self.at = at
            self.value = value
        }
    }

    /// What a post had at an age.
    public enum Figure: Equatable, Sendable {
        /// Its count, between two readings of which one is near.
        case value(Int64)
        /// No reading is near enough to say.
        case missing
        /// It is not that old yet.
        case young

        /// The count, if there is one.
        public var value: Int64? { if case .value(let value) = self { value } else { nil } }
    }

    public var post: Int64
    public var kind: PostKind
    public var publishedAt: Instant
    /// Ascending.
    public var points: [Point]

    /// - Parameter points: in any order.
    public init(post: Int64, kind: PostKind, publishedAt: Instant, points: [Point]) {
        self.post = post
        self.kind = kind
        self.publishedAt = publishedAt
        self.points = points.filter { $0.at >= publishedAt }.sorted { ($0.at, $0.value) < ($1.at, $1.value) }
    }

    /// What it had at an age: on the straight line between the readings around it, if the nearer one is within a quarter of
    /// the age. At publication it had nothing.
    public func figure(at age: Age, now: Instant) -> Figure {
        let moment = publishedAt + age.duration
        guard moment <= now else { return .young }
        if let exact = points.last(where: { $0.at == moment }) { return .value(exact.value) }
        guard let after = points.first(where: { $0.at > moment }) else { return .missing }
        let before = points.last { $0.at < moment }
        let near = age.duration / 4
        guard after.at - moment <= near || before.map({ moment - $0.at <= near }) == true else { return .missing }
        let start = before ?? Point(at: publishedAt, value: 0)
        let whole = Int128((after.at - start.at).wholeMicroseconds)
        let part = Int128((moment - start.at).wholeMicroseconds)
        let rise = Int128(after.value) - Int128(start.value)
        return .value(start.value + Int64(rise * part / whole))
    }
}

/// At which age posts are compared.
public enum Age: Int, Sendable, CaseIterable, Comparable {
    case hour = 3600
    case day = 86_400
    case week = 604_800
    case fourWeeks = 2_419_200

    public var duration: Duration { .seconds(rawValue) }

    /// The name on command lines and in messages.
    public var name: String {
        switch self {
        case .hour: "1h"
        case .day: "24h"
        case .week: "7d"
        case .fourWeeks: "28d"
        }
    }

    /// The age with a name, or nil.
    public init?(name: String) {
        guard let age = Age.allCases.first(where: { $0.name == name }) else { return nil }
        self = age
    }

    public static func < (left: Age, right: Age) -> Bool { left.rawValue < right.rawValue }
}
