/// Compares the wanted topology with a live broker. Pure: the same two inputs give the same plan in the same order.
public struct TopologyPlanner: Sendable {
    public struct Options: Hashable, Sendable {
        /// Delete parts with names of ours that `queues.yaml` no longer asks for. Queues only when they are empty.
        public var prune = false
        /// Delete and declare again what cannot change in place. Queues only when they are empty and unused.
        public var recreate = false
        /// Also set the rights of each role's user.
        public var userPermissions = false

        public init(prune: Bool = false, recreate: Bool = false, userPermissions: Bool = false) {
            self.prune = prune
            self.recreate = recreate
            self.userPermissions = userPermissions
        }
    }

    public let topology: Topology
    public let options: Options

    public init(topology: Topology, options: Options = Options()) {
        self.topology = topology
        self.options = options
    }

    /// The plan for a broker; definitions are chosen for its version.
    public func plan(for live: BrokerSnapshot) -> TopologyPlan {
        let wanted = topology.definitions(for: live.version)
        var plan = TopologyPlan()
        var impossible: [TopologyChange] = []
        var recreated: Set<TopologyObject> = []
        for change in exchangeChanges(wanted, live) + policyChanges(wanted, live) + queueChanges(wanted, live) {
            switch change {
            case .cannotChange: impossible.append(change)
            case .recreateExchange(let exchange, _): recreated.insert(.exchange(exchange.name))
            case .recreateQueue(let queue, _): recreated.insert(.queue(queue.name))
            default: break
            }
            if !impossible.contains(change) { plan.changes.append(change) }
        }
        plan.changes += bindingChanges(wanted, live, recreated: recreated)
        addLeftovers(wanted, live, to: &plan, impossible: &impossible)
        if options.userPermissions { plan.changes += permissionChanges(wanted, live, impossible: &impossible) }
        plan.changes += impossible
        return plan
    }

    private func exchangeChanges(_ wanted: TopologyDefinitions, _ live: BrokerSnapshot) -> [TopologyChange] {
        let existing = Dictionary(live.exchanges.map { ($0.name, $0) }) { first, _ in first }
        return wanted.exchanges.compactMap { exchange in
            guard let found = existing[exchange.name] else { return .createExchange(exchange) }
            var differences = TopologyDifference.between(live: found.arguments, wanted: exchange.arguments)
            if found.type != exchange.type {
                differences.append(
                    TopologyDifference(name: "type", live: .string(found.type), wanted: .string(exchange.type))
                )
            }
            if found.durable != exchange.durable {
                differences.append(
                    TopologyDifference(
                        name: "durable",
                        live: .boolean(found.durable),
                        wanted: .boolean(exchange.durable)
                    )
                )
            }
            if differences.isEmpty { return nil }
            if options.recreate { return .recreateExchange(exchange, differences) }
            return .cannotChange(.exchange(exchange.name), differences, advice: Self.exchangeAdvice)
        }
    }

    private func queueChanges(_ wanted: TopologyDefinitions, _ live: BrokerSnapshot) -> [TopologyChange] {
        let existing = Dictionary(live.queues.map { ($0.name, $0) }) { first, _ in first }
        return wanted.queues.compactMap { queue in
            guard let found = existing[queue.name] else { return .createQueue(queue) }
            let differences = Self.differences(live: found.definition, wanted: queue)
            if differences.isEmpty { return nil }
            let idle = found.messages == 0 && (found.consumers ?? 0) == 0
            if options.recreate, idle { return .recreateQueue(queue, differences) }
            return .cannotChange(.queue(queue.name), differences, advice: queueAdvice(for: found, idle: idle))
        }
    }

    static func differences(live: QueueDefinition, wanted: QueueDefinition) -> [TopologyDifference] {
        var arguments = live.arguments
        // A queue declared under a virtual host's default type carries its type whether or not the argument was given.
        if arguments["x-queue-type"] == nil { arguments["x-queue-type"] = .string("classic") }
        var differences = TopologyDifference.between(live: arguments, wanted: wanted.arguments)
        if live.durable != wanted.durable {
            differences.append(
                TopologyDifference(name: "durable", live: .boolean(live.durable), wanted: .boolean(wanted.durable))
            )
        }
        if live.autoDelete != wanted.autoDelete {
            differences.append(
                TopologyDifference(
                    name: "auto-delete",
                    live: .boolean(live.autoDelete),
                    wanted: .boolean(wanted.autoDelete)
                )
            )
        }
        return differences
    }

