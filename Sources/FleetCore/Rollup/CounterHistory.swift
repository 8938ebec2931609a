/// Readings of the running totals of one subject, from which follows what was added in any stretch of time.
///
/// A total that was read at moments says nothing of a day by itself; the difference between the last reading at or before
/// the day's end and the last one at or before its start does. Such differences add up: over any days in a row they come
/// to the difference of the two ends, however often or seldom somebody looked.
public struct CounterHistory: Sendable {
    /// How far back the high-water mark is looked for, in days.
    public static let memory = 35
    /// How old a reading may be to stand for a boundary.
    public static let tolerance = Duration.seconds(2 * 3600)

    /// One reading of one counter.
    struct Point: Hashable {
        var at: Instant
        var value: Int64
    }

    private var points: [MetricID: [Point]] = [:]
    /// When the subject came into the world with all its counters at zero, if that was after tracking began. Otherwise the
    /// first reading is where counting starts, not something that happened on its day.
    public let birth: Instant?

    /// - Parameter rows: readings at moments, in any order. Metrics that are no running totals are passed over.
    public init(_ rows: some Sequence<(start: Instant, period: Period, row: CurrentRow)>, birth: Instant? = nil) {
        self.birth = birth
        for (start, period, row) in rows where !period.isWindow {
            for entry in row.entries where MetricCatalogue[entry.metric]?.kind(over: period) == .cumulative {
                points[entry.metric, default: []].append(Point(at: start, value: entry.value))
            }
        }
        for metric in points.keys { points[metric]?.sort { ($0.at, $0.value) < ($1.at, $1.value) } }
    }

    /// What was added to each counter between two instants; of counters that were read in between.
    public func cells(from start: Instant, to end: Instant) -> [RollupRow.Cell] {
        points.compactMap { metric, points in cell(metric, points, start, end) }.sorted { $0.metric < $1.metric }
    }

    private func cell(_ metric: MetricID, _ points: [Point], _ start: Instant, _ end: Instant) -> RollupRow.Cell? {
        let low = points.firstIndex { $0.at > start } ?? points.count
        let high = points[low...].firstIndex { $0.at > end } ?? points.count
        guard low < high else { return nil }
        let inside = points[low..<high]
        let last = inside[high - 1]
        var flags: RollupRow.Flags = [.gross]
        let anchor: Point
        if low > 0 {
            anchor = points[low - 1]
        } else if let birth, birth <= inside[low].at {
            anchor = Point(at: birth, value: 0)
        } else {
            // One reading is a place to count from. Several say what happened between them.
            guard inside.count > 1 else { return nil }
            anchor = inside[low]
            flags.insert(.startEstimated)
        }
        if anchor.at < start, start - anchor.at > Self.tolerance { flags.insert(.startEstimated) }
        if end - last.at > Self.tolerance { flags.insert(.endEstimated) }
        let horizon = start - .seconds(Self.memory * 86_400)
        let before = points[..<low].reversed().prefix { $0.at >= horizon || $0 == anchor }.map(\.value).max()
        let mark = max(before ?? anchor.value, anchor.value)
        let peak = max(mark, inside.map(\.value).max() ?? mark)
        let net = last.value.subtractingReportingOverflow(anchor.value).partialValue
        return RollupRow.Cell(
            metric: metric,
            value: net,
            count: 1,
            sum: net,
            minimum: net,
            maximum: net,
            weight: peak.subtractingReportingOverflow(mark).partialValue,
            flags: flags
        )
    }
}
