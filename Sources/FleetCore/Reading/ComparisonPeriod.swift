/// Which days a stretch of days is compared with.
public enum ComparisonBasis: String, Sendable, CaseIterable, Hashable {
    /// The calendar's period before: last month, last week; for other stretches as many days before.
    case calendar
    /// As many days, right before.
    case days
    /// The same dates a year before; of a whole month the whole month.
    case year
    /// 52 weeks before, so that weekdays meet.
    case weekdays
}

/// A stretch of days and what it is compared with, of equal elapsed length where the stretch is not over.
public struct ComparisonPeriod: Equatable, Sendable {
    public var basis: ComparisonBasis
    /// As asked.
    public var dates: ClosedRange<CivilDate>
    /// The days of it that are over; nil when none is.
    public var elapsed: ClosedRange<CivilDate>?
    /// What those are compared with.
    public var other: ClosedRange<CivilDate>?

    /// Whether the stretch is not over, so that only a part of it is compared.
    public var isPartial: Bool { elapsed != dates }

    /// - Parameter last: the last day that is over.
    public init(_ dates: ClosedRange<CivilDate>, by basis: ComparisonBasis, last: CivilDate) {
        self.basis = basis
        self.dates = dates
        guard last >= dates.lowerBound else { return }
        let elapsed = dates.lowerBound...min(last, dates.upperBound)
        self.elapsed = elapsed
        let whole = Self.other(than: dates, by: basis)
        // To date against to date: the 10th of a month with the first ten days of the other, as far as it has them.
        other =
            elapsed == dates ? whole : whole.lowerBound...min(whole.upperBound, whole.lowerBound + (elapsed.count - 1))
    }

    private static func other(than dates: ClosedRange<CivilDate>, by basis: ComparisonBasis) -> ClosedRange<CivilDate> {
        let days = dates.upperBound - dates.lowerBound + 1
        let (first, last) = (dates.lowerBound, dates.upperBound)
        switch basis {
        case .days: return first - days...first - 1
        case .weekdays: return first - 364...last - 364
        case .calendar:
            guard let months = wholeMonths(dates) else { return first - days...first - 1 }
            return first.addingMonths(-months)...first - 1
        case .year:
            if wholeMonths(dates) != nil { return first.addingYears(-1)...(last + 1).addingYears(-1) - 1 }
            return first.addingYears(-1)...last.addingYears(-1)
        }
    }

    /// How many whole months the dates are; nil when they are none.
    private static func wholeMonths(_ dates: ClosedRange<CivilDate>) -> Int? {
        let (first, next) = (dates.lowerBound, dates.upperBound + 1)
        guard first.day == 1, next.day == 1 else { return nil }
        return (next.year - first.year) * 12 + next.month - first.month
    }
}

/// One metric of two stretches beside each other.
public struct FigureComparison: Equatable, Sendable {
    /// Which way it went.
    public enum Trend: String, Sendable {
        case up, down, level
    }

    public var metric: MetricID
    public var current: Figure
    public var other: Figure
    /// How many days each side has.
    public var days: (current: Int32, other: Int32)
    /// Whether one side may still change or lacks days: a trend must not be shown without saying so.
    public var isProvisional: Bool

    /// The metrics of two buckets, each once.
    public static func all(_ current: FigureRow, _ other: FigureRow) -> [FigureComparison] {
        current.figures.compactMap { figure in
            guard let opposite = other[figure.metric] else { return nil }
            let isSettled = current.state == .settled && other.state == .settled
            let isComplete = figure.present == figure.expected && opposite.present == opposite.expected
            return FigureComparison(
                metric: figure.metric,
                current: figure,
                other: opposite,
                days: (current.days, other.days),
                isProvisional: !isSettled || !isComplete
            )
        }
    }

    /// The change where the figure is not a sum over days, or where both sides have as many of them; otherwise nil, and only
    /// the means per day can be compared.
    public var change: Int64? {
        guard let current = current.value, let other = other.value else { return nil }
        guard !isSum || days.current == days.other else { return nil }
        let (change, overflow) = current.subtractingReportingOverflow(other)
        return overflow ? nil : change
    }

    /// The change, per day where the sides have different lengths, in thousandths of the other side.
    public var permille: Int64? {
        guard let means, means.other > 0 else { return nil }
        return FixedPoint.quotient(means.current - means.other, means.other, scale: 3)
    }

    /// Both sides per day with three further digits, of sums; as they are otherwise.
    public var means: (current: Int64, other: Int64)? {
        guard let current = current.value, let other = other.value else { return nil }
        if !isSum { return (current, other) }
        guard let left = FixedPoint.quotient(current, Int64(days.current), scale: 3),
            let right = FixedPoint.quotient(other, Int64(days.other), scale: 3)
        else { return nil }
        return (left, right)
    }

    /// Nil where nothing can be said.
    public var trend: Trend? {
        means.map { $0.current == $0.other ? .level : $0.current > $0.other ? .up : .down }
    }

    /// Whether the metric adds up over days.
    public var isSum: Bool { MetricCatalogue[metric]?.additiveOverTime ?? false }

    public static func == (left: FigureComparison, right: FigureComparison) -> Bool {
        left.metric == right.metric && left.current == right.current && left.other == right.other
            && left.days == right.days && left.isProvisional == right.isProvisional
    }
}

extension FigureRow {
    /// How many days it has.
    public var days: Int32 { Int32(dates.upperBound - dates.lowerBound + 1) }
}
