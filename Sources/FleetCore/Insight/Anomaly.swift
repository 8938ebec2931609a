/// Something unusual in a series of daily figures.
public struct Anomaly: Equatable, Sendable {
    /// What was unusual.
    public enum Kind: String, Sendable, CaseIterable {
        /// One day.
        case day
        /// The sum of a week, where single days are too small to judge.
        case week
        /// A slow drift: no day alone, but many in a row to one side.
        case drift
    }

    /// How much it matters.
    public enum Severity: Int, Sendable, CaseIterable, Comparable {
        /// Shown to those who look.
        case listed = 4
        /// Told to those who want to know.
        case notified = 5
        /// Worth waking somebody.
        case paged = 6

        /// The name in messages.
        public var name: String { "\(self)" }

        public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    public var kind: Kind
    /// The days that it is about; one day unless it is a week.
    public var days: ClosedRange<CivilDate>
    /// What was there. Of a drift, what the last day had.
    public var observed: Double
    /// What was to be expected by the days before.
    public var expected: Double
    /// How many deviations it is away; negative when there was less than expected.
    public var score: Double

    public init(
        kind: Kind,
        days: ClosedRange<CivilDate>,
        observed: Double,
        expected: Double,
        score: Double
    ) {
        self.kind = kind
        self.days = days
        self.observed = observed
        self.expected = expected
        self.score = score
    }

    /// How much the score makes it matter.
    public var severity: Severity {
        Severity.allCases.last { abs(score) >= Double($0.rawValue) } ?? .listed
    }

    /// The change against what was expected; nil when nothing was.
    public var change: Double? { expected > 0 ? observed / expected - 1 : nil }
}

/// The days of one metric of one subject: settled ones only, and nothing for gaps and for days that are still uncertain.
public struct DailySeries: Equatable, Sendable {
    public var first: CivilDate
    /// One per day; nil where there is none to be judged.
    public var values: [Int64?]

    public init(first: CivilDate, values: [Int64?]) {
        self.first = first
        self.values = values
    }

    /// The series of days that have figures, which need not be in order.
    public init?(_ days: some Collection<(day: CivilDate, value: Int64)>) {
        guard let first = days.map(\.day).min(), let last = days.map(\.day).max() else { return nil }
        self.init(first: first, values: [Int64?](repeating: nil, count: last - first + 1))
        for (day, value) in days { values[day - first] = value }
    }

    /// Levels as the changes from day to day; a gap takes the change after it along.
    public var changes: DailySeries {
        var changes: [Int64?] = [nil]
        for index in values.indices.dropFirst() {
            guard let value = values[index], let before = values[index - 1] else {
                changes.append(nil)
                continue
            }
            changes.append(saturatingDifference(value, before))
        }
        return DailySeries(first: first, values: Array(changes.prefix(values.count)))
    }
}
