import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla budgets rules`.
enum BudgetsRules {
    static let command = Command(
        "budgets rules",
        help: "The rules in force: what platforms publish, what queues.yaml says over it, and what was set over both.",
        example: "flotilla budgets rules --platform linkedin",
        options: [SharedOptions.anyPlatform]
    ) { call in
        let terms = try await call.withPool { try await BudgetBoard.terms(call, BudgetStore(pool: $0)) }
        let rules = PlatformName.allCases.flatMap { platform in
            (terms[platform] ?? []).map { (platform: platform, terms: $0) }
        }.filter { call[SharedOptions.anyPlatform] == nil || $0.platform == call[SharedOptions.anyPlatform] }
        var table = TextTable("platform", "budget", "of", "calls", ">limit", "unit", "window", ">reserve", "from")
        for (platform, terms) in rules {
            let rule = terms.rule
            table.add(
                platform.rawValue,
                rule.name,
                rule.subject.rawValue,
                rule.endpoint ?? "all",
                rule.limit.map { Words.number($0) } ?? "none",
                rule.unit.rawValue,
                rule.window.seconds > 0 ? "\(rule.window.kind) \(rule.window.seconds) s" : rule.window.kind,
                "\(terms.reserve / 10).\(terms.reserve % 10) %",
                terms.isSet ? "set" : "platform"
            )
        }
        let document: JSONValue = ["rules": .array(rules.map { item($0.platform, $0.terms) })]
        call.output.show(document) { table.print(on: call.output) }
        return .ok
    }

    private static func item(_ platform: PlatformName, _ terms: BudgetTerms) -> JSONValue {
        let rule = terms.rule
        return [
            "platform": .string(platform.rawValue), "budget": .string(rule.name),
            "of": .string(rule.subject.rawValue), "endpoint": .text(rule.endpoint),
            "limit": rule.limit.map { .int($0) } ?? .null, "unit": .string(rule.unit.rawValue),
            "window": .string(rule.window.kind), "window_seconds": .int(rule.window.seconds),
            "reserve_permille": .int(terms.reserve), "set": .bool(terms.isSet),
        ]
    }
}
