/// Looks at a broker's snapshot and names every silent hazard that can be seen in it. Pure.
public struct TopologyDoctor: Sendable {
    public let topology: Topology
    public let live: BrokerSnapshot
    /// Also judge queues that do not belong to the fleet.
    public let everyQueue: Bool
    let graph: RoutingGraph

    public init(topology: Topology, live: BrokerSnapshot, everyQueue: Bool = false) {
        self.topology = topology
        self.live = live
        self.everyQueue = everyQueue
        graph = RoutingGraph(live)
    }

    /// All findings, worst first, then by hazard and place.
    public func examine() -> [Finding] {
        let checks: [() -> [Finding]] = [
            fallsBackToAtMostOnce, deadLettersAtMostOnce, deadLetterTargets, stuckDeadLetters, limitedTargets, cycles,
            deliveryLimits, deadQueueLimits, expiry, ladderTimes,
            unnoticedRoutes, droppedUnroutable, foreignBindings,
            queueTypes, queueArguments, displacedPolicies, drift,
            queueStates, waitingMessages, consumers,
            alarms, connections, access, version,
        ]
        let order = Dictionary(uniqueKeysWithValues: Hazard.allCases.enumerated().map { ($1, $0) })
        return checks.flatMap { $0() }.sorted {
            ($0.severity, order[$0.hazard]!, $0.subject, $0.detail) < (
                $1.severity, order[$1.hazard]!, $1.subject, $1.detail
            )
        }
    }

    /// The queues to judge: ours, or all that outlive their connection.
    var queues: [LiveQueue] {
        live.queues.filter { !$0.exclusive && (everyQueue || topology.owns(queue: $0.name)) }
    }

    func exchange(_ name: String) -> ExchangeDefinition? { live.exchanges.first { $0.name == name } }

    func queue(_ name: String) -> LiveQueue? { live.queues.first { $0.name == name } }

    /// ` -p NAME`, as the broker's own command line wants it.
    var inVirtualHost: String { live.virtualHost == "/" ? "" : " -p \(live.virtualHost)" }

    static let recreate = "flotilla topology apply --recreate (the queue must be empty and unused)"

    /// How to get rid of a setting, which depends on where it comes from.
    func removal(of setting: String, from queue: LiveQueue) -> String {
        if queue.arguments["x-\(setting)"] != nil || queue.policy == nil { return Self.recreate }
        return "rabbitmqctl clear_policy\(inVirtualHost) \(queue.policy ?? "")"
    }
}
