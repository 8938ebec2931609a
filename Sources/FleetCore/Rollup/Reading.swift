/// What span a value describes. Raw values are stored and must not be reused.
public enum Period: Int16, Sendable, CaseIterable {
    case day = 1
    case instant = 2
    case week = 3
    case days28 = 4
    case lifetime = 5
    case range = 6

    /// The word used in messages.
    public var name: String {
        switch self {
        case .day: "day"
        case .instant: "instant"
        case .week: "week"
        case .days28: "days_28"
        case .lifetime: "lifetime"
        case .range: "range"
        }
    }
}

/// Several metrics of one subject for one period. Values are fixed-point by the catalogue's scale of their metric.
public struct Reading: Equatable, Sendable {
    /// Where the period starts: a day in the platform's own zone, or a moment.
    public enum Start: Hashable, Sendable {
        case date(CivilDate)
        case moment(Instant)
    }

    public var period: Period
    public var start: Start
    public var metrics: [Int16]
    public var values: [Int64]

    public init(period: Period, start: Start, metrics: [Int16] = [], values: [Int64] = []) {
        self.period = period
        self.start = start
        self.metrics = metrics
        self.values = values
    }
}
