import Adapters
import FleetCore
import Runtime
import Synchronization

/// Orders the renewal of credentials at half of their life, while this process leads, and counts how connections stand.
struct RefreshPlanner: Service {
    let name = "refreshes"
    let store: RefreshPlanStore
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(10)
    private static let batch = 500

    @concurrent
    func run() async {
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do {
                    let now = ProcessClock.isSimulated ? Instant(microseconds: ProcessClock.wallNow) : nil
                    let ordered = try await store.order(now: now, most: Self.batch)
                    if ordered > 0 { logger.info("token refreshes ordered", ["count": .int(ordered)]) }
                    for health in try await store.health(now: now) { RefreshMetrics.note(health) }
                    if ordered == Self.batch { continue }
                } catch {
                    logger.warning("token refreshes could not be ordered", ["error.message": .string("\(error)")])
                }
            }
            try? await Task.sleep(for: ProcessClock.waiting(Self.turn))
        }
    }
}

/// How connections stand, by platform.
enum RefreshMetrics {
    private static let platforms = MetricLabel("platform", PlatformName.allCases.map(\.rawValue))
    private static let expiring = MetricsRegistry.standard.gauge(
        "flotilla_tokens_expiring",
        "Connections that end within a week and that nothing renews in time.",
        labels: [platforms]
    )
    private static let broken = MetricsRegistry.standard.gauge(
        "flotilla_tokens_broken",
        "Connections whose user must reconnect.",
        labels: [platforms]
    )

    static func note(_ health: RefreshPlanStore.Health) {
        expiring[health.platform].set(Double(health.expiring))
        broken[health.platform].set(Double(health.broken))
    }
}
