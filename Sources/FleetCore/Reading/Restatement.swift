/// A figure that was settled, and that the platform changed all the same.
public struct Restatement: Equatable, Sendable {
    /// From when on a change is told: both must be passed.
    public struct Threshold: Equatable, Sendable {
        /// Of the settled value, in thousandths.
        public var permille: Int64
        /// Whole units of the metric, whatever its scale.
        public var units: Int64

        /// Five in a hundred, and ten units.
        public static let standard = Threshold(permille: 50, units: 10)

        public init(permille: Int64, units: Int64) {
            self.permille = permille
            self.units = units
        }

        /// Whether a change is beyond it.
        public func isPassed(by metric: MetricID, from before: Int64, to after: Int64) -> Bool {
            let moved = (Int128(after) - Int128(before)).magnitude
            let unit = FixedPoint.quotient(1, 1, scale: MetricCatalogue.scale(of: metric)) ?? 1
            // A rate has no units to count.
            let counts = MetricCatalogue[metric].map { $0.kind != .ratio && $0.kind != .weightedMean } ?? true
            return moved * 1000 > before.magnitude128 * UInt128(permille.magnitude)
                && (!counts || moved > UInt128(units.magnitude) * UInt128(unit.magnitude))
        }
    }

    public var subject: Int64
    public var workspace: Int64
    public var metric: MetricID
    public var period: Period
    public var start: Instant
    /// The settled value and its fetch.
    public var before: CurrentRow.Entry
    /// What came instead.
    public var after: CurrentRow.Entry

    public init(
        subject: Int64,
        workspace: Int64,
        metric: MetricID,
        period: Period,
        start: Instant,
        before: CurrentRow.Entry,
        after: CurrentRow.Entry
    ) {
        self.subject = subject
        self.workspace = workspace
        self.metric = metric
        self.period = period
        self.start = start
        self.before = before
        self.after = after
    }

    /// What changed in a row of days beyond the threshold, after it was settled.
    ///
    /// - Parameter settled: when the row's period was settled: a fetch before it was allowed to be wrong.
    public static func between(
        _ before: CurrentRow,
        _ after: CurrentRow,
        settled: Instant,
        threshold: Threshold = .standard
    ) -> [(before: CurrentRow.Entry, after: CurrentRow.Entry)] {
        before.entries.compactMap { old in
            guard old.source.fetchedAt >= settled, let new = after.entries.first(where: { $0.metric == old.metric }),
                new.value != old.value, threshold.isPassed(by: old.metric, from: old.value, to: new.value)
            else { return nil }
            return (old, new)
        }
    }
}

extension Int64 {
    fileprivate var magnitude128: UInt128 { UInt128(magnitude) }
}
