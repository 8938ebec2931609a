import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla budgets show | forecast | set | unset`.
enum BudgetsCommands {
    static let group = CommandGroup("budgets", help: "What may be asked of the platforms, and what of it is used.")
    static let all: [Command] = [
        show, BudgetsRules.command, BudgetsForecast.command, BudgetsSetCommand.set, BudgetsSetCommand.unset,
    ]

    static let show = Command(
        "budgets show",
        help: "Every budget: its limit, what is used and left, when it resets, how many calls wait, and open breakers.",
        example: "flotilla budgets show --platform x",
        options: [SharedOptions.anyPlatform, SharedOptions.limit]
    ) { call in
        let limit = call[SharedOptions.limit]
        let board = try await BudgetBoard.read(call, platform: call[SharedOptions.anyPlatform], limit: limit)
        var table = TextTable(
            "platform",
            "budget",
            "of",
            ">limit",
            ">used",
            ">left",
            "unit",
            "resets",
            ">waiting",
            "state"
        )
        for row in board.rows {
            let (limit, used) = (row.ledger.limit(row.terms), row.ledger.used(row.terms, at: call.now))
            table.add(
                row.key.platform.rawValue,
                row.name,
                row.key.subject.isEmpty ? "all" : "\(row.terms.rule.subject.rawValue) \(row.key.subject)",
                limit.map { Words.number($0) } ?? "unknown",
                Words.number(used),
                limit.map { Words.number(max(0, $0 - used)) } ?? "",
                row.terms.rule.unit.rawValue,
                Words.relative(row.ledger.reset(row.terms, at: call.now), now: call.now),
                Words.number(row.ledger.waiting(at: call.now)),
                row.status(at: call.now)
            )
        }
        let document: JSONValue = [
            "budgets": .array(board.rows.map { item($0, at: call.now) }),
            "breakers": .array(board.breakers.map { breaker($0.key, $0.value) }),
        ]
        call.output.show(document) {
            if table.isEmpty { call.output.print("no budget is known") } else { table.print(on: call.output) }
            for (endpoint, opening) in board.breakers {
                call.output.print(
                    "breaker open: \(endpoint.platform.rawValue) \(endpoint.name), next single call "
                        + Words.relative(opening.nextProbe, now: call.now)
                )
            }
        }
        return .ok
    }

    private static func item(_ row: BudgetBoard.Row, at now: Instant) -> JSONValue {
        let (limit, used) = (row.ledger.limit(row.terms), row.ledger.used(row.terms, at: now))
        return [
            "platform": .string(row.key.platform.rawValue), "budget": .string(row.key.rule),
            "endpoint": .string(row.key.endpoint), "subject": .string(row.terms.rule.subject.rawValue),
            "of": .string(row.key.subject), "unit": .string(row.terms.rule.unit.rawValue),
            "window": .string(row.terms.rule.window.kind), "window_seconds": .int(row.terms.rule.window.seconds),
            "limit": limit.map { .int($0) } ?? .null, "used": .int(used), "lent": .int(row.ledger.lent),
            "left": limit.map { .int(max(0, $0 - used)) } ?? .null,
            "resets_at": .time(row.ledger.reset(row.terms, at: now)), "waiting": .int(row.ledger.waiting(at: now)),
            "blocked_until": .time(row.ledger.blockedUntil), "percent": row.ledger.percent.map { .int($0) } ?? .null,
        ]
    }

    private static func breaker(_ endpoint: BudgetDesk.Endpoint, _ opening: CircuitBreaker.Opening) -> JSONValue {
        [
            "platform": .string(endpoint.platform.rawValue), "endpoint": .string(endpoint.name),
            "since": .time(opening.since), "next_probe_at": .time(opening.nextProbe),
        ]
    }
}
