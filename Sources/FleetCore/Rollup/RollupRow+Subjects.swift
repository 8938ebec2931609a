extension RollupRow {
    /// Computes one bucket of several subjects of one platform from their buckets of the same days, which must come from
    /// ``period(_:dates:natives:rules:)``, single days too.
    ///
    /// Levels are added and count people once per subject. Distinct people are never added. Sums behind quotients and means
    /// are.
    ///
    /// - Parameter expected: how many days the bucket has over all subjects, also those without figures.
    public static func combined(
        _ rows: some Collection<RollupRow>,
        expected: Int32,
        rules: MetricRules
    ) -> RollupRow {
        var collected: [MetricID: Cell] = [:]
        var members: [MetricID: Int] = [:]
        for row in rows {
            for cell in row.cells where !cell.flags.contains(.undefined) || cell.flags.contains(.bounded) {
                let part = cell.ofSubject
                collected[cell.metric] = collected[cell.metric].map { $0.joined(with: part) } ?? part
                members[cell.metric, default: 0] += 1
            }
        }
        let cells = collected.values.compactMap { members[$0.metric] == 1 ? $0 : $0.overSubjects(rules) }
        return RollupRow(
            cells: cells.sorted { $0.metric < $1.metric },
            state: rows.map(\.state).min() ?? .open,
            expected: expected
        )
    }
}

extension RollupRow.Cell {
    private var kind: MetricKind? { MetricCatalogue[metric]?.kind }

    /// This subject's figures as a member of a group: least and most are then those of the members.
    fileprivate var ofSubject: RollupRow.Cell {
        var cell = self
        switch kind {
        case .gauge: (cell.sum, cell.minimum, cell.maximum) = (value, value, value)
        case .unique:
            // Bounds of a member bound the group.
            (cell.minimum, cell.maximum) = (value, value)
            if known != nil { cell.sum = value }
        default: (cell.minimum, cell.maximum) = (value, value)
        }
        return cell
    }

    /// Whether least and most of the cell say anything.
    private var hasExtremes: Bool { !flags.contains(.undefined) || flags.contains(.bounded) }

    fileprivate func joined(with other: RollupRow.Cell) -> RollupRow.Cell {
        var flags = flags.union(other.flags)
        // A sum of opening levels says something only if every member has one.
        if !self.flags.contains(.opened) || !other.flags.contains(.opened) { flags.remove(.opened) }
        if hasExtremes || other.hasExtremes, kind != .unique { flags.remove(.undefined) }
        let (low, high) = hasExtremes ? (minimum, maximum) : (other.minimum, other.maximum)
        var joined = RollupRow.Cell(
            metric: metric,
            value: saturatingSum(value, other.value),
            count: count + other.count,
            sum: saturatingSum(sum, other.sum),
            minimum: other.hasExtremes ? Swift.min(low, other.minimum) : low,
            maximum: other.hasExtremes ? Swift.max(high, other.maximum) : high,
            weight: saturatingSum(weight, other.weight),
            flags: flags
        )
        joined.keepGross(self.flags, other.flags)
        return joined
    }

    fileprivate func overSubjects(_ rules: MetricRules) -> RollupRow.Cell? {
        guard let metric = MetricCatalogue[metric] else { return self }
        var cell = self
        switch metric.kind {
        case .gauge: if !flags.contains(.opened) { cell.weight = 0 }
        case .delta, .money, .cumulative, .breakdown: break
        case .unique: cell.settle(native: nil, bounds: rules.allowsBounds)
        case .ratio:
            // A quotient over distinct people has no sum of people to be over.
            if rules.divides(cell.metric, by: [.unique]) { return nil }
            cell.divide(scale: metric.scale)
        case .weightedMean: cell.average(scale: metric.scale)
        }
        return cell
    }
}
