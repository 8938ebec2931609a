/// Several metrics of one subject for one period. Values are fixed-point by the catalogue's scale of their metric.
public struct Reading: Equatable, Sendable {
    /// Where the period starts: a day in the platform's own zone, or a moment.
    public enum Start: Hashable, Sendable {
        case date(CivilDate)
        case moment(Instant)
    }

    public var period: Period
    public var start: Start
    public var metrics: [MetricID]
    public var values: [Int64]

    public init(period: Period, start: Start, metrics: [MetricID] = [], values: [Int64] = []) {
        self.period = period
        self.start = start
        self.metrics = metrics
        self.values = values
    }
}
