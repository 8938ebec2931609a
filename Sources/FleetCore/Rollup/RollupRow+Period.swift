extension RollupRow {
    /// How many days before a period's first day may lend it its opening level, and how many after its last one show that
    /// the period is over. A change of a day may change the periods within this reach.
    public static let reach = 3

    /// One day of a subject.
    public typealias Day = (day: CivilDate, row: RollupRow)

    /// Computes a stretch of several days of one subject from its days, with engagement and its rates.
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
        var builder = PeriodBuilder(dates: dates, natives: natives, rules: rules)
        var states: [State] = []
        var isOver = false
        for (day, row) in days {
            if day < dates.lowerBound {
                if day >= dates.lowerBound - reach { builder.open(with: row, of: day) }
            } else if day <= dates.upperBound {
                builder.add(row, of: day)
                states.append(row.state)
                if day == dates.upperBound, row.state > .open { isOver = true }
            } else if day <= dates.upperBound + reach {
                isOver = true
            }
        }
        var period = RollupRow(
            cells: builder.cells,
            // A day that was only read before its end leaves something to be asked for again.
            state: isOver ? max(states.min() ?? .open, .provisional) : .open,
            expected: Int32(dates.count)
        )
        period.insert(rates: [.engagementRateByReach, .engagementRateByFollowers], rules)
        return period
    }
}

/// Collects the days of one subject into the cells of a longer bucket.
private struct PeriodBuilder {
    /// What was collected of one metric.
    struct Collected {
        var cell: RollupRow.Cell
        var first: (day: CivilDate, level: Int64)
        var last: CivilDate
    }

    /// The newest day with a figure, counted or not.
    struct Newest {
        var day: CivilDate
        var cell: RollupRow.Cell
    }

    let dates: ClosedRange<CivilDate>
    let natives: [MetricID: Int64]
    let rules: MetricRules
    private var collected: [MetricID: Collected] = [:]
    private var opening: [MetricID: Newest] = [:]
    private var newest: [MetricID: Newest] = [:]

    init(dates: ClosedRange<CivilDate>, natives: [MetricID: Int64], rules: MetricRules) {
        self.dates = dates
        self.natives = natives
        self.rules = rules
    }

    /// Whether the bucket is a single day, whose figures are the platform's own.
    private var isDay: Bool { dates.lowerBound == dates.upperBound }

    /// Takes in a day before the first: the last of them that has a level opens the bucket.
    mutating func open(with row: RollupRow, of day: CivilDate) {
        for cell in row.cells where cell.known != nil {
            opening[cell.metric] = Newest(day: day, cell: cell)
            newest[cell.metric] = opening[cell.metric]
        }
    }

    /// Takes in the next day.
    mutating func add(_ day: RollupRow, of date: CivilDate) {
        let row = derived(day, of: date)
        for cell in row.cells {
            guard var part = part(cell, of: row) else { continue }
            if collected[cell.metric] == nil, followsCompleteDay(part) { part.flags.remove(.startEstimated) }
            newest[cell.metric] = Newest(day: date, cell: cell)
            collected[cell.metric, default: Collected(cell: part, first: (date, part.value), last: date)]
                .append(part, of: date)
        }
    }

    /// The day with engagement and rates, without what other days tell already.
    private mutating func derived(_ day: RollupRow, of date: CivilDate) -> RollupRow {
        var row = day
        let repeated = row.cells.filter(repeatsWhatIsCounted)
        if !repeated.isEmpty {
            for cell in repeated { newest[cell.metric] = Newest(day: date, cell: cell) }
            let dropped = Set(repeated.map(\.metric) + MetricID.engagementRates + [.engagementTotal])
            row.cells.removeAll { dropped.contains($0.metric) }
        }
        row.derive(rules)
        return row
    }

    /// A difference that reaches back into a day of which the platform has told all: to count it would count that twice.
    private func repeatsWhatIsCounted(_ cell: RollupRow.Cell) -> Bool {
        guard cell.flags.isSuperset(of: [.gross, .startEstimated]), let before = newest[cell.metric] else {
            return false
        }
        return !before.cell.flags.contains(.gross)
    }

