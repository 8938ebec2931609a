/// One bucket of one subject: a pure function of the current values that lie in it, never an increment.
public struct RollupRow: Equatable, Sendable {
    /// How final a bucket is. The raw value is what the store keeps.
    public enum State: Int16, Sendable {
        /// The newest fetch happened before the bucket ended.
        case open = 0
        /// The platform may still restate it.
        case provisional = 1
        /// Fetched after the platform's usual lag.
        case settled = 2
    }

    /// One metric's figures. `value` is what the metric's kind calls its value: the total of a delta, the last of a gauge.
    public struct Cell: Equatable, Sendable {
        public var metric: MetricID
        public var value: Int64
        public var count: Int32
        public var sum: Int64
        public var minimum: Int64
        public var maximum: Int64

        public init(metric: MetricID, value: Int64) {
            (self.metric, self.value, count, sum, minimum, maximum) = (metric, value, 1, value, value, value)
        }

        /// True when the cell rests on one reading, so that all figures equal its value.
        public var isSingle: Bool { count == 1 && sum == value && minimum == value && maximum == value }
    }

    /// Sorted by metric, each metric once.
    public var cells: [Cell]
    public var state: State

    public init(cells: [Cell], state: State) {
        self.cells = cells
        self.state = state
    }

    /// Computes the bucket of one day from the rows that lie in it.
    ///
    /// - Parameters:
    ///   - day: the row of period "day" that describes exactly this day, if any. Its values are the platform's own.
    ///   - instants: readings of levels taken during the day, in any order.
    ///   - end: where the day ends.
    ///   - lag: how long after its end the platform still changes a day, in microseconds.
    public static func day(
        native day: CurrentRow?,
        instants: [(start: Instant, row: CurrentRow)],
        end: Instant,
        lag: Int64
    ) -> RollupRow {
        var cells = (day?.entries ?? []).map { Cell(metric: $0.metric, value: $0.value) }
        let native = cells.count
        for (_, row) in instants.sorted(by: { $0.start < $1.start }) {
            for entry in row.entries {
                if let position = cells.firstIndex(where: { $0.metric == entry.metric }) {
                    // A native value of the day stands above levels read during it.
                    if position >= native { cells[position].take(level: entry.value) }
                } else {
                    cells.append(Cell(metric: entry.metric, value: entry.value))
                }
            }
        }
        cells.sort { $0.metric < $1.metric }
        let settling =
            day?.entries.map(\.source.fetchedAt).min()
            ?? instants.flatMap { $0.row.entries.map(\.source.fetchedAt) }.max()
        return RollupRow(cells: cells, state: State(lastFetch: settling, end: end, lag: lag))
    }
}

extension RollupRow.State {
    /// What a bucket is when its values were last fetched at the given time.
    public init(lastFetch: Instant?, end: Instant, lag: Int64) {
        guard let lastFetch, lastFetch >= end else {
            self = .open
            return
        }
        self = lastFetch.microseconds - end.microseconds >= lag ? .settled : .provisional
    }
}

extension RollupRow.Cell {
    /// Takes a later reading of a level into the bucket.
    fileprivate mutating func take(level: Int64) {
        value = level
        count += 1
        // A sum of levels serves the mean only; at 64 bits it can overflow only with levels no platform has.
        sum = sum.addingReportingOverflow(level).overflow ? Int64.max : sum + level
        minimum = Swift.min(minimum, level)
        maximum = Swift.max(maximum, level)
    }
}
