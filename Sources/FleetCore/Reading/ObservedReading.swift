/// One archived reading with the fetch that it came from.
public struct ObservedReading: Equatable, Sendable {
    public var job: UUID
    /// Which attempt at the job succeeded, from 1.
    public var attempt: Int
    /// The version of the platform's interface that answered.
    public var apiVersion: String
    public var period: Period
    public var start: Instant
    public var fetchedAt: Instant
    public var metrics: [MetricID]
    public var values: [Int64]

    public init(
        job: UUID,
        attempt: Int = 1,
        apiVersion: String = "",
        period: Period,
        start: Instant,
        fetchedAt: Instant,
        metrics: [MetricID],
        values: [Int64]
    ) {
        self.job = job
        self.attempt = attempt
        self.apiVersion = apiVersion
        self.period = period
        self.start = start
        self.fetchedAt = fetchedAt
        self.metrics = metrics
        self.values = values
    }

    /// The fetch.
    public var source: CurrentRow.Source { CurrentRow.Source(fetchedAt: fetchedAt, job: job) }

    /// The value of a metric, the last if it is named twice; nil when it is not in the reading.
    public subscript(_ metric: MetricID) -> Int64? {
        metrics.lastIndex(of: metric).map { values[$0] }
    }
}

extension Sequence<ObservedReading> {
    /// The rows of current values that the readings come to, sorted; with a moment, those of a store that stopped then.
    public func currentRows(asOf moment: Instant? = nil) -> [SubjectReadings.Row] {
        var rows: [ReadingPlace: CurrentRow] = [:]
        for reading in self where !reading.metrics.isEmpty && moment.map({ reading.fetchedAt <= $0 }) ?? true {
            _ = rows[ReadingPlace(period: reading.period, start: reading.start), default: CurrentRow()].merge(
                metrics: reading.metrics,
                values: reading.values,
                from: reading.source
            )
        }
        return rows.sorted { $0.key < $1.key }.map { ($0.key.start, $0.key.period, $0.value) }
    }
}

/// Which of a subject's rows of current values a reading belongs to.
public struct ReadingPlace: Hashable, Comparable, Sendable {
    public var period: Period
    public var start: Instant

    public init(period: Period, start: Instant) {
        self.period = period
        self.start = start
    }

    public static func < (left: ReadingPlace, right: ReadingPlace) -> Bool {
        (left.start, left.period.rawValue) < (right.start, right.period.rawValue)
    }
}
