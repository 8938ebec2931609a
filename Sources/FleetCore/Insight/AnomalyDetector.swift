internal import Glibc

/// Finds unusual days: each is held against the days before it, on a logarithmic scale, after the habit of its weekday.
///
/// What is to be expected is the median of the last 28 days times the weekday's factor; how far days usually stray is the
/// median distance of the last 56 days, pooled over all weekdays since eight days of one are far too few. The day that is
/// tested never takes part in what it is held against, and days that were unusual themselves count little. Only settled
/// days may be given: half a day looks like a fall.
public struct AnomalyDetector: Sendable {
    /// The numbers that decide. The defaults are those that were measured.
    public struct Options: Equatable, Sendable {
        /// Days whose median is the level.
        public var levelDays = 28
        /// Days whose distances are pooled.
        public var residualDays = 56
        /// Days with figures that a judgement needs.
        public var leastHistory = 28
        /// The least deviation, as a share of what is expected.
        public var leastDeviation = 0.08
        /// The least effect, as a share of what was expected, and in units.
        public var leastEffect = 0.25
        public var leastUnits = 10.0
        /// The least effect of a drift, as a share of what was expected.
        public var leastDriftEffect = 0.1
        /// Where fewer are expected per day, weeks are judged instead of days.
        public var fewPerDay = 10.0
        /// From how many deviations on something is listed.
        public var threshold = 4.0
        /// How much the newest day counts in the running mean that finds drifts.
        public var driftWeight = 0.2

        public init() {}
    }

    public var options: Options

    public init(_ options: Options = Options()) {
        self.options = options
    }

    /// What is unusual in a series.
    ///
    /// - Parameter from: the first day that is judged; earlier ones are history only.
    public func anomalies(in series: DailySeries, from: CivilDate? = nil) -> [Anomaly] {
        var walk = AnomalyWalk(options: options)
        var found: [Anomaly] = []
        for (index, value) in series.values.enumerated() {
            let day = series.first + index
            let anomaly = walk.take(value.map { Double($0) }, of: day)
            if let anomaly, day >= from ?? day { found.append(anomaly) }
        }
        return found
    }

    /// A count on the scale on which factors are distances. Negative numbers, which falling counters have, keep their sign.
    static func scaled(_ value: Double) -> Double { value < 0 ? -log1p(-value) : log1p(value) }

    /// The count at a place of the scale.
    static func count(_ scaled: Double) -> Double { scaled < 0 ? -expm1(-scaled) : expm1(scaled) }
}

/// Walks over a series day by day, and knows of each day what the days before it say.
struct AnomalyWalk {
    /// A past day.
    private struct Past {
        var day: CivilDate
        /// What was there.
        var count: Double
        var scaled: Double
        /// The level around it, as it was known then.
        var level: Double
        /// How much it still counts.
        var weight: Double
    }

    private let options: AnomalyDetector.Options
    private var past: [Past] = []
    private var weeks: [(sum: Double, weight: Double)] = []
    private var week: [Double] = []
    private var drift = Drift()

    init(options: AnomalyDetector.Options) {
        self.options = options
    }

    /// Judges the next day, and makes it part of the past.
    mutating func take(_ count: Double?, of day: CivilDate) -> Anomaly? {
        past.removeAll { $0.day < day - options.residualDays }
        let weekly = takeWeek(count, of: day)
        guard let count else { return weekly }
        let scaled = AnomalyDetector.scaled(count)
        let prediction = prediction(of: day)
        var weight = 1.0
        var found: Anomaly?
        if let prediction {
            let score = (scaled - prediction.scaled) / prediction.deviation
            // What was unusual by itself says little of what is usual.
            weight = min(1, (options.threshold / max(abs(score), 1e-9)) * (options.threshold / max(abs(score), 1e-9)))
            found = judge(count, of: day, score, prediction)
        }
        past.append(Past(day: day, count: count, scaled: scaled, level: 0, weight: weight))
        past[past.count - 1].level = level(before: day + 1) ?? scaled
        return weekly ?? found
    }

    // MARK: What is usual

    private struct Prediction {
        var scaled: Double
        var deviation: Double
        var count: Double { AnomalyDetector.count(scaled) }
    }

