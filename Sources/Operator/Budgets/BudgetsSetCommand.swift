import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla budgets set | unset`.
enum BudgetsSetCommand {
    /// A limit, or none.
    enum Limit: Sendable {
        case none
        case units(Int64)

        var value: Int64? { if case .units(let units) = self { units } else { nil } }
    }

    private static let platform = Argument("platform", ValueKind<PlatformName>.choice, help: "Which platform.")
    private static let name = Argument("budget", ValueKind<String>.text(longest: 60), help: "The budget's name.")
    private static let limit = Option(
        "limit",
        ValueKind<Limit>(
            shape: "a whole number from 1, or none",
            parse: { text in
                text == "none" ? Limit.none : Int64(text).flatMap { $0 > 0 ? .units($0) : nil }
            }
        ),
        help: "The most in a window; none leaves it to what the platform says."
    )
    private static let window = Option(
        "window",
        ValueKind<BudgetRule.Window>(
            shape: "seconds such as 900, aligned:900, day or month",
            parse: { text in
                switch text {
                case "day": return .day
                case "month": return .month
                default:
                    let parts = text.split(separator: ":")
                    guard let seconds = parts.last.flatMap({ Int64($0) }) else { return nil }
                    let kind = parts.count == 2 ? String(parts[0]) : "sliding"
                    return BudgetRule.Window(kind: kind, seconds: seconds)
                }
            }
        ),
        help: "What the limit holds for: any so many seconds, aligned stretches, the platform's day, or a UTC month."
    ).optional
    private static let subject = Option(
        "of",
        ValueKind<BudgetRule.Subject>.choice,
        help: "Whose calls are counted together."
    ).optional
    private static let unit = Option("unit", ValueKind<BudgetRule.Unit>.choice, help: "What is counted.").optional
    private static let endpoint = Option(
        "endpoint",
        ValueKind<String>.text(longest: 60),
        help: "The family of calls; * counts each family by itself."
    ).optional
    private static let reserve = Option(
        "reserve",
        ValueKind<Int>.integer(0...500, unit: "thousandths"),
        help: "The part that only interactive jobs may use."
    ).optional

    static let set = Command(
        "budgets set",
        help: "Set a budget's limit, or add a budget. What is not given stays as it is. Workers follow within seconds.",
        example: "flotilla budgets set x users-app --limit 280",
        arguments: [platform, name],
        options: [limit, window, subject, unit, endpoint, reserve],
        exitCodes: [.refused]
    ) { call in
        let (platform, name) = (call[platform], call[name])
        let set = try await call.withPool { pool in
            let store = BudgetStore(pool: pool)
            let terms = try await BudgetBoard.terms(call, store)[platform]?.first { $0.rule.name == name }
            guard let window = call[window] ?? terms?.rule.window else {
                throw CommandFailure(.refused, "\(platform.rawValue) has no budget \(name); add --window to make one")
            }
            let rule = BudgetRule(
                name,
                call[subject] ?? terms?.rule.subject ?? .app,
                endpoint: call[endpoint] ?? terms?.rule.endpoint,
                unit: call[unit] ?? terms?.rule.unit ?? .calls,
                limit: call[limit].value,
                window: window
            )
            let override = BudgetPlan.Override(
                platform: platform,
                rule: rule,
                reserve: call[reserve].map(Int64.init) ?? terms?.reserve ?? 20
            )
            try await store.set(override)
            return override
        }
        call.output.show([
            "platform": .string(platform.rawValue), "budget": .string(name),
            "limit": set.rule.limit.map { .int($0) } ?? .null,
        ]) {
            let limit = set.rule.limit.map { Words.number($0) } ?? "none"
            call.output.print("\(platform.rawValue) \(name): limit \(limit)")
        }
        return .ok
    }

    static let unset = Command(
        "budgets unset",
        help: "Take back what was set: the budget is again what the platform or queues.yaml says.",
        example: "flotilla budgets unset x users-app",
        arguments: [platform, name],
        exitCodes: [.notFound]
    ) { call in
        let (platform, name) = (call[platform], call[name])
        let wasSet = try await call.withPool { try await BudgetStore(pool: $0).unset(platform, name) }
        guard wasSet else {
            throw CommandFailure(.notFound, "nothing was set for \(platform.rawValue) \(name)")
        }
        call.output.show(["platform": .string(platform.rawValue), "budget": .string(name)]) {
            call.output.print("\(platform.rawValue) \(name): no longer set")
        }
        return .ok
    }
}
