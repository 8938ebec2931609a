/// Holds figures of one account against each other that come from different places and should agree.
///
/// No I/O: the shell reads days, levels and totals, and turns what does not agree into jobs that ask for the days again.
public struct Reconciliation: Sendable {
    /// What was held against what. The raw values are stored and never change.
    public enum Check: String, Sendable, CaseIterable {
        /// The sum of a counter's days against the difference of its running total.
        case total
        /// Follows less unfollows against the change of the followers.
        case followers
        /// A platform's figure of distinct people for several days against those of the days.
        case people
        /// What an account has against what its posts have.
        case posts
    }

    /// One comparison: what was found, and between what it should lie.
    public struct Finding: Equatable, Sendable {
        public var check: Check
        public var metric: MetricID
        public var days: ClosedRange<CivilDate>
        /// What the days, or the posts, come to.
        public var found: Int64
        /// What the other side says; equal unless it says bounds only.
        public var lower: Int64
        public var upper: Int64
        /// How far `found` may lie outside.
        public var tolerance: Int64

        public init(
            check: Check,
            metric: MetricID,
            days: ClosedRange<CivilDate>,
            found: Int64,
            lower: Int64,
            upper: Int64,
            tolerance: Int64
        ) {
            self.check = check
            self.metric = metric
            self.days = days
            self.found = found
            self.lower = lower
            self.upper = upper
            self.tolerance = tolerance
        }

        /// How far it is off: what the platform corrected without saying so, or what is missing. Zero within the bounds.
        public var remainder: Int64 {
            if found < lower { return saturatingDifference(found, lower) }
            return found > upper ? saturatingDifference(found, upper) : 0
        }

        /// Whether it is too far off.
        public var isMismatch: Bool { remainder.magnitude > tolerance.magnitude }
    }

    /// A running total or level that was read at a moment.
    public struct Level: Equatable, Sendable {
        public var at: Instant
        public var value: Int64

        public init(at: Instant, value: Int64) {
            self.at = at
            self.value = value
        }
    }

    /// A platform's own figure for several days.
    public struct Native: Equatable, Sendable {
        public var metric: MetricID
        public var days: ClosedRange<CivilDate>
        public var value: Int64

        public init(metric: MetricID, days: ClosedRange<CivilDate>, value: Int64) {
            self.metric = metric
            self.days = days
            self.value = value
        }
    }

    public var platform: PlatformName
    /// The days that are looked at: settled ones, in order.
    public var dates: ClosedRange<CivilDate>
    /// The platform's own daily figures.
    public var days: [MetricID: [CivilDate: Int64]] = [:]
    /// Running totals and levels by metric, ascending.
    public var levels: [MetricID: [Level]] = [:]
    public var natives: [Native] = []
    /// What all posts of the account gained by day.
    public var posts: [MetricID: [CivilDate: Int64]] = [:]

    public init(platform: PlatformName, dates: ClosedRange<CivilDate>) {
        self.platform = platform
        self.dates = dates
    }

    /// How far two sides may differ without anything being wrong: one in a hundred of what they are about, and ten.
    static func tolerance(of total: Int64) -> Int64 { saturatingSum(Int64(clamping: total.magnitude / 100), 10) }

    /// Everything that could be compared, whether it agrees or not.
    public var findings: [Finding] {
        (totals + followers + people + residuals)
            .sorted { left, right in
                (left.check.rawValue, left.metric, left.days.lowerBound, left.days.upperBound)
                    < (right.check.rawValue, right.metric, right.days.lowerBound, right.days.upperBound)
            }
    }
}

extension Reconciliation {
    /// The whole weeks from Monday of which every day has a figure. Weeks of the calendar, so that a mismatch keeps its
    /// name from night to night.
    func weeks(of values: [CivilDate: Int64]) -> [ClosedRange<CivilDate>] {
        var weeks: [ClosedRange<CivilDate>] = []
        var monday = (dates.lowerBound + 6).startOfWeek
        while monday + 6 <= dates.upperBound {
            let week = monday...(monday + 6)
            if week.allSatisfy({ values[$0] != nil }) { weeks.append(week) }
            monday = monday + 7
        }
        return weeks
    }

    private static func sum(_ values: [CivilDate: Int64], _ days: ClosedRange<CivilDate>) -> Int64 {
        days.reduce(0) { saturatingSum($0, values[$1] ?? 0) }
    }

    /// The level nearest to the start of a day, and how far from it that was, if it is within a day.
    private func level(_ metric: MetricID, near date: CivilDate) -> (value: Int64, distance: Duration)? {
        let boundary = platform.dayZone.startOfDay(date)
        let near = (levels[metric] ?? []).min { Self.distance($0.at, boundary) < Self.distance($1.at, boundary) }
        guard let near, Self.distance(near.at, boundary) <= .seconds(86_400) else { return nil }
        return (near.value, Self.distance(near.at, boundary))
    }

