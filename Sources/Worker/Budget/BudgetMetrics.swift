import FleetCore
import Platforms
import Runtime

/// Figures about limits. Budgets of accounts and workspaces have no series of their own.
enum BudgetMetrics {
    private static let registry = MetricsRegistry.standard
    private static let platforms = MetricLabel("platform", PlatformName.allCases.map(\.rawValue))
    private static let waits = registry.histogram(
        "flotilla_budget_wait_seconds",
        "How long calls waited in place for a limit.",
        bounds: Histogram.waiting,
        labels: [platforms]
    )
    private static let parked = registry.counter(
        "flotilla_budget_parked_total",
        "Calls that were put off for a limit.",
        labels: [platforms]
    )
    private static let refused = registry.counter(
        "flotilla_budget_refused_total",
        "Calls that a limit can never let go, such as one of money that is spent.",
        labels: [platforms]
    )

    static func waited(_ platform: PlatformName, _ time: Duration, _ verdict: BudgetDesk.Verdict) {
        waits[platform.rawValue].observe(time)
        switch verdict {
        case .admitted: break
        case .parked: parked[platform.rawValue].increment()
        case .refused: refused[platform.rawValue].increment()
        }
    }

    /// Shows what the governor knows of the budgets that the whole application shares.
    static func show(_ governor: BudgetGovernor, now: @escaping @Sendable () -> Instant) {
        func gauges(
            _ name: StaticString,
            _ help: StaticString,
            _ value: @escaping @Sendable (BudgetDesk.Figure) -> Double?
        ) {
            registry.gauges(name, help, labels: ["platform", "budget"]) {
                governor.figures.compactMap { figure in
                    value(figure).map { .init($0, labels: [figure.key.platform.rawValue, figure.label]) }
                }
            }
        }
        gauges("flotilla_budget_units_limit", "What may be used in a window.") { $0.limit.map(Double.init) }
        gauges("flotilla_budget_units_used", "Used or lent in the fleet, as last heard.") { Double($0.used) }
        gauges("flotilla_budget_reset_seconds", "Until calls that wait may go on.") { figure in
            figure.until.map { max(0, ($0 - now()).inSeconds) }
        }
        registry.gauges(
            "flotilla_breaker_open",
            "1 while an endpoint is tried with single calls only.",
            labels: ["platform"]
        ) {
            governor.openBreakers.map { .init(Double($0.value), labels: [$0.key.rawValue]) }
        }
    }
}
