/// What figures are asked for.
public struct FigureQuestion: Sendable, Equatable {
    /// Whose figures.
    public enum Scope: Hashable, Sendable {
        /// An account or a post by its own number.
        case subject(Int64)
        /// All posts of an account together.
        case posts(ofAccount: Int64)
        /// All accounts of a workspace together, platform by platform.
        case accounts(ofWorkspace: Int64)
        /// All posts of a workspace together, platform by platform.
        case postsOf(workspace: Int64)
    }

    /// How the days are cut into buckets.
    public enum Cut: Hashable, Sendable {
        /// Buckets of the calendar; those that the dates touch are answered whole.
        case grain(Grain)
        /// One bucket over exactly the dates.
        case stretch
    }

    public var scope: Scope
    public var dates: ClosedRange<CivilDate>
    public var cut: Cut
    /// Empty for everything that is known.
    public var metrics: Set<MetricID>
    /// Nil for now; a moment for what a store would have said that had stopped then.
    public var asOf: Instant?

    public init(
        _ scope: Scope,
        dates: ClosedRange<CivilDate>,
        cut: Cut = .grain(.day),
        metrics: Set<MetricID> = [],
        asOf: Instant? = nil
    ) {
        self.scope = scope
        self.dates = dates
        self.cut = cut
        self.metrics = metrics
        self.asOf = asOf
    }

    /// The dates of each bucket, ascending. Hours are cut from their days later.
    public var buckets: [ClosedRange<CivilDate>] {
        guard case .grain(let grain) = cut else { return [dates] }
        var buckets: [ClosedRange<CivilDate>] = []
        var next = grain.dates(around: dates.lowerBound)
        while next.lowerBound <= dates.upperBound {
            buckets.append(next)
            next = grain.dates(around: next.upperBound + 1)
        }
        return buckets
    }

    /// All dates that the buckets cover.
    public var coveredDates: ClosedRange<CivilDate> {
        let buckets = buckets
        return buckets[0].lowerBound...buckets[buckets.count - 1].upperBound
    }
}

/// What an answer must know of a platform besides its name.
public struct FigureOffer: Sendable {
    /// How a metric comes about there.
    public struct Entry: Sendable, Hashable {
        public var native: String
        public var traffic: Traffic
        public var lagDays: Int

        public init(native: String, traffic: Traffic, lagDays: Int) {
            self.native = native
            self.traffic = traffic
            self.lagDays = lagDays
        }
    }

    /// Empty when nothing is known of the platform, so that nothing is called unsupported.
    public var entries: [MetricID: [Entry]]

    public init(_ entries: [MetricID: [Entry]] = [:]) { self.entries = entries }

    /// Whether the platform has such a figure, or it follows from others.
    public func offers(_ metric: MetricID) -> Bool {
        entries.isEmpty || entries[metric] != nil || MetricRules.derived.contains(metric)
    }

    /// How long after its end a bucket may still bring a metric.
    func lag(of metric: MetricID, on platform: PlatformName) -> Duration {
        let days = entries[metric]?.map(\.lagDays).max() ?? 0
        return max(platform.settlingLag, .seconds(days * 86_400))
    }
}

extension MetricRules {
    /// Metrics that roll-ups compute and no platform is asked for.
    public static let derived: Set<MetricID> = [
        .engagementTotal, .engagementRateByViews, .engagementRateByReach, .engagementRateByFollowers, .postsPublished,
    ]
}
