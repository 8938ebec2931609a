internal import FleetCore
internal import Postgres
internal import Tables

extension ExportTable {
    private static let days = """
        and ($4::date is null or r.day >= $4) and ($5::date is null or r.day <= $5) and ($7::smallint is null or r.grain = $7)
        """

    static func rollups(_ selection: ExportSelection, _ layout: ExportLayout, asOf: Instant) -> ExportTable {
        let (condition, parameters) = selection.period(of: "r")
        let bucket: [TableColumn] = [
            TableColumn("grain", .text), TableColumn("label", .text), TableColumn("day", .date),
            TableColumn("start", .moment), TableColumn("end", .moment), TableColumn("zone", .text, optional: true),
            TableColumn("state", .text), TableColumn("expected", .integer), TableColumn("generation", .integer),
            TableColumn("changed_at", .moment), TableColumn("as_of", .moment),
        ]
        return ExportTable(
            columns: owner + bucket + figures(layout),
            statement: Statement(
                dynamic: """
                    select \(BucketColumns.list), w.name, a.external_id
                    from \(BucketColumns.source) join flotilla.workspaces w on w.id = a.workspace_id
                    where \(condition) \(days)
                    order by r.subject_id, r.level, r.grain, r.start_at
                    """
            ),
            parameters: parameters + [selection.grain.map { .int2($0.rawValue) } ?? .null],
            rows: { row in
                let bucket = try BucketColumns.bucket(row)
                let workspace = try row.text(BucketColumns.count)
                let external = try row.text(BucketColumns.count + 1)
                let cells = bucket.row.cells.filter { selection.includes($0.metric) }
                let key = key(bucket, workspace, external, asOf)
                return figures(cells, expected: bucket.row.expected, layout).map { key + $0 }
            }
        )
    }

    private static func key(
        _ bucket: StoredBucket,
        _ workspace: String,
        _ external: String,
        _ asOf: Instant
    ) -> [TableValue] {
        [
            .text(workspace), .text(bucket.platform), .integer(bucket.account ?? 0), .text(external),
            .integer(bucket.subject), .text(bucket.scope.rawValue), TableValue(bucket.post), .text(bucket.grain.name),
            .text(bucket.grain.label(bucket.day)), .date(bucket.day.daysSinceEpoch),
            .moment(bucket.start.microseconds), .moment(bucket.end.microseconds), TableValue(bucket.zone),
            .text(bucket.row.state.description), .integer(Int64(bucket.row.expected)),
            .integer(Int64(bucket.generation)), .moment(bucket.changedAt.microseconds), .moment(asOf.microseconds),
        ]
    }

    // MARK: Figures

    private static let details = [
        "value", "sum", "minimum", "maximum", "opening", "gross", "numerator", "denominator", "weight", "lower",
        "upper",
    ]

    private static func figures(_ layout: ExportLayout) -> [TableColumn] {
        switch layout {
        case .long:
            let metric = [
                TableColumn("metric", .text), TableColumn("kind", .text), TableColumn("unit", .text),
                TableColumn("count", .integer), TableColumn("coverage", .decimal(scale: 6)),
                TableColumn("flags", .text),
            ]
            return metric + details.map { TableColumn($0, .decimal(scale: valueScale), optional: true) }
        case .wide(let metrics):
            return [TableColumn("coverage", .decimal(scale: 6), optional: true), TableColumn("flags", .text)]
                + metrics.map(column)
        }
    }

    private static func figures(
        _ cells: [RollupRow.Cell],
        expected: Int32,
        _ layout: ExportLayout
    ) -> [[TableValue]] {
        switch layout {
        case .long: cells.map { long($0, CellFigures($0, expected: expected)) }
        case .wide(let metrics): cells.isEmpty ? [] : [wide(cells, expected: expected, metrics)]
        }
    }

    private static func long(_ cell: RollupRow.Cell, _ figures: CellFigures) -> [TableValue] {
        func value(_ figure: CellFigures.Figure?) -> TableValue {
            figure.map { .decimal($0.value, scale: $0.scale) } ?? .null
        }
        let named = Dictionary(uniqueKeysWithValues: figures.details.map { ($0.name, $0.figure) })
        let metric = MetricCatalogue[cell.metric]
        return [
            .text(cell.metric.name), .text((metric?.kind.rawValue) ?? ""),
            .text((metric?.unit ?? .unknown).rawValue), .integer(Int64(cell.count)), value(figures.coverage),
            .text(cell.flags.names.joined(separator: "|")), value(figures.value),
        ] + details.dropFirst().map { value(named[$0]) }
    }

    /// The coverage is that of the metric which has least; flags stand behind the name of their metric.
    private static func wide(_ cells: [RollupRow.Cell], expected: Int32, _ metrics: [MetricID]) -> [TableValue] {
        let coverage = cells.map { CellFigures($0, expected: expected).coverage.value }.min() ?? 0
        let flags = cells.flatMap { cell in cell.flags.names.map { "\(cell.metric.name):\($0)" } }
        let values = Dictionary(uniqueKeysWithValues: cells.map { ($0.metric, $0) })
        return [.decimal(coverage, scale: 6), .text(flags.joined(separator: "|"))]
            + metrics.map { metric in values[metric]?.known.map { value($0, of: metric) } ?? .null }
    }

    /// The metrics of a selection.
    static func metricsOfRollups(_ selection: ExportSelection) -> (Statement, [Parameter]) {
        let (condition, parameters) = selection.period(of: "r")
        let text = """
            select distinct m from \(BucketColumns.source) cross join lateral unnest(r.metrics) m
            where \(condition) \(days)
            """
        return (Statement(dynamic: text), parameters + [selection.grain.map { .int2($0.rawValue) } ?? .null])
    }
}
