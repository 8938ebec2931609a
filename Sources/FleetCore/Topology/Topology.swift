/// The names of everything the fleet has on the broker. Made from `queues.yaml`; no other place knows a name.
///
/// What each part is for is in `docs/topology.md`; what is declared for it, argument by argument, in ``definitions(for:)``.
public struct Topology: Hashable, Sendable {
    /// One step of the retry ladder.
    public struct RetryLevel: Hashable, Sendable {
        public var delay: Duration
        /// The delay as it appears in names: `15m`.
        public var label: String
        /// Publish here, with the job's own routing key, to see the job again after the delay.
        public var exchange: String
        public var queue: String
    }

    public let specification: TopologySpecification
    /// Shortest delay first.
    public let retryLevels: [RetryLevel]

    /// The specification must be free of faults (`specification.faults()`).
    public init(_ specification: TopologySpecification = .standard) {
        self.specification = specification
        let stem = specification.prefix + specification.exchangeNames.retry
        retryLevels = specification.retryDelays.map { delay in
            let label = DelayText.format(delay)
            return RetryLevel(delay: delay, label: label, exchange: "\(stem).\(label)", queue: "\(stem).\(label)")
        }
    }

    // MARK: Exchanges

    /// Publish jobs here with ``routingKey(platform:lane:)``.
    public var jobsExchange: String { named(specification.exchangeNames.jobs) }
    /// Where delayed jobs return to their work queue.
    public var jobsBackExchange: String { named(specification.exchangeNames.jobsBack) }
    /// Publish dead letters here with ``deadRoutingKey(platform:cause:)``.
    public var jobsDeadExchange: String { named(specification.exchangeNames.jobsDead) }
    /// Publish results here with ``resultRoutingKey(shard:)``.
    public var resultsExchange: String { named(specification.exchangeNames.results) }
    public var parkedExchange: String { named(specification.exchangeNames.parked) }
    /// Publish committed changes here.
    public var changesExchange: String { named(specification.exchangeNames.changes) }

    /// Where other services push readings; any routing key.
    public var ingestExchange: String { named(specification.exchangeNames.ingest) }

    /// Where jobs go that were in the hands of workers which died, under their own routing key.
    public var suspectsExchange: String { named(specification.exchangeNames.suspects) }

    /// The level with the shortest delay that is not below the wanted one; the longest level when none is long enough.
    public func retryLevel(for delay: Duration) -> RetryLevel {
        retryLevels.first { $0.delay >= delay } ?? retryLevels[retryLevels.count - 1]
    }

    /// The exchange of ``retryLevel(for:)``.
    public func retryExchange(for delay: Duration) -> String { retryLevel(for: delay).exchange }

    // MARK: Queues

    public func workQueue(platform: String, lane: String) -> String {
        "\(jobsExchange).\(platform).\(lane)"
    }

    public func workQueue(platform: some RawRepresentable<String>, lane: some RawRepresentable<String>) -> String {
        workQueue(platform: platform.rawValue, lane: lane.rawValue)
    }

    /// All work queues of a platform with the prefetch of their lane, in the order of the lanes.
    public func workQueues(platform: String) -> [(queue: String, prefetch: Int)] {
        specification.lanes.map { (workQueue(platform: platform, lane: $0.name), $0.prefetch) }
    }

    /// The platform whose work queue this is, or nil for any other queue.
    public func platform(ofWorkQueue queue: String) -> String? {
        specification.platforms.first { platform in
            specification.lanes.contains { workQueue(platform: platform, lane: $0.name) == queue }
        }
    }

    /// The routing key of the work queue of this name, or nil for any other queue.
    public func routingKey(ofWorkQueue queue: String) -> String? {
        for platform in specification.platforms {
            for lane in specification.lanes where workQueue(platform: platform, lane: lane.name) == queue {
                return routingKey(platform: platform, lane: lane.name)
            }
        }
        return nil
    }

    public func resultQueue(shard: Int) -> String {
        precondition((0..<specification.resultShards).contains(shard), "no such result shard")
        return "\(resultsExchange).\(shard)"
    }

    /// All result queues, by shard.
    public var resultQueues: [String] { (0..<specification.resultShards).map(resultQueue(shard:)) }
    public var deadQueue: String { named(specification.queueNames.dead) }
    public var parkedQueue: String { named(specification.queueNames.parked) }
    public var ingestQueue: String { named(specification.queueNames.ingest) }
    /// Jobs that may have killed a worker: each is run apart from all others.
    public var suspectsQueue: String { named(specification.queueNames.suspects) }
    /// A stream: consumers read from an offset and leave the messages where they are.
    public var changesQueue: String { named(specification.queueNames.changes) }

    // MARK: Routing keys

    public func routingKey(platform: String, lane: String) -> String { "\(platform).\(lane)" }

    public func routingKey(platform: some RawRepresentable<String>, lane: some RawRepresentable<String>) -> String {
        routingKey(platform: platform.rawValue, lane: lane.rawValue)
    }

    /// A dead letter's routing key: the platform it belongs to and the cause of its death.
    public func deadRoutingKey(platform: String, cause: String) -> String { "\(platform).\(cause)" }

    /// The routing key of pushed readings, which tells them from jobs in the outbox: those have two words.
    public static let ingestRoutingKey = "ingest"

    /// The shard that holds an account's results.
    public func resultShard(account: Int64) -> Int {
        Int(account.magnitude % UInt64(specification.resultShards))
    }

    public func resultRoutingKey(shard: Int) -> String { String(shard) }

    /// The prefetch of a lane; nil when there is no such lane.
    public func prefetch(lane: String) -> Int? { specification.lanes.first { $0.name == lane }?.prefetch }

    private func named(_ name: String) -> String { specification.prefix + name }
}
