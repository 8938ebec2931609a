public import FleetCore
internal import JSON

/// Carries out a plan on a live broker, one change after the other. Each change is idempotent: after a failure, plan and
/// apply again.
public struct TopologyApplier: Sendable {
    /// A quorum queue that is younger than this when its broker is killed may lose everything it confirmed.
    public static let settlingTime: Duration = .seconds(5)
    /// How long new queues may take to find a leader.
    public static let leaderTimeout: Duration = .seconds(60)

    private let api: ManagementAPI

    public init(_ api: ManagementAPI) { self.api = api }

    /// Makes every possible change of the plan in order, and tells each before it is made.
    /// - Throws: `ManagementError` at the first change that the broker refuses.
    public func apply(_ plan: TopologyPlan, told: (TopologyChange) -> Void = { _ in }) async throws(ManagementError) {
        for change in plan.possible {
            told(change)
            try await make(change)
        }
    }

    /// Waits until every new queue of a plan has a leader and all its members, and then until the last one is
    /// `settlingTime` old. Returns at once when the plan declared none.
    public func settle(_ plan: TopologyPlan, clock: some Clock<Duration> = ContinuousClock())
        async throws(ManagementError)
    {
        let names = Set(plan.possible.compactMap(\.declaredQueue))
        if names.isEmpty { return }
        let declared = clock.now
        while true {
            let waiting = try await queuesWithoutLeader(names)
            if waiting.isEmpty { break }
            guard declared.duration(to: clock.now) < Self.leaderTimeout else {
                throw ManagementError(
                    .refused,
                    "\(waiting.count) new queues have no leader after \(Self.leaderTimeout), for example \(waiting[0]): "
                        + "see the broker's log"
                )
            }
            try await pause(.milliseconds(250), clock)
        }
        try await pause(Self.settlingTime - declared.duration(to: clock.now), clock)
    }

    private func queuesWithoutLeader(_ names: Set<String>) async throws(ManagementError) -> [String] {
        let queues = try await api.get(
            ["queues", api.address.virtualHost],
            columns: "name,type,leader,members,online,arguments"
        )
        let ready = (queues.array ?? []).map(LiveQueue.init(live:)).filter { queue in
            !queue.members.isEmpty && queue.online.count == queue.members.count
                && (queue.leader != nil || queue.definition.type == "stream")
        }
        return names.subtracting(ready.map(\.name)).sorted()
    }

    private func pause(_ time: Duration, _ clock: some Clock<Duration>) async throws(ManagementError) {
        if time <= .zero { return }
        do { try await clock.sleep(for: time) } catch {
            throw ManagementError(.refused, "interrupted before the new queues were settled")
        }
    }

    private func make(_ change: TopologyChange) async throws(ManagementError) {
        let host = api.address.virtualHost
        switch change {
        case .createExchange(let exchange): try await declare(exchange)
        case .recreateExchange(let exchange, _):
            try await api.delete(["exchanges", host, exchange.name])
            try await declare(exchange)
        case .setPolicy(let policy, _): try await api.put(["policies", host, policy.name], policy.json())
        case .createQueue(let queue): try await declare(queue)
        case .recreateQueue(let queue, _):
            try await deleteEmpty(queue.name)
            try await declare(queue)
        case .bind(let binding): try await api.post(path(of: binding), binding.json())
        case .unbind(let binding): try await unbind(binding)
        case .deletePolicy(let name): try await api.delete(["policies", host, name])
        case .deleteQueue(let name): try await deleteEmpty(name)
        case .deleteExchange(let name): try await api.delete(["exchanges", host, name])
        case .setPermissions(let permission, _):
            try await api.put(["permissions", host, permission.user], permission.json())
        case .cannotChange: break
        }
    }

    private func declare(_ exchange: ExchangeDefinition) async throws(ManagementError) {
        try await api.put(["exchanges", api.address.virtualHost, exchange.name], exchange.json())
    }

    private func declare(_ queue: QueueDefinition) async throws(ManagementError) {
        try await api.put(["queues", api.address.virtualHost, queue.name], queue.json())
    }

    /// Quorum queues know no `if-empty`, so emptiness is looked at just before. The plan has taken the bindings away by
    /// then, or nobody consumes.
    private func deleteEmpty(_ name: String) async throws(ManagementError) {
        let path = ["queues", api.address.virtualHost, name]
        guard let queue = try await api.getIfAllowed(path) else { return }
        let live = LiveQueue(live: queue)
        guard live.messages == 0, (live.consumers ?? 0) == 0 else {
            throw ManagementError(
                .refused,
                "queue \(name) is not deleted: it is no longer empty and unused; plan again"
            )
        }
        try await api.delete(path)
    }

    private func unbind(_ binding: BindingDefinition) async throws(ManagementError) {
        let found = try await api.get(path(of: binding)).array ?? []
        for entry in found where BindingDefinition(live: entry) == binding {
            guard let key = entry["properties_key"]?.string else { continue }
            try await api.delete(path(of: binding) + [key])
        }
    }

    private func path(of binding: BindingDefinition) -> [String] {
        let start = ["bindings", api.address.virtualHost, "e", binding.source]
        switch binding.destination {
        case .queue(let name): return start + ["q", name]
        case .exchange(let name): return start + ["e", name]
        }
    }
}
