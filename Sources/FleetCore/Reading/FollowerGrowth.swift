/// How a level grew over a stretch of days, from what was known of it at both ends.
///
/// The level at an end is the last one known at or before it; days without a reading in between change nothing. An end whose
/// last reading is too old is not guessed: the growth is then that of the days in between that are known.
public struct FollowerGrowth: Equatable, Sendable {
    /// A level and the end of the day that it was last read on.
    public struct Level: Equatable, Sendable {
        public var day: CivilDate
        public var value: Int64

        public init(day: CivilDate, value: Int64) {
            self.day = day
            self.value = value
        }
    }

    /// What became of a question.
    public enum Verdict: String, Sendable {
        /// Both ends are known.
        case whole
        /// One end or both were too old; the growth is of fewer days than were asked for.
        case shortened
        /// Fewer than two levels are known.
        case refused
    }

    /// The platform's own count of who came and went.
    public struct Flow: Equatable, Sendable {
        public var gained: Int64
        public var lost: Int64
        /// What the levels say and the flow does not: the platform's corrections.
        public var corrections: Int64

        public init(gained: Int64, lost: Int64, corrections: Int64) {
            (self.gained, self.lost, self.corrections) = (gained, lost, corrections)
        }
    }

    /// How old a level may be to stand for an end, in days.
    public static let staleness = 3

    public var dates: ClosedRange<CivilDate>
    public var verdict: Verdict
    /// The level before the first day that counts, and the one at the end of the last.
    public var start: Level?
    public var end: Level?
    /// Only if the platform's own series has every day between the two levels.
    public var flow: Flow?

    /// How many followers more, or fewer.
    public var growth: Int64? {
        guard let start, let end else { return nil }
        return end.value - start.value
    }

    /// Growth over the first level, with fifteen digits; nil when there was nobody.
    public var rate: Int64? {
        guard let growth, let start, start.value > 0 else { return nil }
        return FixedPoint.quotient(growth, start.value, scale: Self.rateScale)
    }

    /// How many digits a rate has.
    public static let rateScale = 15

    /// - Parameters:
    ///   - dates: the days asked for. Growth counts from the level before the first of them.
    ///   - levels: the last level of each day that has one, ascending, from some days before.
    ///   - gained, lost: the platform's own series by day, where it has them.
    public init(
        over dates: ClosedRange<CivilDate>,
        levels: [Level],
        gained: [CivilDate: Int64] = [:],
        lost: [CivilDate: Int64] = [:]
    ) {
        self.dates = dates
        let before = dates.lowerBound - 1
        let opening = levels.last { $0.day <= before && $0.day >= before - Self.staleness }
        let known = levels.filter { dates.contains($0.day) }
        let isFresh = known.last.map { $0.day >= dates.upperBound - Self.staleness } ?? false
        guard let start = opening ?? known.first, let end = known.last, start.day < end.day else {
            verdict = .refused
            return
        }
        (self.start, self.end) = (start, end)
        verdict = opening != nil && isFresh ? .whole : .shortened
        flow = Self.flow(start, end, gained, lost)
    }

    private static func flow(
        _ start: Level,
        _ end: Level,
        _ gained: [CivilDate: Int64],
        _ lost: [CivilDate: Int64]
    ) -> Flow? {
        guard start.day < end.day else { return nil }
        let days = (start.day + 1)...end.day
        let came = days.compactMap { gained[$0] }
        let went = days.compactMap { lost[$0] }
        guard came.count == days.count, went.count == days.count else { return nil }
        let (all, gone) = (came.reduce(0, saturatingSum), went.reduce(0, saturatingSum))
        return Flow(gained: all, lost: gone, corrections: end.value - start.value - (all - gone))
    }
}

extension SubjectReadings {
    /// How one of its levels grew.
    public func growth(over dates: ClosedRange<CivilDate>, of metric: MetricID = .followers) -> FollowerGrowth {
        let days = days(dates.lowerBound - 1 - FollowerGrowth.staleness...dates.upperBound)
        func series(_ metric: MetricID) -> [CivilDate: Int64] {
            days.reduce(into: [:]) { series, day in series[day.day] = day.row[metric]?.known }
        }
        let levels = days.compactMap { day in
            day.row[metric]?.known.map { FollowerGrowth.Level(day: day.day, value: $0) }
        }
        guard metric == .followers else { return FollowerGrowth(over: dates, levels: levels) }
        return FollowerGrowth(
            over: dates,
            levels: levels,
            gained: series(.followersGained),
            lost: series(.followersLost)
        )
    }
}
