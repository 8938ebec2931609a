import Adapters
import Configuration
import FleetCore
import JSON
import Platforms

/// What the fleet knows of every budget at one moment.
struct BudgetBoard {
    /// One budget: a rule, and whose calls are counted under it.
    struct Row {
        var key: BudgetKey
        var terms: BudgetTerms
        var ledger: BudgetLedger

        var name: String { key.endpoint.isEmpty ? key.rule : "\(key.rule):\(key.endpoint)" }

        func status(at now: Instant) -> String {
            if let until = ledger.blockedUntil, until > now {
                return "refused, again \(Words.relative(until, now: now))"
            }
            guard let limit = ledger.limit(terms) else {
                return ledger.percent.map { "the platform says \($0) %" } ?? "the platform says when"
            }
            return ledger.used(terms, at: now) >= limit ? "used up" : "open"
        }
    }

    var rows: [Row]
    var breakers: [BudgetDesk.Endpoint: CircuitBreaker.Opening]

    /// The rules in force: the platforms' own, those of `queues.yaml`, and those that were set.
    static func terms(_ call: CommandCall, _ store: BudgetStore) async throws -> [PlatformName: [BudgetTerms]] {
        let plan = BudgetPlan(
            defaults: Dictionary(uniqueKeysWithValues: PlatformRegistry.all.map { ($0.name, $0.limits) })
        )
        let base = try TopologyCommands.topology(call).specification.budgets
        return plan.terms(base + (try await store.overrides()))
    }

    static func read(_ call: CommandCall, platform: PlatformName?, limit: Int) async throws -> BudgetBoard {
        try await call.withPool { pool in
            let store = BudgetStore(pool: pool)
            let terms = try await terms(call, store)
            var rows = try await store.ledgers(platform: platform, limit: limit).compactMap { key, ledger -> Row? in
                terms[key.platform]?.first { $0.rule.name == key.rule }.map {
                    Row(key: key, terms: $0, ledger: ledger)
                }
            }
            // A budget that nobody has used yet is open as a whole.
            let seen = Set(rows.map(\.key))
            for (name, list) in terms where platform == nil || platform == name {
                for terms in list where terms.rule.subject == .app && terms.rule.limit != nil {
                    let key = BudgetKey(name, rule: terms.rule.name)
                    guard terms.rule.endpoint != BudgetRule.eachEndpoint, !seen.contains(key) else { continue }
                    rows.append(Row(key: key, terms: terms, ledger: BudgetLedger()))
                }
            }
            rows.sort { ($0.key.subject.isEmpty ? 0 : 1, $0.key) < ($1.key.subject.isEmpty ? 0 : 1, $1.key) }
            let news = try await store.exchange(since: call.now, at: call.now)
            return BudgetBoard(rows: rows, breakers: news.breakers)
        }
    }
}
