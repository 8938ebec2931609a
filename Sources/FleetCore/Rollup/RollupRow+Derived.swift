extension RollupRow {
    /// Adds what follows from other cells of the same bucket: engagement by the platform's definition, and the three rates.
    ///
    /// A rate without its denominator is not there; another denominator never takes its place.
    public mutating func derive(_ rules: MetricRules) {
        let parts = rules.engagement.compactMap { self[$0] }.filter { !$0.flags.contains(.undefined) }
        guard !parts.isEmpty else { return }
        var total = Cell(metric: .engagementTotal, value: parts.reduce(0) { saturatingSum($0, $1.value) })
        (total.sum, total.minimum, total.maximum) = (total.value, total.value, total.value)
        for part in parts { total.flags.formUnion(part.flags.intersection([.startEstimated, .endEstimated])) }
        if parts.count < rules.engagement.count { total.flags.insert(.partial) }
        var derived = [total]
        for metric in [MetricID.engagementRateByViews, .engagementRateByReach, .engagementRateByFollowers] {
            guard case .quotient(_, let divisor)? = rules.combination(of: metric), let divided = self[divisor]?.known,
                let rate = Cell(quotient: metric, total.value, over: divided, flags: total.flags)
            else { continue }
            derived.append(rate)
        }
        cells.removeAll { cell in derived.contains { $0.metric == cell.metric } }
        cells = (cells + derived).sorted { $0.metric < $1.metric }
    }
}

extension RollupRow.Cell {
    /// One quotient at the metric's scale; nil when the divisor is zero or the result does not fit.
    init?(quotient metric: MetricID, _ numerator: Int64, over denominator: Int64, flags: RollupRow.Flags = []) {
        guard let value = FixedPoint.quotient(numerator, denominator, scale: MetricCatalogue.scale(of: metric)) else {
            return nil
        }
        self.init(
            metric: metric,
            value: value,
            count: 1,
            sum: numerator,
            minimum: value,
            maximum: value,
            weight: denominator,
            flags: flags
        )
    }
}
