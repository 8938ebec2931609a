/// One difference between two sets of arguments, or between two properties such as the type.
public struct TopologyDifference: Hashable, Sendable, CustomStringConvertible {
    public var name: String
    /// Nil when the broker has no such argument.
    public var live: ArgumentValue?
    /// Nil when `queues.yaml` asks for no such argument.
    public var wanted: ArgumentValue?

    public init(name: String, live: ArgumentValue?, wanted: ArgumentValue?) {
        self.name = name
        self.live = live
        self.wanted = wanted
    }

    public var description: String {
        switch (live, wanted) {
        case (nil, let wanted?): "\(name) is missing, wanted \(wanted)"
        case (let live?, nil): "\(name) is \(live), wanted none"
        case (let live?, let wanted?): "\(name) is \(live), wanted \(wanted)"
        case (nil, nil): name
        }
    }

    static func between(live: Arguments, wanted: Arguments) -> [TopologyDifference] {
        Set(live.keys).union(wanted.keys).sorted()
            .filter { live[$0] != wanted[$0] }
            .map { TopologyDifference(name: $0, live: live[$0], wanted: wanted[$0]) }
    }
}

/// One step from the live broker to the wanted topology.
public enum TopologyChange: Hashable, Sendable {
    case createExchange(ExchangeDefinition)
    /// Delete and declare again, because an exchange's arguments cannot change.
    case recreateExchange(ExchangeDefinition, [TopologyDifference])
    case setPolicy(PolicyDefinition, [TopologyDifference])
    case createQueue(QueueDefinition)
    /// Delete the empty queue and declare it again, because a queue's arguments cannot change.
    case recreateQueue(QueueDefinition, [TopologyDifference])
    case bind(BindingDefinition)
    case unbind(BindingDefinition)
    case deletePolicy(String)
    case deleteQueue(String)
    case deleteExchange(String)
    case setPermissions(PermissionDefinition, [TopologyDifference])
    /// Not possible in place; the text says what an operator can do.
    case cannotChange(TopologyObject, [TopologyDifference], advice: String)

    /// The queue that appears, which must not be trusted with messages at once.
    public var declaredQueue: String? {
        switch self {
        case .createQueue(let queue), .recreateQueue(let queue, _): queue.name
        default: nil
        }
    }

    /// Whether it takes something away.
    public var destroys: Bool {
        switch self {
        case .recreateExchange, .recreateQueue, .deletePolicy, .deleteQueue, .deleteExchange: true
        default: false
        }
    }
}

/// Something with a name on the broker.
public enum TopologyObject: Hashable, Sendable, CustomStringConvertible {
    case exchange(String)
    case queue(String)
    case policy(String)
    case user(String)

    public var description: String {
        switch self {
        case .exchange(let name): "exchange \(name)"
        case .queue(let name): "queue \(name)"
        case .policy(let name): "policy \(name)"
        case .user(let name): "user \(name)"
        }
    }
}

/// What has to happen so that a broker holds the wanted topology, in the order in which it is safe.
public struct TopologyPlan: Hashable, Sendable {
    public var changes: [TopologyChange]
    /// Parts with names of ours that `queues.yaml` no longer asks for. They stay until `--prune`.
    public var leftovers: [TopologyObject]

    public init(changes: [TopologyChange] = [], leftovers: [TopologyObject] = []) {
        self.changes = changes
        self.leftovers = leftovers
    }

    /// What cannot be done in place.
    public var impossible: [TopologyChange] {
        changes.filter { if case .cannotChange = $0 { true } else { false } }
    }

    /// What `apply` would do.
    public var possible: [TopologyChange] {
        changes.filter { if case .cannotChange = $0 { false } else { true } }
    }

    /// Nothing to do.
    public var isEmpty: Bool { changes.isEmpty }
}
