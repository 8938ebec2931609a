/// One metric's value in units of ten to the minus the catalogue's scale.
public struct MetricValue: Hashable, Sendable {
    /// Which metric.
    public let metric: MetricID
    /// The scaled value; see ``FixedPoint``.
    public let value: Int64

    /// A scaled value of a metric.
    @inlinable
    public init(_ metric: MetricID, _ value: Int64) {
        self.metric = metric
        self.value = value
    }
}

/// What was read of one subject for one period: the unit that is sent, stored and merged.
public struct Reading: Hashable, Sendable {
    /// Where a period lies: a window by the platform's local day, a level by the instant of its collection.
    public enum Start: Hashable, Sendable {
        /// The local day that identifies a window (see ``Period``).
        case day(CivilDate)
        /// The instant at which a level or lifetime total was collected.
        case instant(Instant)
    }

    /// The stretch of time the values speak of.
    public let period: Period
    /// Where it lies.
    public let start: Start
    /// At most one value per metric, by ascending metric number.
    public var values: [MetricValue]

    /// A reading; the values are put in order. Of two values of one metric the later in the array is kept.
    public init(period: Period, start: Start, values: [MetricValue]) {
        self.period = period
        self.start = start
        self.values = []
        self.values.reserveCapacity(values.count)
        for value in values { insert(value) }
    }

    /// Adds a value in its place, or replaces the one of the same metric.
    public mutating func insert(_ value: MetricValue) {
        var index = values.endIndex
        while index > 0, values[index - 1].metric > value.metric { index -= 1 }
        if index > 0, values[index - 1].metric == value.metric {
            values[index - 1] = value
        } else {
            values.insert(value, at: index)
        }
    }

    /// The value of a metric, or nil when the reading has none.
    public subscript(_ metric: MetricID) -> Int64? { values.first { $0.metric == metric }?.value }
}
