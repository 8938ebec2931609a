import Adapters
import Configuration
import FleetCore
import Postgres
import Tables

/// `flotilla export rollups | values | observations | posts`.
enum ExportCommands {
    static let group = CommandGroup("export", help: "Stored figures as files.")
    static let all = [
        command(
            .rollups,
            "Computed buckets: days, weeks, months, with state, coverage and flags.",
            "flotilla export rollups --grain day --from 2026-11-01 --format parquet --output november.parquet"
        ),
        command(
            .values,
            "The newest reading of every metric and period, with the fetch that it came from.",
            "flotilla export values --account 12 --format csv"
        ),
        command(
            .observations,
            "Every reading of every fetch, as it was.",
            "flotilla export observations --account 12 --metric views --format ndjson"
        ),
        command(
            .posts,
            "Posts with their kind, time of publication and state.",
            "flotilla export posts --workspace demo --output posts.csv"
        ),
    ]

    private enum Format: String, CaseIterable { case csv, ndjson, parquet }

    private static let format = Option("format", ValueKind<Format>.choice, default: .csv, help: "Form of the file.")
    private static let workspace = Option(
        "workspace",
        ValueKind<String>.text(longest: 100),
        help: "One workspace only."
    )
    .optional
    private static let account = Option("account", .number, help: "One account only, with its posts.").optional
    private static let platform = Option(
        "platform",
        ValueKind<String>.text(longest: 63),
        help: "One platform or source only."
    ).optional
    private static let from = Option("from", ValueKind<CivilDate>.day, help: "First day, in the platform's zone.")
        .optional
    private static let to = Option("to", ValueKind<CivilDate>.day, help: "Last day.").optional
    private static let grain = Option(
        "grain",
        ValueKind<String>.choice(Grain.allCases.map(\.name)),
        help: "One length of bucket only."
    ).optional
    private static let metric = Option("metric", SharedOptions.metrics, default: [], help: "Only these.")
    private static let wide = Option(
        "wide",
        .toggle,
        default: false,
        help: "One row per bucket or reading with a column per metric, not one row per value."
    )
    private static let output = Option(
        "output",
        ValueKind<String>.path,
        default: "-",
        help: "File to write, whole or not at all; - is standard output."
    )

    private static func command(_ kind: ExportTable.Kind, _ help: String, _ example: String) -> Configuration.Command {
        let layout: [any DeclaredOption] =
            switch kind {
            case .rollups: [grain, metric, wide]
            case .values, .observations: [metric, wide]
            case .posts: []
            }
        return Configuration.Command(
            "export \(kind.rawValue)",
            help: help,
            example: example,
            options: [format, workspace, platform, account, from, to] + layout + [output],
            exitCodes: [.notFound]
        ) { call in try await run(kind, call) }
    }

    private static func run(_ kind: ExportTable.Kind, _ call: CommandCall) async throws -> ExitCode {
        if let from = call[from], let to = call[to], from > to {
            throw CommandFailure(.usage, "--from \(from) is after --to \(to)")
        }
        let rows = try await call.withPool(silence: nil) { pool in
            var selection = ExportSelection(
                platform: call[platform],
                account: call[account],
                from: call[from],
                to: call[to]
            )
            try await Whose.check(account: call[account], pool)
            if let name = call[workspace] { selection.workspace = try await Whose.workspace(name, pool) }
            if kind == .rollups { selection.grain = call[grain].flatMap { Grain(name: $0) } }
            if kind != .posts { selection.metrics = call[metric].compactMap { MetricCatalogue[$0]?.id } }
            var file = try OutputFile(call[output])
            let rows = try await Exporter(pool: pool).export(
                kind,
                selection,
                isWide: kind != .posts && call[wide],
                makeWriter: { writer(call[format], $0) },
                sink: { try file.write($0) }
            )
            try file.finish()
            return rows
        }
        call.output.note(Words.count(rows, "row"))
        return .ok
    }

    private static func writer(_ format: Format, _ columns: [TableColumn]) -> any TableWriter {
        switch format {
        case .csv: CSVWriter(columns: columns)
        case .ndjson: NDJSONWriter(columns: columns)
        case .parquet: ParquetWriter(columns: columns, creator: "flotilla \(Flotilla.version)")
        }
    }
}
