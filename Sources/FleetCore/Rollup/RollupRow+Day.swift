extension RollupRow {
    /// Computes one day, or one hour, of one subject from the rows that lie in it.
    ///
    /// - Parameters:
    ///   - native: the row of period "day" that describes exactly this day, if any. Its values are the platform's own and
    ///     stand above everything else.
    ///   - levels: readings at moments of the bucket, in any order; of them, the gauges.
    ///   - differences: what was added to counters in the bucket.
    ///   - newest: the newest moment at which the subject was read at all.
    ///   - end: where the bucket ends.
    ///   - lag: how long after its end the platform still changes a day, in microseconds.
    public static func day(
        native: CurrentRow?,
        levels: [(start: Instant, row: CurrentRow)] = [],
        differences: [Cell] = [],
        newest: Instant? = nil,
        end: Instant,
        lag: Int64
    ) -> RollupRow {
        var cells = (native?.entries ?? []).map { Cell(metric: $0.metric, value: $0.value) }
        let own = Set(cells.map(\.metric))
        cells += differences.filter { !own.contains($0.metric) }
        let fixed = cells.count
        for (_, row) in levels.sorted(by: { $0.start < $1.start }) {
            for entry in row.entries where MetricCatalogue[entry.metric]?.kind == .gauge {
                if let position = cells.firstIndex(where: { $0.metric == entry.metric }) {
                    if position >= fixed { cells[position].take(level: entry.value) }
                } else {
                    cells.append(Cell(metric: entry.metric, value: entry.value))
                }
            }
        }
        cells.sort { $0.metric < $1.metric }
        if let native, !native.entries.isEmpty {
            let oldest = native.entries.map(\.source.fetchedAt).min()
            return RollupRow(cells: cells, state: State(lastFetch: oldest, end: end, lag: lag))
        }
        // What was read at moments is final once time has passed the bucket: nobody can read an earlier moment again.
        return RollupRow(cells: cells, state: newest.map { $0 >= end } == true ? .settled : .open)
    }
}

extension RollupRow.Cell {
    /// Takes a later reading of a level into the bucket.
    fileprivate mutating func take(level: Int64) {
        value = level
        count += 1
        // A sum of levels serves the mean only; at 64 bits it can overflow only with levels no platform has.
        sum = saturatingSum(sum, level)
        minimum = Swift.min(minimum, level)
        maximum = Swift.max(maximum, level)
    }
}
