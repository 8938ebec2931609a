extension RollupRow {
    /// How many days before a period's first day may lend it its opening level, and how many after its last one show that
    /// the period is over. A change of a day may change the periods within this reach.
    public static let reach = 3

    /// One day of a subject.
    public typealias Day = (day: CivilDate, row: RollupRow)

    /// Computes a stretch of several days of one subject from its days.
    ///
    /// - Parameters:
    ///   - days: ascending, from ``reach`` days before the stretch to ``reach`` days after it; days without figures are
    ///     left out.
    ///   - dates: the stretch.
    ///   - natives: the platform's own figures of distinct people for exactly this stretch.
    public static func period(
        _ days: some Collection<Day>,
        dates: ClosedRange<CivilDate>,
        natives: [MetricID: Int64] = [:],
        rules: MetricRules
    ) -> RollupRow {
        let inside = days.filter { dates.contains($0.day) }
        let before = days.filter { $0.day < dates.lowerBound && $0.day >= dates.lowerBound - reach }
        var builder = PeriodBuilder(natives: natives, rules: rules, isDay: dates.lowerBound == dates.upperBound)
        for (_, row) in inside { builder.add(row) }
        for (_, row) in before { builder.open(with: row) }
        let isOver = days.contains {
            $0.day > dates.upperBound && $0.day <= dates.upperBound + reach
                || $0.day == dates.upperBound && $0.row.state > .open
        }
        let least = inside.map(\.row.state).min() ?? .open
        return RollupRow(
            cells: builder.cells,
            // A day that was only read before its end leaves something to be asked for again.
            state: isOver ? max(least, .provisional) : .open,
            expected: Int32(dates.upperBound - dates.lowerBound + 1)
        )
    }
}

/// Collects the days of one subject into the cells of a longer bucket.
private struct PeriodBuilder {
    let natives: [MetricID: Int64]
    let rules: MetricRules
    /// Whether the bucket is a single day, whose figures are the platform's own.
    let isDay: Bool
    private var collected: [MetricID: RollupRow.Cell] = [:]

    init(natives: [MetricID: Int64], rules: MetricRules, isDay: Bool) {
        self.natives = natives
        self.rules = rules
        self.isDay = isDay
    }

    /// Takes in the next day.
    mutating func add(_ row: RollupRow) {
        for cell in row.cells {
            guard let part = part(cell, of: row) else { continue }
            guard let known = collected[cell.metric] else {
                collected[cell.metric] = part
                continue
            }
            collected[cell.metric] = known.followed(by: part)
        }
    }

    /// Takes in a day before the first: the last of them that has a level opens the bucket.
    mutating func open(with row: RollupRow) {
        for cell in row.cells where MetricCatalogue[cell.metric]?.kind == .gauge {
            guard let value = cell.known, collected[cell.metric] != nil else { continue }
            collected[cell.metric]?.weight = value
            collected[cell.metric]?.flags.insert(.opened)
        }
    }

    /// What a day's cell brings into a longer bucket.
    private func part(_ cell: RollupRow.Cell, of row: RollupRow) -> RollupRow.Cell? {
        guard let metric = MetricCatalogue[cell.metric] else { return nil }
        var part = cell
        part.count = 1
        switch metric.kind {
        case .gauge: part.sum = cell.value
        case .delta, .money, .cumulative, .unique, .breakdown: break
        case .ratio, .weightedMean:
            (part.sum, part.weight) = (0, 0)
            switch rules.combination(of: cell.metric) {
            case .quotient(let numerators, let denominator):
                // A quotient over distinct people has no sums: see `finished`.
                let parts = numerators.compactMap { row[$0]?.known }
                guard parts.count == numerators.count, let divisor = row[denominator]?.known else { break }
                (part.sum, part.weight) = (parts.reduce(0, saturatingSum), divisor)
            case .mean(let weights):
                guard let weight = row[weights]?.known, weight >= 0 else { break }
                guard let sum = FixedPoint.product(mean: cell.value, scale: metric.scale, weight: weight) else { break }
                (part.sum, part.weight) = (sum, weight)
            case nil: break
            }
        }
        return part
    }

    var cells: [RollupRow.Cell] { collected.values.compactMap(finished).sorted { $0.metric < $1.metric } }

    private func finished(_ cell: RollupRow.Cell) -> RollupRow.Cell? {
        guard let metric = MetricCatalogue[cell.metric] else { return nil }
        if isDay, metric.kind != .gauge { return cell }
        var cell = cell
        switch metric.kind {
        case .gauge: if !cell.flags.contains(.opened) { cell.weight = 0 }
        case .delta, .money, .cumulative, .breakdown: break
        case .unique: cell.settle(native: natives[cell.metric], bounds: rules.allowsBounds)
        case .ratio:
            if case .quotient(_, let denominator)? = rules.combination(of: cell.metric),
                MetricCatalogue[denominator]?.kind == .unique
            {
                cell.weight = natives[denominator] ?? 0
                if cell.weight > 0 { cell.sum = collected[.engagementTotal]?.value ?? 0 }
            }
            cell.divide(scale: metric.scale)
        case .weightedMean: cell.average(scale: metric.scale)
        }
        return cell
    }
}

extension RollupRow.Cell {
    /// This cell and that of a later day as one.
    fileprivate func followed(by later: RollupRow.Cell) -> RollupRow.Cell {
        let isGauge = MetricCatalogue[metric]?.kind == .gauge
        let value = isGauge ? later.value : saturatingSum(self.value, later.value)
        // Where days meet, the reading between them belongs to both: only the outer ends can be estimated.
        var flags = flags.union(later.flags).subtracting([.startEstimated, .endEstimated])
        flags.formUnion(self.flags.intersection(.startEstimated))
        flags.formUnion(later.flags.intersection(.endEstimated))
        return RollupRow.Cell(
            metric: metric,
            value: value,
            count: count + later.count,
            sum: saturatingSum(sum, later.sum),
            minimum: Swift.min(minimum, later.minimum),
            maximum: Swift.max(maximum, later.maximum),
            weight: saturatingSum(weight, later.weight),
            flags: flags
        )
    }

    /// Distinct people of a stretch or group: the platform's own figure, or bounds where they may be told, or nothing.
    mutating func settle(native: Int64?, bounds: Bool) {
        flags.subtract([.undefined, .bounded, .native])
        if let native {
            value = native
            flags.insert(.native)
        } else {
            value = maximum
            flags.formUnion(bounds ? [.undefined, .bounded] : .undefined)
        }
    }

    /// A quotient of sums, where there are any.
    mutating func divide(scale: Int) {
        set(FixedPoint.quotient(sum, weight, scale: scale))
    }

    /// A mean of products, where there are any.
    mutating func average(scale: Int) {
        set(FixedPoint.mean(ofProducts: sum, weight: weight, scale: scale))
    }

    private mutating func set(_ quotient: Int64?) {
        value = quotient ?? 0
        if quotient == nil { flags.insert(.undefined) } else { flags.remove(.undefined) }
    }
}
