import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla metrics diff | restatements`.
enum DifferenceCommands {
    static let all: [Configuration.Command] = [difference, restatements]

    private static let since = Option(
        "since",
        ValueKind<FleetCore.Instant>.moment,
        help: "The earlier moment: when the report was made."
    )
    private static let until = Option(
        "until",
        ValueKind<FleetCore.Instant>.moment,
        help: "The later moment; now if not given."
    )
    .optional
    private static let from = Option(
        "from",
        ValueKind<CivilDate>.day,
        help: "First day; all that had begun at the earlier moment if not given."
    ).optional
    private static let to = Option("to", ValueKind<CivilDate>.day, help: "Last day; --from if not given.").optional
    private static let settledOnly = Option(
        "settled",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Only settled figures that moved beyond the threshold."
    )
    private static let percent = Option(
        "percent",
        .integer(0...1000, unit: "%"),
        default: 5,
        help: "The threshold for settled figures, together with --units."
    )
    private static let units = Option(
        "units",
        .integer(0...1_000_000_000, unit: "units"),
        default: 10,
        help: "The threshold for settled figures, together with --percent."
    )

    private static func whose(_ call: CommandCall, _ pool: Pool) async throws -> FigureReader.DifferenceQuestion.Whose {
        switch (call[FigureOptions.account], call[FigureOptions.workspace]) {
        case (let account?, nil): .account(account)
        case (nil, let name?): .workspace(try await Whose.workspace(name, pool))
        default: throw CommandFailure(.usage, "name either --account or --workspace")
        }
    }

    static let difference = Configuration.Command(
        "metrics diff",
        help:
            "What changed since a report: every figure of an account and its posts, or of a workspace, that is another at the "
            + "later moment, by how much, and from which fetch.",
        example: "flotilla metrics diff --account 12 --since 2026-11-03T08:00:00Z",
        options: [
            FigureOptions.account, FigureOptions.workspace, since, until, from, to, FigureOptions.grain,
            FigureOptions.metric, settledOnly, percent, units,
        ],
        exitCodes: [.notFound]
    ) { call in
        let threshold = Restatement.Threshold(permille: Int64(call[percent]) * 10, units: Int64(call[units]))
        guard case .grain(let grain) = call[FigureOptions.grain].cut(.weekFromMonday) else {
            throw CommandFailure(.usage, "differences are told by calendar buckets; --grain stretch is not one")
        }
        let differences = try await call.withPool { pool in
            var question = FigureReader.DifferenceQuestion(
                try await whose(call, pool),
                earlier: call[since],
                later: call[until] ?? call.now,
                grain: grain,
                metrics: Set(call[FigureOptions.metric].compactMap { MetricCatalogue[$0]?.id })
            )
            if let first = call[from] {
                let last = call[to] ?? first
                guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
                question.dates = first...last
            }
            return try await FigureReader(pool: pool).differences(question)
                .filter { !call[settledOnly] || $0.isRestated(beyond: threshold) }
        }
        show(differences, threshold, call)
        return .ok
    }

    private static func show(
        _ differences: [FigureDifference],
        _ threshold: Restatement.Threshold,
        _ call: CommandCall
    ) {
        var table = TextTable("subject", "bucket", "metric", ">before", ">after", ">change", "fetched", "job", "")
        let items = differences.map { found -> JSONValue in
            let isRestated = found.isRestated(beyond: threshold)
            table.add([
                "\(found.subject.kind.name) \(found.subject.id)", found.row.label, found.metric.name,
                FigureTexts.text(found.before), FigureTexts.text(found.after),
                FigureTexts.number(found.change, found.metric),
                found.fetches.last?.fetchedAt.text(.seconds) ?? "", found.fetches.last?.job.description ?? "",
                isRestated ? "settled" : "",
            ])
            return [
                "subject": .int(found.subject.id), "kind": .string(found.subject.kind.name),
                "platform": .string(found.subject.platform.rawValue), "bucket": .string(found.row.label),
                "first": .string(found.row.dates.lowerBound.description),
                "last": .string(found.row.dates.upperBound.description), "metric": .string(found.metric.name),
                "before": found.before.document, "after": found.after.document,
                "change": found.change.map { .fixed($0, scale: MetricCatalogue.scale(of: found.metric)) } ?? .null,
                "percent": found.permille.map { .fixed($0, scale: 1) } ?? .null,
                "state_before": .string("\(found.states.before)"), "state_after": .string("\(found.states.after)"),
                "restated": .bool(isRestated),
                "fetches": .array(
                    found.fetches.map { ["fetched_at": .time($0.fetchedAt), "job": .string($0.job.description)] }
                ),
            ]
        }
        call.output.list(items, table: table, empty: "nothing changed")
    }

    static let restatements = Configuration.Command(
        "metrics restatements",
        help:
            "Settled figures that a platform changed by more than 5 % and 10 units, newest first, each with both values and "
            + "fetches.",
        example: "flotilla metrics restatements --workspace demo --since 2026-11-01",
        options: [FigureOptions.account, FigureOptions.workspace, since, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let found = try await call.withPool { pool in
            try await FigureReader(pool: pool)
                .restatements(of: try await whose(call, pool), since: call[since], limit: call[SharedOptions.limit])
        }
        var table = TextTable(">subject", "metric", "period", "start", ">before", ">after", "changed", "job")
        let items = found.map { found -> JSONValue in
            let scale = MetricCatalogue.scale(of: found.metric)
            table.add(
                "\(found.subject)",
                found.metric.name,
                found.period.name,
                found.start.text(.seconds),
                FigureTexts.number(found.before.value, found.metric),
                FigureTexts.number(found.after.value, found.metric),
                Words.relative(found.after.source.fetchedAt, now: call.now),
                found.after.source.job.description
            )
            func side(_ entry: CurrentRow.Entry) -> JSONValue {
                [
                    "value": .fixed(entry.value, scale: scale), "fetched_at": .time(entry.source.fetchedAt),
                    "job": .string(entry.source.job.description),
                ]
            }
            return [
                "subject": .int(found.subject), "workspace": .int(found.workspace),
                "metric": .string(found.metric.name),
                "period": .string(found.period.name), "start": .time(found.start), "before": side(found.before),
                "after": side(found.after),
            ]
        }
        call.output.list(items, table: table, empty: "no settled figure was changed")
        return .ok
    }
}
