/// What a broker looked like at one moment: everything that the planner and the doctor judge. Parts that the broker or the
/// user's rights did not show are nil.
public struct BrokerSnapshot: Hashable, Sendable {
    public var version: BrokerVersion
    public var virtualHost: String
    public var exchanges: [ExchangeDefinition]
    public var queues: [LiveQueue]
    public var bindings: [BindingDefinition]
    public var policies: [PolicyDefinition]
    public var permissions: [PermissionDefinition]
    /// Names of the users that exist; nil when not shown.
    public var users: Set<String>?
    /// Feature flags and whether each is enabled; nil when not shown.
    public var featureFlags: [String: Bool]?
    public var nodes: [LiveNode]
    public var consumers: [LiveConsumer]
    public var connections: [LiveConnection]
    /// Connections opened per second, over all virtual hosts.
    public var connectionsPerSecond: Double?
    /// Messages published here without `mandatory` that had no route and are gone, since the statistics began.
    public var droppedUnroutable: Int64?
    /// Addresses on which the broker accepts AMQP connections.
    public var listenerAddresses: [String]
    /// Whether this snapshot was taken from the broker's own machine.
    public var reachedOverLoopback: Bool
    /// Whether the user `guest` can log in with the password `guest`; nil when not tried.
    public var defaultPasswordWorks: Bool?

    public init(
        version: BrokerVersion,
        virtualHost: String,
        exchanges: [ExchangeDefinition] = [],
        queues: [LiveQueue] = [],
        bindings: [BindingDefinition] = [],
        policies: [PolicyDefinition] = [],
        permissions: [PermissionDefinition] = [],
        featureFlags: [String: Bool]? = nil
    ) {
        self.version = version
        self.virtualHost = virtualHost
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
        self.policies = policies
        self.permissions = permissions
        self.featureFlags = featureFlags
        self.nodes = []
        self.consumers = []
        self.connections = []
        self.listenerAddresses = []
        self.reachedOverLoopback = true
    }

    /// A broker on which exactly these definitions exist and nothing has happened yet.
    public init(version: BrokerVersion, virtualHost: String, holding definitions: TopologyDefinitions) {
        self.init(
            version: version,
            virtualHost: virtualHost,
            exchanges: definitions.exchanges,
            queues: definitions.queues.map { LiveQueue(definition: $0) },
            bindings: definitions.bindings,
            policies: definitions.policies,
            featureFlags: ["stream_queue": true, "quorum_queue": true]
        )
    }
}

/// A queue on a broker. Numbers are nil until the broker has gathered them, a few seconds after the declaration.
public struct LiveQueue: Hashable, Sendable {
    public var definition: QueueDefinition
    /// `running`, `down`, `minority`, `stopped`, …
    public var state: String?
    /// Nodes of the leader, all members and those that answer; empty for a classic queue.
    public var leader: String?
    public var members: [String]
    public var online: [String]
    public var messages: Int64?
    public var ready: Int64?
    public var unacknowledged: Int64?
    /// Dead letters that this queue still holds because no target took them.
    public var pendingDeadLetters: Int64?
    public var consumers: Int64?
    /// Made by its connection's own declaration and gone with it.
    public var exclusive: Bool
    /// The one policy that applies, and what policy and operator policy together set.
    public var policy: String?
    public var effectivePolicy: Arguments?

    public init(definition: QueueDefinition) {
        self.definition = definition
        members = []
        online = []
        exclusive = false
    }

    public var name: String { definition.name }
    public var arguments: Arguments { definition.arguments }

    /// The value in force for a setting such as `message-ttl`: the argument wins over the policy, except for bounds,
    /// where the broker takes the smaller one.
    public func effective(_ setting: String) -> ArgumentValue? {
        let argument = arguments["x-\(setting)"]
        let policy = effectivePolicy?[setting]
        if let left = argument?.integer, let right = policy?.integer, Self.smallerWins.contains(setting) {
            // A negative limit is no limit and does not cancel the other one.
            return .integer(left < 0 ? right : right < 0 ? left : min(left, right))
        }
        return argument ?? policy
    }

    private static let smallerWins: Set = [
        "message-ttl", "expires", "max-length", "max-length-bytes", "delivery-limit",
    ]

    /// Dead letters that wait for a target, also on brokers that do not count them by themselves.
    public var stuckDeadLetters: Int64 {
        if let pendingDeadLetters { return pendingDeadLetters }
        guard let messages, let ready, let unacknowledged else { return 0 }
        return max(0, messages - ready - unacknowledged)
    }
}

/// A node of the broker's cluster.
public struct LiveNode: Hashable, Sendable {
    public var name: String
    public var running: Bool
    public var memoryAlarm: Bool
    public var diskAlarm: Bool
    /// Nodes from which this one is cut off.
    public var partitions: [String]
    /// Bytes of its disk that are free, and at how many it stops publishers.
    public var diskFree: Int64?
    public var diskLimit: Int64?

    public init(
        name: String,
        running: Bool = true,
        memoryAlarm: Bool = false,
        diskAlarm: Bool = false,
        partitions: [String] = [],
        diskFree: Int64? = nil,
        diskLimit: Int64? = nil
    ) {
        self.name = name
        self.running = running
        self.memoryAlarm = memoryAlarm
        self.diskAlarm = diskAlarm
        self.partitions = partitions
        self.diskFree = diskFree
        self.diskLimit = diskLimit
    }
}

/// A consumer of a queue.
public struct LiveConsumer: Hashable, Sendable {
    public var queue: String
    public var tag: String
    /// Zero is no limit.
    public var prefetch: Int64
    public var acknowledges: Bool

    public init(queue: String, tag: String, prefetch: Int64, acknowledges: Bool = true) {
        self.queue = queue
        self.tag = tag
        self.prefetch = prefetch
        self.acknowledges = acknowledges
    }
}

/// A client's connection.
public struct LiveConnection: Hashable, Sendable {
    public var name: String
    /// `running`, `blocked`, `blocking`, `flow`, …
    public var state: String
    public var user: String
    /// What its program says of itself.
    public var version: String

    public init(name: String, state: String, user: String, version: String = "") {
        self.name = name
        self.state = state
        self.user = user
        self.version = version
    }
}
