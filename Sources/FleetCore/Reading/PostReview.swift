/// The posts of an account over a stretch of days: how many, which were best, and the mean of their rates.
///
/// Two questions that are easily mixed up are two modes: what happened to all posts in the days, and what the posts that were
/// published in the days have come to in all.
public struct PostReview: Equatable, Sendable {
    /// Which question is answered.
    public enum Mode: String, Sendable, CaseIterable {
        /// What all posts gained in the days.
        case activity
        /// The totals of the posts published in the days.
        case published
    }

    /// One post with its figure.
    public struct Ranked: Equatable, Sendable {
        public var post: FigureSubject
        public var value: Int64
    }

    /// A rate of one or more posts, with what it was computed from.
    public struct Rate: Equatable, Sendable {
        /// The rate's name: by views, by reach or by followers.
        public var definition: MetricID
        public var version: Int
        public var numerator: Int64
        public var denominator: Int64
        /// With fifteen digits.
        public var value: Int64
    }

    public var mode: Mode
    public var metric: MetricID
    /// Posts published in the days, by kind.
    public var published: [PostKind: Int]
    /// By the metric, most first; posts without a figure are left out.
    public var ranking: [Ranked]
    /// The three rates of all the posts together: sums over sums.
    public var rates: [Rate]
    /// The mean of the posts' own rates by views, each post alike: another number than the rate of all of them.
    public var meanOfPostRates: Int64?

    public init(_ posts: [SubjectReadings], dates: ClosedRange<CivilDate>, mode: Mode, metric: MetricID) {
        self.mode = mode
        self.metric = metric
        let zone = posts.first?.zone ?? .utc
        let new = posts.filter { post in post.subject.publishedAt.map { dates.contains(zone.date(at: $0)) } ?? false }
        published = new.reduce(into: [:]) { counts, post in
            if case .post(let kind) = post.subject.kind { counts[kind, default: 0] += 1 }
        }
        let rows = (mode == .activity ? posts : new).map { post in
            (post: post, row: mode == .activity ? post.period(dates) : post.totals())
        }
        ranking = rows.compactMap { post, row in
            row[metric]?.known.map { Ranked(post: post.subject, value: $0) }
        }.sorted { ($0.value, $1.post.id) > ($1.value, $0.post.id) }
        rates = Self.rates(rows.map(\.row))
        let own = rows.compactMap { $0.row[.engagementRateByViews]?.known }
        meanOfPostRates = own.isEmpty ? nil : Int64(own.reduce(Int128(0)) { $0 + Int128($1) } / Int128(own.count))
    }

    private static func rates(_ rows: [RollupRow]) -> [Rate] {
        // Distinct people of several posts are no sum, and followers are the account's.
        [MetricID.engagementRateByViews].compactMap { definition in
            let cells = rows.compactMap { $0[definition] }.filter { $0.known != nil }
            let numerator = cells.reduce(0) { saturatingSum($0, $1.sum) }
            let denominator = cells.reduce(0) { saturatingSum($0, $1.weight) }
            let scale = MetricCatalogue.scale(of: definition)
            return FixedPoint.quotient(numerator, denominator, scale: scale).map { value in
                Rate(
                    definition: definition,
                    version: MetricRules.engagementVersion,
                    numerator: numerator,
                    denominator: denominator,
                    value: value
                )
            }
        }
    }
}

extension SubjectReadings {
    /// What a subject has come to in all: the newest reading of each metric at a moment, with what follows from them.
    public func totals() -> RollupRow {
        var newest: [MetricID: Int64] = [:]
        for (_, _, row) in moments {
            for entry in row.entries { newest[entry.metric] = entry.value }
        }
        let cells = newest.sorted { $0.key < $1.key }.map { RollupRow.Cell(metric: $0.key, value: $0.value) }
        var row = RollupRow(cells: cells, state: .open)
        row.derive(rules)
        return row
    }
}
