/// Posts of one account held against each other at equal age, each against the others of its kind.
public struct PostComparison: Equatable, Sendable {
    /// Where a post stands among those of its kind.
    public struct Standing: Equatable, Sendable {
        /// How many of the others had less, and half of those that had the same, in hundredths of a percent.
        public var hundredths: Int
        /// How many others there are.
        public var others: Int
    }

    /// What a post will have, by the way that others of its kind went.
    public struct Estimate: Equatable, Sendable {
        /// The age from which it was reckoned.
        public var from: Age
        /// Eight of ten of the others would end between `low` and `high`, half of them below `middle`.
        public var low: Int64
        public var middle: Int64
        public var high: Int64
        /// How many others went the whole way.
        public var others: Int
    }

    /// A post at every age.
    public struct Line: Equatable, Sendable {
        public var post: Int64
        public var kind: PostKind
        public var publishedAt: Instant
        public var figures: [Age: PostCurve.Figure]
        /// Where it stands, at the ages at which it has a figure and enough others do.
        public var standings: [Age: Standing]
        /// Its count at the oldest age; nil when it is that old, or too little is known.
        public var estimate: Estimate?
    }

    /// The least others that a standing needs, and an estimate.
    public static let leastOthers = 5
    public static let leastPaths = 8

    /// Newest first.
    public var lines: [Line]

    public init(_ curves: [PostCurve], now: Instant) {
        let figures = curves.map { curve in
            Dictionary(uniqueKeysWithValues: Age.allCases.map { ($0, curve.figure(at: $0, now: now)) })
        }
        var byKind: [PostKind: [Int]] = [:]
        for (index, curve) in curves.enumerated() { byKind[curve.kind, default: []].append(index) }
        lines = curves.indices.map { index in
            let curve = curves[index]
            let others = byKind[curve.kind]!.filter { $0 != index }.map { figures[$0] }
            return Line(
                post: curve.post,
                kind: curve.kind,
                publishedAt: curve.publishedAt,
                figures: figures[index],
                standings: Self.standings(figures[index], others),
                estimate: Self.estimate(figures[index], others)
            )
        }
        lines.sort { ($0.publishedAt, $0.post) > ($1.publishedAt, $1.post) }
    }

    private static func standings(
        _ own: [Age: PostCurve.Figure],
        _ others: [[Age: PostCurve.Figure]]
    ) -> [Age: Standing] {
        var standings: [Age: Standing] = [:]
        for age in Age.allCases {
            let values = others.compactMap { $0[age]?.value }
            guard let value = own[age]?.value, values.count >= leastOthers else { continue }
            let less = values.count { $0 < value }
            let same = values.count { $0 == value }
            standings[age] = Standing(
                hundredths: (less * 2 + same) * 5000 / values.count,
                others: values.count
            )
        }
        return standings
    }

    /// The count at the oldest age, by the factors with which others grew from the oldest age that this one has reached.
    private static func estimate(_ own: [Age: PostCurve.Figure], _ others: [[Age: PostCurve.Figure]]) -> Estimate? {
        guard let last = Age.allCases.last, own[last] == .young,
            let from = Age.allCases.last(where: { own[$0]?.value ?? 0 > 0 }), let value = own[from]?.value
        else { return nil }
        let factors = others.compactMap { other -> Double? in
            guard let start = other[from]?.value, let end = other[last]?.value, start > 0 else { return nil }
            return Double(end) / Double(start)
        }.sorted()
        guard factors.count >= leastPaths else { return nil }
        let counts = [0.1, 0.5, 0.9].map { share in
            Int64(exactly: (Double(value) * RobustStatistics.quantile(share, ofSorted: factors)!).rounded()) ?? .max
        }
        return Estimate(from: from, low: counts[0], middle: counts[1], high: counts[2], others: factors.count)
    }
}
