/// Readings of the running totals of one subject, from which follows what was added in any stretch of time.
///
/// A total that was read at moments says nothing of a day by itself; the difference between the last reading at or before
/// the day's end and the last one at or before its start does. Such differences add up: over any days in a row they come
/// to the difference of the two ends, however often or seldom somebody looked. A stretch without a reading has no figure;
/// what happened in it is part of the difference that the next reading makes.
public struct CounterHistory: Sendable {
    /// How far back the high-water mark is looked for, in days.
    public static let memory = 35
    /// How old a reading may be to stand for a boundary; of short stretches no more than an eighth of their length.
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
        let low = Self.count(of: points, upTo: start)
        let high = Self.count(of: points, upTo: end)
        guard low < high, let anchor = anchor(points, low, high) else { return nil }
        let inside = points[low..<high]
        let tolerance = min(Self.tolerance, (end - start) / 8)
        var flags: RollupRow.Flags = [.gross]
        if anchor.isFirst || start - anchor.point.at > tolerance { flags.insert(.startEstimated) }
        if end - points[high - 1].at > tolerance { flags.insert(.endEstimated) }
        let horizon = start - .seconds(Self.memory * 86_400)
        let mark = points[..<low].reversed().prefix { $0.at >= horizon }
            .reduce(anchor.point.value) { max($0, $1.value) }
        let peak = inside.reduce(mark) { max($0, $1.value) }
        let net = saturatingDifference(points[high - 1].value, anchor.point.value)
        return RollupRow.Cell(
            metric: metric,
            value: net,
            count: 1,
            sum: net,
            minimum: net,
            maximum: net,
            weight: saturatingDifference(peak, mark),
            flags: flags
        )
    }

    /// Where the counter stood at the start of a stretch that holds the points from `low` to `high`.
    private func anchor(_ points: [Point], _ low: Int, _ high: Int) -> (point: Point, isFirst: Bool)? {
        if low > 0 { return (points[low - 1], false) }
        if let birth, birth <= points[0].at { return (Point(at: birth, value: 0), false) }
        // One reading is a place to count from. Several say what happened between them.
        return high > 1 ? (points[0], true) : nil
    }

    /// How many of the points, which are in order, lie at or before an instant.
    private static func count(of points: [Point], upTo instant: Instant) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
