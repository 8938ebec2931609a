internal import FleetCore
internal import Postgres

/// Roll-up rows as columns of a statement: flat arrays and each row's bounds in them. What there is nothing to say of is
/// left empty, as in the table.
struct RollupColumns {
    private var cells = PackedColumns()
    private var details = PackedColumns()
    private var extras = PackedColumns()
    private var detailed: [RollupRow.Cell] = []
    private var extra: [RollupRow.Cell] = []
    private let rows: [RollupRow]

    init(_ rows: [RollupRow]) {
        self.rows = rows
        for row in rows {
            cells.append(count: row.cells.count)
            let plain = row.cells.allSatisfy { $0.weight == 0 && $0.flags.isEmpty }
            extras.append(count: plain ? 0 : row.cells.count)
            if !plain { extra += row.cells }
            let single = row.cells.allSatisfy { cell in
                cell.count == 1 && cell.minimum == cell.value && cell.maximum == cell.value
                    && cell.sum == row.plainSum(of: cell)
            }
            details.append(count: single ? 0 : row.cells.count)
            if !single { detailed += row.cells }
        }
    }

    /// state, expected; metrics, values; counts, sums, minimums, maximums; weights, flags; the bounds of the three groups.
    var parameters: [Parameter] {
        [
            .int2Array(rows.map(\.state.rawValue)),
            .int4Array(rows.map(\.expected)),
            .int2Array(rows.flatMap { $0.cells.map(\.metric.rawValue) }),
            .int8Array(rows.flatMap { $0.cells.map(\.value) }),
            .int4Array(detailed.map(\.count)),
            .int8Array(detailed.map(\.sum)),
            .int8Array(detailed.map(\.minimum)),
            .int8Array(detailed.map(\.maximum)),
            .int8Array(extra.map(\.weight)),
            .int2Array(extra.map(\.flags.rawValue)),
            .int4Array(cells.low), .int4Array(cells.high),
            .int4Array(details.low), .int4Array(details.high),
            .int4Array(extras.low), .int4Array(extras.high),
        ]
    }
}

extension RollupRow {
    /// The sum of a cell of which nothing else is stored: its value; of an engagement rate, the engagement.
    fileprivate func plainSum(of cell: Cell) -> Int64 {
        switch cell.metric {
        case .engagementRateByViews, .engagementRateByReach, .engagementRateByFollowers:
            self[.engagementTotal]?.value ?? cell.value
        default: cell.value
        }
    }

    /// How many columns ``init(columns:from:)`` reads.
    static let columnCount = 10

    /// Reads state, expected, metrics, values, counts, sums, minimums, maximums, weights and flags from ten columns; nil
    /// when they do not fit together.
    init?(columns row: Row, from column: Int) throws {
        let metrics = try row.int2Array(column + 2)
        let values = try row.int8Array(column + 3)
        let counts = try row.int4Array(column + 4)
        let details = try (5...7).map { try row.int8Array(column + $0) }
        let weights = try row.int8Array(column + 8)
        let flags = try row.int2Array(column + 9)
        guard let state = State(rawValue: try row.int2(column)), metrics.count == values.count,
            counts.isEmpty || counts.count == metrics.count, details.allSatisfy({ $0.count == counts.count }),
            weights.isEmpty || weights.count == metrics.count, flags.count == weights.count
        else { return nil }
        var cells: [Cell] = []
        cells.reserveCapacity(metrics.count)
        for index in metrics.indices {
            var cell = Cell(metric: MetricID(rawValue: metrics[index]), value: values[index])
            if !counts.isEmpty {
                cell.count = counts[index]
                (cell.sum, cell.minimum, cell.maximum) = (details[0][index], details[1][index], details[2][index])
            }
            if !weights.isEmpty { (cell.weight, cell.flags) = (weights[index], Flags(rawValue: flags[index])) }
            cells.append(cell)
        }
        self.init(cells: cells, state: state, expected: try row.int4(column + 1))
        if counts.isEmpty {
            for index in self.cells.indices { self.cells[index].sum = plainSum(of: self.cells[index]) }
        }
    }
}