    private static func distance(_ left: Instant, _ right: Instant) -> Duration {
        left < right ? right - left : left - right
    }

    /// What may have happened between a reading and the boundary that it stands for: as much as on the largest day, in
    /// proportion.
    private static func slack(_ largest: Int64, _ distances: Duration...) -> Int64 {
        distances.reduce(0) { sum, distance in
            let share = Int128(largest.magnitude) * Int128(distance.wholeMicroseconds) / 86_400_000_000
            return saturatingSum(sum, Int64(clamping: share))
        }
    }

    private static func largest(_ values: [CivilDate: Int64], _ days: ClosedRange<CivilDate>) -> Int64 {
        days.compactMap { values[$0]?.magnitude }.max().map { Int64(clamping: $0) } ?? 0
    }

    /// Days that a platform tells, or that follow from differences, against a running total that it tells too.
    private var totals: [Finding] {
        days.keys.flatMap { metric -> [Finding] in
            guard MetricCatalogue[metric]?.kind == .delta, metric != .followersGained, metric != .followersLost,
                let values = days[metric]
            else { return [] }
            return weeks(of: values).compactMap { total(metric, values, $0) }
        }
    }

    private func total(_ metric: MetricID, _ values: [CivilDate: Int64], _ week: ClosedRange<CivilDate>) -> Finding? {
        guard let opening = level(metric, near: week.lowerBound), let closing = level(metric, near: week.upperBound + 1)
        else { return nil }
        let difference = saturatingDifference(closing.value, opening.value)
        return Finding(
            check: .total,
            metric: metric,
            days: week,
            found: Self.sum(values, week),
            lower: difference,
            upper: difference,
            tolerance: saturatingSum(
                Self.tolerance(of: difference),
                Self.slack(Self.largest(values, week), opening.distance, closing.distance)
            )
        )
    }

    /// Follows less unfollows, where the platform tells both, or tells a net number.
    private var followers: [Finding] {
        guard let gained = days[.followersGained] else { return [] }
        return weeks(of: gained).compactMap { follows(gained, days[.followersLost] ?? [:], $0) }
    }

    private func follows(
        _ gained: [CivilDate: Int64],
        _ lost: [CivilDate: Int64],
        _ week: ClosedRange<CivilDate>
    ) -> Finding? {
        let isNet = platform == .linkedin
        guard isNet || week.allSatisfy({ lost[$0] != nil }), let opening = level(.followers, near: week.lowerBound),
            let closing = level(.followers, near: week.upperBound + 1)
        else { return nil }
        let net = saturatingDifference(Self.sum(gained, week), isNet ? 0 : Self.sum(lost, week))
        let change = saturatingDifference(closing.value, opening.value)
        let largest = max(Self.largest(gained, week), Self.largest(lost, week))
        return Finding(
            check: .followers,
            metric: .followers,
            days: week,
            found: net,
            lower: change,
            upper: change,
            // YouTube rounds the level to three digits, so that it is off by up to one in a hundred of itself.
            tolerance: saturatingSum(
                Self.tolerance(of: platform == .youtube ? closing.value : change),
                Self.slack(largest, opening.distance, closing.distance)
            )
        )
    }

    /// Distinct people of several days are at least as many as on the best of them and at most as many as all together.
    private var people: [Finding] {
        natives.compactMap { native in
            guard MetricCatalogue[native.metric]?.kind == .unique, dates.contains(native.days.lowerBound),
                dates.contains(native.days.upperBound), let values = days[native.metric]
            else { return nil }
            let known = native.days.compactMap { values[$0] }
            guard let best = known.max(), known.count == native.days.count else { return nil }
            return Finding(
                check: .people,
                metric: native.metric,
                days: native.days,
                found: native.value,
                lower: best,
                upper: known.reduce(0, saturatingSum),
                tolerance: Self.tolerance(of: native.value)
            )
        }
    }

    /// An account has at least what its posts have; what it has beyond that comes from elsewhere.
    private var residuals: [Finding] {
        posts.flatMap { metric, posts -> [Finding] in
            guard MetricCatalogue[metric]?.kind == .delta, let values = days[metric] else { return [] }
            return weeks(of: values).map { week in
                let ofAccount = Self.sum(values, week)
                // Posts are read at moments of their own, so that their days are less sharp.
                let slack = saturatingSum(
                    ofAccount / 20,
                    saturatingSum(Self.largest(posts, week), Self.largest(posts, week))
                )
                return Finding(
                    check: .posts,
                    metric: metric,
                    days: week,
                    found: Self.sum(posts, week),
                    lower: .min,
                    upper: ofAccount,
                    tolerance: saturatingSum(Self.tolerance(of: ofAccount), slack)
                )
            }
        }
    }
}
