import AMQP
import Adapters
import FleetCore
import Platforms
import Runtime

/// Looks at what the work queues hold, while this process leads, and says how old it is, how long it will take, and how many
/// workers could help: on the admin port and in the database.
struct WorkloadKeeper: Service {
    let name = "workload"
    let store: WorkloadStore
    let budgets: BudgetStore
    let topology: Topology
    let endpoint: Endpoint
    let target: Duration
    let leadership: Leadership
    let logger: Logger

    private static let turn = Duration.seconds(5)

    @concurrent
    func run() async {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            if leadership.epoch != nil {
                do {
                    // One connection for as long as it works: the broker pays for each new one.
                    try await withAdministration(endpoint, role: "dispatcher") { try await watch($0) }
                    attempt = 0
                } catch {
                    attempt += 1
                    logger.debug("queues cannot be looked at", ["error.message": .string("\(error)")])
                }
            }
            WorkloadMetrics.forget()
            let pause =
                attempt == 0 ? Duration.seconds(1) : Backoff.connection.delay(attempt: attempt, using: &generator)
            try? await Task.sleep(for: pause)
        }
    }

    private func watch(_ broker: Administration) async throws {
        while !Task.isCancelled, leadership.epoch != nil {
            try await look(broker)
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func look(_ broker: Administration) async throws {
        var seen: [WorkloadStore.Seen] = []
        for platform in topology.specification.platforms {
            for lane in topology.specification.lanes {
                guard let platform = PlatformName(rawValue: platform), let known = Lane(rawValue: lane.name),
                    let counts = try await broker.inspectQueue(topology.workQueue(platform: platform, lane: known))
                else { continue }
                seen.append(
                    .init(platform: platform, lane: known, ready: counts.ready, consumers: counts.consumers)
                )
            }
        }
        let loads = try await store.loads(seen)
        let demand = WorkerDemand(target: target, allowance: try await allowance())
        var concurrency: [Lane: Int] = [:]
        for lane in Lane.allCases { concurrency[lane] = topology.prefetch(lane: lane.rawValue) ?? 16 }
        for load in loads { WorkloadMetrics.note(load, concurrency: concurrency[load.lane] ?? 16) }
        for lane in Lane.allCases {
            let ofLane = loads.filter { $0.lane == lane }
            WorkloadMetrics.wanted(lane, demand.workers(for: ofLane, concurrency: concurrency[lane] ?? 16))
        }
        try await store.note(seen, loads, concurrency: concurrency)
    }

    /// Requests per second that each platform allows the whole application, by the tightest of its limits.
    private func allowance() async throws -> [PlatformName: Double] {
        let plan = BudgetPlan(
            defaults: Dictionary(uniqueKeysWithValues: PlatformRegistry.all.map { ($0.name, $0.limits) })
        )
        let terms = plan.terms(topology.specification.budgets + (try await budgets.overrides()))
        return terms.compactMapValues { terms in
            terms.filter { $0.rule.subject == .app && $0.rule.endpoint == nil }.compactMap(\.rule.rate).min()
        }
    }
}

/// What the work queues hold, as metrics of the leading dispatcher.
enum WorkloadMetrics {
    private static let registry = MetricsRegistry.standard
    private static let platform = MetricLabel("platform", PlatformName.allCases.map(\.rawValue))
    private static let lane = MetricLabel("lane", Lane.allCases.map(\.rawValue))
    private static let jobs = registry.gauge(
        "flotilla_jobs",
        "Jobs in work queues and in workers' hands.",
        labels: [platform, lane, MetricLabel("state", ["ready", "in_hand"])]
    )
    private static let age = registry.gauge(
        "flotilla_job_age_seconds_max",
        "How long the oldest job has waited in its work queue.",
        labels: [platform, lane]
    )
    private static let remaining = registry.gauge(
        "flotilla_work_remaining_seconds",
        "How long one worker would be busy with what is in a work queue and in hand.",
        labels: [platform, lane]
    )
    private static let replicas = registry.gauge(
        "flotilla_replicas_wanted",
        "Workers that would be done in the time aimed at, no more than the platforms' budgets feed.",
        labels: [lane]
    )

    static func note(_ load: QueueLoad, concurrency: Int) {
        let (platform, lane) = (load.platform.rawValue, load.lane.rawValue)
        jobs[platform, lane, "ready"].set(load.ready)
        jobs[platform, lane, "in_hand"].set(load.inHand)
        age[platform, lane].set(load.oldest / .seconds(1))
        remaining[platform, lane].set(load.remaining(concurrency: concurrency) / .seconds(1))
    }

    static func wanted(_ lane: Lane, _ workers: Int) { replicas[lane.rawValue].set(workers) }

    /// Whoever leads next says it.
    static func forget() {
        for lane in Lane.allCases {
            replicas[lane.rawValue].set(0)
            for platform in PlatformName.allCases {
                note(QueueLoad(platform: platform, lane: lane), concurrency: 1)
            }
        }
    }
}
