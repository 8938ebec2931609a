extension RollupRow {
    /// Adds what follows from other cells of the same day or hour: engagement by the platform's definition, and the three
    /// rates. A row that has them is left as it is; longer buckets and groups get them when they are computed.
    ///
    /// A rate without its denominator is not there; another denominator never takes its place.
    public mutating func derive(_ rules: MetricRules) {
        guard self[.engagementTotal] == nil else { return }
        let parts = rules.engagement.compactMap { self[$0] }.filter { $0.known != nil }
        guard !parts.isEmpty else { return }
        var total = Cell(metric: .engagementTotal, value: parts.reduce(0) { saturatingSum($0, $1.value) })
        for part in parts { total.flags.formUnion(part.flags.intersection([.startEstimated, .endEstimated])) }
        if parts.count < rules.engagement.count { total.flags.insert(.partial) }
        insert(total)
        insert(rates: MetricID.engagementRates, rules)
    }

    /// Adds those of the rates that the engagement and the denominators of this row give.
    mutating func insert(rates: [MetricID], _ rules: MetricRules) {
        guard let total = self[.engagementTotal] else { return }
        for metric in rates {
            guard case .quotient(_, let divisor)? = rules.combination(of: metric), let divided = self[divisor]?.known,
                var rate = Cell(quotient: metric, total.value, over: divided, flags: total.flags)
            else { continue }
            rate.count = total.count
            insert(rate)
        }
    }

    /// Puts a cell in its place, instead of one of the same metric.
    private mutating func insert(_ cell: Cell) {
        let position = cells.firstIndex { $0.metric >= cell.metric } ?? cells.count
        if position < cells.count, cells[position].metric == cell.metric {
            cells[position] = cell
        } else {
            cells.insert(cell, at: position)
        }
    }
}

extension MetricID {
    /// The three rates, which are never asked for.
    static let engagementRates: [MetricID] = [
        .engagementRateByViews, .engagementRateByReach, .engagementRateByFollowers,
    ]
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
