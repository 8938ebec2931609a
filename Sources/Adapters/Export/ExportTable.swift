internal import FleetCore
public import Postgres
public import Tables

/// One kind of export: its columns, its question to the database, and what a row of the answer becomes.
public struct ExportTable: Sendable {
    public var columns: [TableColumn]
    var statement: Statement
    var parameters: [Parameter]
    var rows: @Sendable (Row) throws -> [[TableValue]]

    /// What can be exported.
    public enum Kind: String, Sendable, CaseIterable {
        case rollups, values, observations, posts
    }

    /// The table of a kind.
    ///
    /// - Parameter asOf: the moment that the export speaks of, which stands in every row.
    static func make(_ kind: Kind, _ selection: ExportSelection, _ layout: ExportLayout, asOf: Instant) -> ExportTable {
        switch kind {
        case .rollups: rollups(selection, layout, asOf: asOf)
        case .values: readings(.values, selection, layout, asOf: asOf)
        case .observations: readings(.observations, selection, layout, asOf: asOf)
        case .posts: posts(selection, asOf: asOf)
        }
    }

    /// Digits behind the point of columns that hold values of any metric: those of ratios, the most of all.
    static let valueScale = MetricCatalogue.all.map(\.scale).max() ?? 0

    /// A column for the values of one metric.
    static func column(_ metric: MetricID) -> TableColumn {
        let scale = MetricCatalogue.scale(of: metric)
        return TableColumn(metric.name, scale == 0 ? .integer : .decimal(scale: scale), optional: true)
    }

    /// A value in the column of its metric.
    static func value(_ value: Int64, of metric: MetricID) -> TableValue {
        let scale = MetricCatalogue.scale(of: metric)
        return scale == 0 ? .integer(value) : .decimal(value, scale: scale)
    }

    /// Whose figures: the first columns of every table.
    static let owner = [
        TableColumn("workspace", .text), TableColumn("platform", .text), TableColumn("account", .integer),
        TableColumn("account_external_id", .text), TableColumn("subject", .integer), TableColumn("scope", .text),
        TableColumn("post", .text, optional: true),
    ]
}

/// Runs exports: one snapshot of the database, one row after another, in constant memory.
public struct Exporter: Sendable {
    private let pool: Pool
    private static let chunk = 1000

    public init(pool: Pool) { self.pool = pool }

    /// Hands the table's rows to a writer that `makeWriter` makes of its columns, and the writer's bytes to `sink`. Returns how
    /// many rows there were.
    ///
    /// - Parameter isWide: one column per metric that the selection holds, in place of one row per value.
    public func export(
        _ kind: ExportTable.Kind,
        _ selection: ExportSelection,
        isWide: Bool,
        makeWriter: ([TableColumn]) -> any TableWriter,
        sink: ([UInt8]) throws -> Void
    ) async throws -> Int64 {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            let moment = Instant(microseconds: try await connection.query("select now()").only().timestamp(0))
            var table = ExportTable.make(kind, selection, .long, asOf: moment)
            if isWide, kind != .posts {
                let metrics = try await Self.metrics(kind, selection, connection)
                table = ExportTable.make(kind, selection, .wide(metrics), asOf: moment)
            }
            var writer = makeWriter(table.columns)
            var count: Int64 = 0
            try await connection.withStream(table.statement, table.parameters, chunk: Self.chunk) { stream in
                for try await rows in stream {
                    for row in rows {
                        for line in try table.rows(row) {
                            writer.append(line)
                            count += 1
                        }
                    }
                    try sink(writer.take())
                }
            }
            writer.finish()
            try sink(writer.take())
            return count
        }
    }

    /// The metrics that the selection holds.
    private static func metrics(
        _ kind: ExportTable.Kind,
        _ selection: ExportSelection,
        _ connection: Connection
    ) async throws -> [MetricID] {
        if !selection.metrics.isEmpty { return selection.metrics.sorted() }
        let (statement, parameters) =
            switch kind {
            case .rollups: ExportTable.metricsOfRollups(selection)
            case .values, .posts: ExportTable.metrics(.values, selection)
            case .observations: ExportTable.metrics(.observations, selection)
            }
        return try await connection.query(statement, parameters).map { MetricID(rawValue: try $0.int2(0)) }.sorted()
    }
}
