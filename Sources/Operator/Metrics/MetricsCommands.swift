import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla metrics show`.
enum MetricsCommands {
    static let group = CommandGroup("metrics", help: "What was collected.")
    static let all: [Configuration.Command] = [show] + FigureCommands.all + DifferenceCommands.all

    private static let account = Option("account", .number, help: "The account's number.")
    private static let from = Option("from", NamedDay.kind, help: "First day.").optional
    private static let to = Option("to", NamedDay.kind, default: .today, help: "Last day.")
    private static let days = Option(
        "days",
        .integer(1...732, unit: "days"),
        default: 7,
        help: "How many days up to --to, when --from is not given."
    )
    private static let metric = Option("metric", SharedOptions.metrics, default: [], help: "Only these.")

    private static let grain = Option(
        "grain",
        ValueKind<String>.choice(["hour", "day", "week", "month"], shape: "hour, day, week or month"),
        default: "day",
        help: "How long a row is. Weeks begin as the account's workspace says."
    )
    private static let level = Option(
        "level",
        ValueKind<String>.choice(RollupLevel.allCases.map(\.name), shape: "subject or posts"),
        default: "subject",
        help: "The account itself, or all its posts together."
    )

    static let show = Configuration.Command(
        "metrics show",
        help:
            "An account's days, weeks or months, one row each. A row marked ~ is still open; one marked * may still be "
            + "restated by the platform. Distinct people of several days are the platform's own figure, or bounds.",
        example: "flotilla metrics show --account 12 --days 7 --metric views,followers",
        options: [account, from, to, days, metric, grain, level, FigureOptions.asOf],
        exitCodes: [.notFound]
    ) { call in
        if call[FigureOptions.asOf] != nil { return try await showPast(call) }
        let number = call[account]
        let (grain, days) = try await call.withPool { pool in
            guard
                let row = try await pool.query(
                    """
                    select a.platform, w.week_start from flotilla.accounts a
                    join flotilla.workspaces w on w.id = a.workspace_id where a.id = $1
                    """,
                    [.int8(number)]
                ).first, let platform = PlatformName(rawValue: try row.text(0))
            else { throw CommandFailure.noAccount(number) }
            let last = call[to].date(on: platform, now: call.now)
            let first = call[from]?.date(on: platform, now: call.now) ?? last - (call[Self.days] - 1)
            guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
            let named = call[Self.grain]
            let grain = named == "week" ? Grain(weekStart: try row.text(1)) : Grain(name: named) ?? .day
            let level = RollupLevel.allCases.first { $0.name == call[Self.level] } ?? .subject
            let metrics = Set(call[metric])
            return (
                grain, try await MetricDay.read(account: number, grain, level, first...last, only: metrics, from: pool)
            )
        }
        var wide = MetricDay.wideTable(days, grain)
        if call.output.format == .table, Terminal.outputIsTerminal, wide.width > Terminal.width {
            wide = MetricDay.longTable(days, grain)
        }
        call.output.list(
            days.map(\.document),
            table: wide,
            empty: "no days are stored for account \(number) in this span"
        )
        if call.output.format == .table, days.contains(where: { $0.row.state != .settled }) {
            call.output.note("~ still open   * the platform may still restate it")
        }
        return .ok
    }

    /// The same of what was known at a moment: computed, since only the present is stored.
    private static func showPast(_ call: CommandCall) async throws -> ExitCode {
        let series = try await call.withPool { pool in
            let reader = FigureReader(pool: pool)
            guard let subject = try await reader.subject(call[account]), subject.isAccount else {
                throw CommandFailure.noAccount(call[account])
            }
            let week = try await FigureOptions.week(of: subject.workspace, pool)
            let last = call[to].date(on: subject.platform, now: call.now)
            let first = call[from]?.date(on: subject.platform, now: call.now) ?? last - (call[days] - 1)
            guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
            let isOwn = call[level] == RollupLevel.subject.name
            let question = FigureQuestion(
                isOwn ? .subject(subject.id) : .posts(ofAccount: subject.id),
                dates: first...last,
                cut: NamedCut(rawValue: call[grain])?.cut(week) ?? .grain(.day),
                metrics: Set(call[metric].compactMap { MetricCatalogue[$0]?.id }),
                asOf: call[FigureOptions.asOf]
            )
            return try await reader.figures(question, now: call.now)
        }
        FigureCommands.show(series, call)
        return .ok
    }
}
