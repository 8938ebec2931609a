/// What `queues.yaml` says, as a value. ``standard`` equals the file in the repository; a test holds the two together.
public struct TopologySpecification: Hashable, Sendable {
    /// A lane of work: its name and how many unacknowledged jobs a worker holds in each of its queues.
    public struct Lane: Hashable, Sendable {
        public var name: String
        public var prefetch: Int

        public init(name: String, prefetch: Int) {
            self.name = name
            self.prefetch = prefetch
        }
    }

    /// Bounds of a group of queues. A queue that reaches one refuses further messages.
    public struct Bounds: Hashable, Sendable {
        public var messages: Int64
        public var bytes: Int64

        public init(messages: Int64, bytes: Int64) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    /// Names of the exchanges; `retry` is the stem of the ladder's names.
    public struct ExchangeNames: Hashable, Sendable {
        public var jobs = "jobs"
        public var jobsBack = "jobs.back"
        public var jobsDead = "jobs.dead"
        public var retry = "retry"
        public var results = "results"
        public var parked = "parked"
        public var changes = "changes"
        public var ingest = "ingest"
        public var suspects = "suspects"

        public init() {}
    }

    /// Names of the queues that are not made from platforms, lanes, delays or shards.
    public struct QueueNames: Hashable, Sendable {
        public var dead = "dead"
        public var parked = "parked"
        public var changes = "changes"
        public var ingest = "ingest"
        public var suspects = "suspects"

        public init() {}
    }

    /// The layout of the file; this code reads version 1.
    public var version = 1
    /// Put before every exchange, queue and policy name.
    public var prefix = ""
    public var platforms = PlatformName.allCases.map(\.rawValue)
    public var lanes = [
        Lane(name: "interactive", prefetch: 32), Lane(name: "normal", prefetch: 256), Lane(name: "bulk", prefetch: 64),
    ]
    /// How often a job may come back from a crashed worker before it becomes a dead letter.
    public var deliveryLimit: Int64 = 5
    public var workBounds = Bounds(messages: 2_000_000, bytes: 2 << 30)
    /// The ladder's delays, shortest first, whole seconds.
    public var retryDelays: [Duration] = [5, 15, 60, 300, 900, 3600, 21600].map { .seconds($0) }
    public var retryBounds = Bounds(messages: 1_000_000, bytes: 1 << 30)
    public var resultShards = 2
    /// How many results an aggregator holds unacknowledged per shard.
    public var resultPrefetch = 512
    public var resultBounds = Bounds(messages: 1_000_000, bytes: 2 << 30)
    /// How many pushed messages an aggregator holds unacknowledged.
    public var ingestPrefetch = 128
    public var ingestBounds = Bounds(messages: 1_000_000, bytes: 1 << 30)
    /// How long a committed change stays readable in the stream.
    public var changesMaximumAge: Duration = .seconds(3600)
    public var changesMaximumBytes: Int64 = 1 << 30
    public var exchangeNames = ExchangeNames()
    public var queueNames = QueueNames()
    /// The broker user of each role.
    public var users: [BrokerRole: String] = Dictionary(
        uniqueKeysWithValues: BrokerRole.allCases.map { ($0, "flotilla_\($0.rawValue)") }
    )

    /// Limits of platforms, in place of those that they publish or besides them.
    public var budgets: [BudgetPlan.Override] = []

    public init() {}

    /// What the repository's `queues.yaml` says.
    public static let standard = TopologySpecification()
}

/// The kinds of broker user, one per process, plus the one that applies the topology and one that may do nothing.
public enum BrokerRole: String, CaseIterable, Hashable, Sendable, Comparable {
    case dispatcher, worker, aggregator, gateway, topology, auditor

    public static func < (left: BrokerRole, right: BrokerRole) -> Bool { left.rawValue < right.rawValue }
}