    /// Whether the reading from which a difference starts stands for the start of the bucket.
    private func followsCompleteDay(_ cell: RollupRow.Cell) -> Bool {
        guard cell.flags.contains(.gross), let before = opening[cell.metric] else { return false }
        return before.day == dates.lowerBound - 1 && before.cell.flags.contains(.gross)
            && !before.cell.flags.contains(.endEstimated)
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
            let pair = rules.pair(of: metric, cell.value, in: row)
            (part.sum, part.weight) = pair ?? (0, 0)
            if pair == nil { part.flags.insert(.partial) }
        }
        return part
    }

    var cells: [RollupRow.Cell] {
        var cells = collected.values.compactMap(finished)
        for (metric, value) in natives where collected[metric] == nil && MetricCatalogue[metric]?.kind == .unique {
            var cell = RollupRow.Cell(metric: metric, value: value)
            cell.settle(native: value, days: Int32(dates.count), bounds: rules.allowsBounds)
            cells.append(cell)
        }
        return cells.sorted { $0.metric < $1.metric }
    }

    private func finished(_ collected: Collected) -> RollupRow.Cell? {
        var cell = collected.cell
        guard let metric = MetricCatalogue[cell.metric] else { return nil }
        if metric.kind == .gauge { return finishedLevel(collected) }
        if let last = newest[cell.metric], last.day < dates.upperBound, last.cell.flags.contains(.gross) {
            cell.flags.insert(.endEstimated)
        }
        if isDay { return cell }
        switch metric.kind {
        case .gauge, .delta, .money, .cumulative, .breakdown: break
        case .unique:
            cell.settle(native: natives[cell.metric], days: Int32(dates.count), bounds: rules.allowsBounds)
        case .ratio:
            // Those that are over people or levels have no sums: they follow from the whole.
            if rules.divides(cell.metric, by: [.unique, .gauge]) { return nil }
            cell.divide(scale: metric.scale)
        case .weightedMean: cell.average(scale: metric.scale)
        }
        return cell
    }

    /// A level with the one that growth is counted from: that before the start, or the first known one after it.
    private func finishedLevel(_ collected: Collected) -> RollupRow.Cell {
        var cell = collected.cell
        cell.weight = 0
        if let opening = opening[cell.metric] {
            cell.weight = opening.cell.value
            cell.flags.insert(.opened)
        } else if collected.first.day < collected.last {
            cell.weight = collected.first.level
            cell.flags.formUnion([.opened, .startEstimated])
        }
        if collected.last <= dates.upperBound - RollupRow.reach { cell.flags.insert(.endEstimated) }
        return cell
    }
}

extension PeriodBuilder.Collected {
    /// Adds a later day's part; the first day's is there already.
    fileprivate mutating func append(_ part: RollupRow.Cell, of date: CivilDate) {
        guard date > last else { return }
        cell = cell.followed(by: part)
        last = date
    }
}

extension MetricRules {
    /// The two sums that stand behind a day's quotient or mean; nil where a part of them is missing.
    fileprivate func pair(of metric: Metric, _ value: Int64, in row: RollupRow) -> (sum: Int64, weight: Int64)? {
        switch combination(of: metric.id) {
        case .quotient(let numerators, let denominator):
            let parts = numerators.compactMap { row[$0]?.known }
            guard parts.count == numerators.count, let divisor = row[denominator]?.known else { return nil }
            return (parts.reduce(0, saturatingSum), divisor)
        case .mean(let weights):
            guard let weight = row[weights]?.known, weight >= 0 else { return nil }
            return FixedPoint.product(mean: value, scale: metric.scale, weight: weight).map { ($0, weight) }
        case nil: return nil
        }
    }

    /// Whether a metric is a quotient whose denominator is of one of the kinds.
    func divides(_ metric: MetricID, by kinds: Set<MetricKind>) -> Bool {
        guard case .quotient(_, let denominator)? = combination(of: metric),
            let kind = MetricCatalogue[denominator]?.kind
        else { return false }
        return kinds.contains(kind)
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
        var joined = RollupRow.Cell(
            metric: metric,
            value: value,
            count: count + later.count,
            sum: saturatingSum(sum, later.sum),
            minimum: Swift.min(minimum, later.minimum),
            maximum: Swift.max(maximum, later.maximum),
            weight: saturatingSum(weight, later.weight),
            flags: flags
        )
        joined.keepGross(self.flags, later.flags)
        return joined
    }

    /// A gross gain is known only where every part has one.
    mutating func keepGross(_ left: RollupRow.Flags, _ right: RollupRow.Flags) {
        guard left.contains(.gross) != right.contains(.gross) else { return }
        flags.remove(.gross)
        weight = 0
    }

    /// Distinct people of a stretch or group: the platform's own figure, or bounds where they may be told, or nothing.
    ///
    /// - Parameter days: how many days the platform's own figure covers.
    mutating func settle(native: Int64?, days: Int32 = 0, bounds: Bool) {
        flags.subtract([.undefined, .bounded, .native])
        if let native {
            value = native
            count = days
            flags.insert(.native)
        } else {
            value = bounds ? maximum : 0
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
