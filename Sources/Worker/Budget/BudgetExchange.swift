import Adapters
import FleetCore
import Runtime
import Synchronization

/// Talks to the fleet's ledgers: with the rules in force, and at the fleet's time.
final class BudgetExchange: Sendable {
    /// What was heard.
    struct News {
        /// The rules, when they changed.
        var terms: [PlatformName: [BudgetTerms]]?
        var breakers: [BudgetDesk.Endpoint: CircuitBreaker.Opening]
        var probes: Set<BudgetDesk.Endpoint>
        var steered: [(key: BudgetKey, terms: BudgetTerms, until: Instant)]
    }

    private struct State {
        var overrides: [BudgetPlan.Override]
        var terms: [PlatformName: [BudgetTerms]]
        var heardUntil: Instant
        var sweepDue = Deadline(after: .seconds(600))
    }

    private let store: BudgetStore
    private let plan: BudgetPlan
    /// What `queues.yaml` says.
    private let base: [BudgetPlan.Override]
    private let now: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>

    init(
        store: BudgetStore,
        plan: BudgetPlan,
        base: [BudgetPlan.Override],
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        self.store = store
        self.plan = plan
        self.base = base
        self.now = now
        self.logger = logger
        state = Mutex(State(overrides: [], terms: plan.terms(base), heardUntil: now() - .seconds(86_400)))
    }

    var terms: [PlatformName: [BudgetTerms]] { state.withLock { $0.terms } }

    func decide(_ asks: [BudgetAsk]) async throws -> [BudgetAnswer] {
        let terms = terms
        return try await store.decide(
            asks,
            terms: { key in terms[key.platform]?.first { $0.rule.name == key.rule } },
            now: now
        )
    }

    /// Tells of breakers, and hears what every worker must know.
    func hear(
        openings: [BudgetDesk.Endpoint: CircuitBreaker.Opening?],
        probes: Set<BudgetDesk.Endpoint>
    ) async throws -> News {
        let time = now()
        let since = state.withLock { $0.heardUntil }
        let heard = try await store.exchange(openings: openings, probes: probes, since: since, at: time)
        let (terms, isChanged) = state.withLock { state in
            // Other workers' clocks may be a little behind.
            state.heardUntil = time - .seconds(5)
            let isChanged = state.overrides != heard.overrides
            if isChanged {
                state.overrides = heard.overrides
                state.terms = plan.terms(base + heard.overrides)
            }
            return (state.terms, isChanged)
        }
        if isChanged { logger.info("rules of budgets changed", ["count": .int(heard.overrides.count)]) }
        await sweep(at: time)
        return News(
            terms: isChanged ? terms : nil,
            breakers: heard.breakers,
            probes: heard.probes,
            steered: heard.steered.compactMap { steered in
                terms[steered.key.platform]?.first { $0.rule.name == steered.key.rule }.map {
                    (steered.key, $0, steered.until)
                }
            }
        )
    }

    private func sweep(at time: Instant) async {
        let isDue = state.withLock { state in
            guard state.sweepDue.isPast() else { return false }
            state.sweepDue = Deadline(after: .seconds(600))
            return true
        }
        if isDue { try? await store.sweep(at: time) }
    }

    /// The database cannot be asked: calls under a limit wait meanwhile.
    func failed(_ error: any Error) async {
        if Task.isCancelled { return }
        logger.warning("budgets cannot be asked for", ["error.message": .string("\(error)")])
        try? await Task.sleep(for: .milliseconds(200))
    }
}
