import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla explain`.
enum ExplainCommand {
    private static let metric = Option(
        "metric",
        ValueKind<String>.choice(MetricCatalogue.all.map(\.name), shape: "the name of a metric"),
        help: "Which figure."
    )
    private static let date = Option("date", NamedDay.kind, default: .yesterday, help: "A day of the bucket.")
    private static let last = Option("to", NamedDay.kind, help: "Last day, with --grain stretch.").optional

    static let command = Configuration.Command(
        "explain",
        help:
            "Where a figure comes from: the formula with its numbers, the days and subjects in it, each reading with its job, "
            + "fetch, version and what it was before, and why the platform's own page may show another number.",
        example: "flotilla explain --account 12 --metric views --date 2026-11-18 --grain week",
        options: FigureOptions.scope + [metric, date, last, FigureOptions.grain, FigureOptions.asOf],
        exitCodes: [.notFound]
    ) { call in
        guard let metric = MetricCatalogue[call[metric]]?.id else { return .usage }
        let found = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            let scope = try await FigureOptions.scope(call, pool)
            let subject = try await FigureOptions.first(of: scope, reader)
            let platform = subject.platform
            let first = call[date].date(on: platform, now: call.now)
            let end = call[last]?.date(on: platform, now: call.now) ?? first
            guard first <= end else { throw CommandFailure(.usage, "--date \(first) is after --to \(end)") }
            let question = FigureQuestion(
                scope,
                dates: first...end,
                cut: try await FigureOptions.cut(call, workspace: subject.workspace, pool),
                asOf: call[FigureOptions.asOf]
            )
            return try await reader.explain(metric, question, now: call.now)
        }
        switch call.output.format {
        case .json: call.output.print(JSONValue.array(found.map(\.document)).pretty())
        case .ndjson: for part in found { call.output.print(part.document.description) }
        case .table:
            for (index, part) in found.enumerated() {
                if index > 0 { call.output.print("") }
                for line in ExplanationText(part, asOf: call[FigureOptions.asOf]).lines {
                    call.output.print(Terminal.visible(line))
                }
            }
        }
        return .ok
    }
}
