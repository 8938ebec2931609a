import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla metrics show`.
enum MetricsCommands {
    static let group = CommandGroup("metrics", help: "What was collected.")
    static let all: [Configuration.Command] = [show]

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

    static let show = Configuration.Command(
        "metrics show",
        help:
            "An account's days, one row each. A day marked ~ is still open; one marked * may still be restated by the "
            + "platform.",
        example: "flotilla metrics show --account 12 --days 7 --metric views,followers",
        options: [account, from, to, days, metric],
        exitCodes: [.notFound]
    ) { call in
        let number = call[account]
        let days = try await call.withPool { pool in
            guard
                let row = try await pool.query("select platform from flotilla.accounts where id = $1", [.int8(number)])
                    .first, let platform = PlatformName(rawValue: try row.text(0))
            else { throw CommandFailure(.notFound, "there is no account \(number); see `flotilla accounts list`") }
            let last = call[to].date(on: platform, now: call.now)
            let first = call[from]?.date(on: platform, now: call.now) ?? last - (call[Self.days] - 1)
            guard first <= last else { throw CommandFailure(.usage, "--from \(first) is after --to \(last)") }
            return try await MetricDay.read(account: number, first...last, only: Set(call[metric]), from: pool)
        }
        var wide = MetricDay.wideTable(days)
        if call.output.format == .table, Terminal.outputIsTerminal, wide.width > Terminal.width {
            wide = MetricDay.longTable(days)
        }
        call.output.list(
            days.map(\.document),
            table: wide,
            empty: "no days are stored for account \(number) in this span"
        )
        if call.output.format == .table, days.contains(where: { $0.state != .settled }) {
            call.output.note("~ the day is still open   * the platform may still restate it")
        }
        return .ok
    }
}