    private func prediction(of day: CivilDate) -> Prediction? {
        guard past.count >= options.leastHistory else { return nil }
        let factors = factors()
        let own = past.map { Self.without(factors, $0) }
        let recent = zip(past, own).filter { $0.0.day >= day - options.levelDays }
        guard recent.count * 2 >= options.levelDays,
            let level = RobustStatistics.median(recent.map { .init(value: $0.1, weight: $0.0.weight) })
        else { return nil }
        let residuals = zip(past, own).map { past, own in
            RobustStatistics.Weighted(value: own - past.level, weight: past.weight)
        }
        let scaled = level + factors[day.weekday.rawValue - 1]
        let expected = max(AnomalyDetector.count(abs(scaled)), 1)
        let floor = max(options.leastDeviation, 1 / expected.squareRoot())
        let centre = RobustStatistics.median(residuals) ?? 0
        let spread = RobustStatistics.deviation(residuals, from: centre) ?? floor
        return Prediction(scaled: scaled, deviation: max(spread, floor))
    }

    /// How much each weekday lies above the level, Monday first.
    private func factors() -> [Double] {
        (1...7).map { number in
            let own = past.filter { $0.day.weekday.rawValue == number }
            return RobustStatistics.median(own.map { .init(value: $0.scaled - $0.level, weight: $0.weight) }) ?? 0
        }
    }

    private static func without(_ factors: [Double], _ past: Past) -> Double {
        past.scaled - factors[past.day.weekday.rawValue - 1]
    }

    /// The median of the days up to one, whatever their weekday.
    private func level(before day: CivilDate) -> Double? {
        RobustStatistics.median(
            past.filter { $0.day >= day - options.levelDays }.map { .init(value: $0.scaled, weight: $0.weight) }
        )
    }

    // MARK: What is unusual

    private mutating func judge(
        _ count: Double,
        of day: CivilDate,
        _ score: Double,
        _ prediction: Prediction
    ) -> Anomaly? {
        let expected = prediction.count
        let isNew = drift.take(score, prediction.deviation, options)
        // Where few are expected, weeks are judged. A fall below zero is never small.
        if abs(expected) < options.fewPerDay, count >= 0 { return nil }
        if abs(score) >= options.threshold, hasEffect(count, expected) {
            return Anomaly(kind: .day, days: day...day, observed: count, expected: expected, score: score)
        }
        guard isNew, abs(count - expected) >= options.leastUnits else { return nil }
        return Anomaly(kind: .drift, days: day...day, observed: count, expected: expected, score: drift.score(options))
    }

    private func hasEffect(_ count: Double, _ expected: Double) -> Bool {
        let effect = abs(count - expected)
        return effect >= options.leastUnits && effect >= options.leastEffect * abs(expected)
    }

    // MARK: Weeks

    /// Judges a whole week of small numbers on its Sunday. A week with a gap is neither judged nor history.
    private mutating func takeWeek(_ count: Double?, of day: CivilDate) -> Anomaly? {
        if day.weekday == .monday { week = [] }
        if let count { week.append(count) }
        guard day.weekday == .sunday, week.count == 7 else { return nil }
        let sum = week.reduce(0, +)
        let before = weeks.suffix(8).map {
            RobustStatistics.Weighted(value: AnomalyDetector.scaled($0.sum), weight: $0.weight)
        }
        weeks.append((sum, 1))
        guard before.count * 7 >= options.leastHistory, let level = RobustStatistics.median(before) else { return nil }
        let expected = AnomalyDetector.count(level)
        let floor = max(options.leastDeviation, 1 / max(abs(expected), 1).squareRoot())
        let spread = max(RobustStatistics.deviation(before, from: level) ?? floor, floor)
        let score = (AnomalyDetector.scaled(sum) - level) / spread
        weeks[weeks.count - 1].weight = min(1, (options.threshold * options.threshold) / max(score * score, 1e-9))
        guard abs(expected) < 7 * options.fewPerDay, abs(score) >= options.threshold, hasEffect(sum, expected) else {
            return nil
        }
        return Anomaly(kind: .week, days: (day - 6)...day, observed: sum, expected: expected, score: score)
    }
}

/// A running mean of how far days were off, in which small steps to one side add up.
private struct Drift {
    private var mean = 0.0
    private var effect = 0.0
    private var isTold = false

    /// Takes in a day; true on the day on which a drift begins. It is told once, until it has calmed.
    mutating func take(_ score: Double, _ deviation: Double, _ options: AnomalyDetector.Options) -> Bool {
        // A single day cannot make a drift.
        let step = max(-options.threshold, min(options.threshold, score))
        mean += options.driftWeight * (step - mean)
        effect += options.driftWeight * (step * deviation - effect)
        let far = abs(self.score(options))
        if far < options.threshold / 2 { isTold = false }
        guard far >= options.threshold, abs(expm1(effect)) >= options.leastDriftEffect, !isTold else { return false }
        isTold = true
        return true
    }

    /// The mean in its own deviations.
    func score(_ options: AnomalyDetector.Options) -> Double {
        mean / (options.driftWeight / (2 - options.driftWeight)).squareRoot()
    }
}
