import FleetCore

/// Brokers and queues for tests about the topology; each test changes only what it is about.
enum Lab {
    static let old = BrokerVersion(3, 10, 8)
    static let new = BrokerVersion(4, 1, 0)
    static let topology = Topology()

    /// A broker that holds exactly what `queues.yaml` says and has been running for a while.
    static func healthy(_ version: BrokerVersion = old, _ topology: Topology = topology) -> BrokerSnapshot {
        var broker = BrokerSnapshot(version: version, virtualHost: "/", holding: topology.definitions(for: version))
        for index in broker.queues.indices {
            broker.queues[index].state = "running"
            broker.queues[index].members = ["rabbit@one"]
            broker.queues[index].online = ["rabbit@one"]
            broker.queues[index].leader = "rabbit@one"
            broker.queues[index].messages = 0
            broker.queues[index].consumers = 0
        }
        broker.nodes = [LiveNode(name: "rabbit@one")]
        return broker
    }

    static func examine(_ broker: BrokerSnapshot, everyQueue: Bool = false) -> [Finding] {
        TopologyDoctor(topology: topology, live: broker, everyQueue: everyQueue).examine()
    }

    /// The findings of one hazard on a broker that was healthy before `damage`.
    static func findings(
        _ hazard: Hazard,
        on version: BrokerVersion = old,
        after damage: (inout BrokerSnapshot) -> Void
    ) -> [Finding] {
        var broker = healthy(version)
        damage(&broker)
        return examine(broker).filter { $0.hazard == hazard }
    }
}

extension BrokerSnapshot {
    mutating func change(queue name: String, _ body: (inout LiveQueue) -> Void) {
        body(&queues[queues.firstIndex { $0.name == name }!])
    }

    mutating func change(exchange name: String, _ body: (inout ExchangeDefinition) -> Void) {
        body(&exchanges[exchanges.firstIndex { $0.name == name }!])
    }
}