    private func policyChanges(_ wanted: TopologyDefinitions, _ live: BrokerSnapshot) -> [TopologyChange] {
        let existing = Dictionary(live.policies.map { ($0.name, $0) }) { first, _ in first }
        return wanted.policies.compactMap { policy in
            guard let found = existing[policy.name] else { return .setPolicy(policy, []) }
            let differences = TopologyDifference.between(live: found.facts, wanted: policy.facts)
            return differences.isEmpty ? nil : .setPolicy(policy, differences)
        }
    }

    private func bindingChanges(
        _ wanted: TopologyDefinitions,
        _ live: BrokerSnapshot,
        recreated: Set<TopologyObject>
    ) -> [TopologyChange] {
        let existing = Set(live.bindings)
        let missing = wanted.bindings.filter { binding in
            !existing.contains(binding) || recreated.contains(.exchange(binding.source))
                || recreated.contains(.queue(binding.destination.name))
        }
        let expected = Set(wanted.bindings)
        let stray = live.bindings.filter { binding in
            guard !expected.contains(binding), topology.owns(exchange: binding.source) else { return false }
            switch binding.destination {
            case .queue(let name): return topology.owns(queue: name) && !recreated.contains(.queue(name))
            case .exchange(let name): return topology.owns(exchange: name) && !recreated.contains(.exchange(name))
            }
        }
        // Bindings of queues that are left over go with them, not before: jobs may still be on their way.
        let current = Set(wanted.queues.map(\.name)).union(wanted.exchanges.map(\.name))
        let wrong = stray.filter {
            options.prune || current.contains($0.destination.name) && current.contains($0.source)
        }
        return missing.map { .bind($0) } + wrong.sorted(by: BindingDefinition.inOrder).map { .unbind($0) }
    }

    private func addLeftovers(
        _ wanted: TopologyDefinitions,
        _ live: BrokerSnapshot,
        to plan: inout TopologyPlan,
        impossible: inout [TopologyChange]
    ) {
        let queueNames = Set(wanted.queues.map(\.name))
        let exchangeNames = Set(wanted.exchanges.map(\.name))
        let queues = live.queues.filter { topology.owns(queue: $0.name) && !queueNames.contains($0.name) }
            .sorted { $0.name < $1.name }
        let exchanges = live.exchanges.map(\.name).filter { topology.owns(exchange: $0) && !exchangeNames.contains($0) }
            .sorted()
        guard options.prune else {
            plan.leftovers = queues.map { .queue($0.name) } + exchanges.map { .exchange($0) }
            return
        }
        for queue in queues {
            if queue.messages == 0, (queue.consumers ?? 0) == 0 {
                plan.changes.append(.deleteQueue(queue.name))
            } else {
                impossible.append(.cannotChange(.queue(queue.name), [], advice: Self.notEmptyAdvice(queue)))
            }
        }
        plan.changes += exchanges.map { .deleteExchange($0) }
    }

    private func permissionChanges(
        _ wanted: TopologyDefinitions,
        _ live: BrokerSnapshot,
        impossible: inout [TopologyChange]
    ) -> [TopologyChange] {
        let existing = Dictionary(live.permissions.map { ($0.user, $0) }) { first, _ in first }
        var changes: [TopologyChange] = []
        for permission in wanted.permissions {
            if let users = live.users, !users.contains(permission.user) {
                impossible.append(.cannotChange(.user(permission.user), [], advice: Self.userAdvice(permission.user)))
                continue
            }
            let differences = TopologyDifference.between(
                live: existing[permission.user]?.facts ?? [:],
                wanted: permission.facts
            )
            if !differences.isEmpty { changes.append(.setPermissions(permission, differences)) }
        }
        return changes
    }
}
