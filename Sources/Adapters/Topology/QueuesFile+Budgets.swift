internal import FleetCore
internal import YAML

/// The words for windows that `queues.yaml` knows.
private enum WindowWord: String, CaseIterable {
    case sliding, aligned, day, month
}

extension QueuesFile {
    /// `budgets:` holds platforms, each with rules by name.
    static func budgets(_ value: ValueReader) -> [BudgetPlan.Override] {
        value.entries { platform, rules -> [BudgetPlan.Override] in
            guard let name = PlatformName(rawValue: platform) else {
                rules.fault("names no platform")
                return []
            }
            return rules.entries { rule, value in value.mapping { override(name, rule, $0) } }
        }.flatMap(\.self)
    }

    private static func override(
        _ platform: PlatformName,
        _ name: String,
        _ reader: MappingReader
    ) -> BudgetPlan.Override {
        let subject = reader.choice("subject", default: BudgetRule.Subject.app)
        let unit = reader.choice("unit", default: BudgetRule.Unit.calls)
        let endpoint = reader.has("endpoint") ? reader.string("endpoint") : nil
        let limit = reader.has("limit") ? Int64(reader.integer("limit", in: 1...Int.max)) : nil
        let reserve = Int64(reader.integer("interactive_reserve_permille", in: 0...500, default: 20))
        let rule = BudgetRule(name, subject, endpoint: endpoint, unit: unit, limit: limit, window: window(reader))
        return BudgetPlan.Override(platform: platform, rule: rule, reserve: reserve)
    }

    private static func window(_ reader: MappingReader) -> BudgetRule.Window {
        let word = reader.choice("window", default: WindowWord.sliding)
        func length() -> Duration { reader.duration("length", in: .seconds(1) ... .seconds(32 * 86_400)) }
        switch word {
        case .sliding: return .sliding(length())
        case .aligned: return .aligned(length())
        case .day: return .day
        case .month: return .month
        }
    }
}
