extension Topology {
    /// Everything to declare on a broker of this version.
    ///
    /// What identifies a queue or keeps messages safe is an argument, so that no policy can take it away; bounds, which an
    /// operator may want to move on a live queue, are policies.
    public func definitions(for version: BrokerVersion) -> TopologyDefinitions {
        TopologyDefinitions(
            exchanges: exchanges,
            policies: policies,
            queues: queues(for: version),
            bindings: bindings,
            permissions: permissions
        )
    }

    /// Targets first: an alternate exchange is there before the exchange that names it.
    private var exchanges: [ExchangeDefinition] {
        let parking: Arguments = ["alternate-exchange": .string(parkedExchange)]
        return [
            ExchangeDefinition(name: parkedExchange, type: "fanout"),
            ExchangeDefinition(name: jobsDeadExchange, type: "topic", arguments: parking),
            ExchangeDefinition(name: jobsBackExchange, type: "topic", arguments: parking),
        ] + retryLevels.map { ExchangeDefinition(name: $0.exchange, type: "fanout") } + [
            ExchangeDefinition(name: resultsExchange, type: "direct"),
            ExchangeDefinition(name: changesExchange, type: "topic"),
            ExchangeDefinition(name: ingestExchange, type: "fanout"),
            ExchangeDefinition(name: suspectsExchange, type: "fanout"),
            // No alternate exchange: it would count as a route, and the publisher would never hear of a lost job.
            ExchangeDefinition(name: jobsExchange, type: "topic"),
        ]
    }

    private func queues(for version: BrokerVersion) -> [QueueDefinition] {
        let unlimited = Self.noDeliveryLimit(version)
        return [
            // Nothing may leave these two by itself. A length limit would stop dead lettering or lose its oldest part,
            // a delivery limit would let somebody who looks at a dead letter delete it.
            QueueDefinition(name: parkedQueue, arguments: Self.quorum.merging(unlimited) { $1 }),
            QueueDefinition(name: deadQueue, arguments: Self.quorum.merging(unlimited) { $1 }),
            // No delivery limit: what comes back from a worker that was killed has not been tried.
            QueueDefinition(name: suspectsQueue, arguments: Self.quorum.merging(unlimited) { $1 }),
        ] + retryLevels.map { ladderQueue($0, unlimited) }
            + resultQueues.map { resultQueueDefinition($0, unlimited) } + [
                ingestQueueDefinition(unlimited),
                QueueDefinition(
                    name: changesQueue,
                    arguments: [
                        "x-queue-type": .string("stream"),
                        "x-queue-leader-locator": .string("balanced"),
                        "x-max-age": .string(DelayText.format(specification.changesMaximumAge)),
                        "x-max-length-bytes": .integer(specification.changesMaximumBytes),
                        // Retention drops whole segments; small ones keep close to the bounds.
                        "x-stream-max-segment-size-bytes": .integer(
                            Swift.min(specification.changesMaximumBytes / 2, 64 << 20)
                        ),
                    ]
                ),
            ]
            + specification.platforms.flatMap { platform in
                specification.lanes.map { workQueueDefinition(platform: platform, lane: $0.name) }
            }
    }

    private func workQueueDefinition(platform: String, lane: String) -> QueueDefinition {
        let own: Arguments = [
            "x-delivery-limit": .integer(specification.deliveryLimit),
            "x-dead-letter-exchange": .string(jobsDeadExchange),
            "x-dead-letter-routing-key": .string(deadRoutingKey(platform: platform, cause: Self.crashedCause)),
        ]
        return QueueDefinition(
            name: workQueue(platform: platform, lane: lane),
            arguments: Self.quorum.merging(Self.safe) { $1 }.merging(own) { $1 }
        )
    }

    /// No dead-letter key: the job returns with the routing key it was published with.
    private func ladderQueue(_ level: RetryLevel, _ unlimited: Arguments) -> QueueDefinition {
        let own: Arguments = [
            "x-message-ttl": .integer(level.delay.components.seconds * 1000),
            "x-dead-letter-exchange": .string(jobsBackExchange),
        ]
        return QueueDefinition(
            name: level.queue,
            arguments: Self.quorum.merging(Self.safe) { $1 }.merging(own) { $1 }.merging(unlimited) { $1 }
        )
    }

    /// No delivery limit. An aggregator prefetches hundreds of results, and each of its crashes returns all of them: a limit
    /// of five would take good results out of the queue after the sixth kill. The dead-letter exchange is for a result that
    /// an aggregator refuses by hand, so that refusing never means losing.
    private func resultQueueDefinition(_ name: String, _ unlimited: Arguments) -> QueueDefinition {
        let own: Arguments = [
            "x-single-active-consumer": .boolean(true),
            "x-dead-letter-exchange": .string(jobsDeadExchange),
            "x-dead-letter-routing-key": .string(deadRoutingKey(platform: "results", cause: "rejected")),
        ]
        return QueueDefinition(
            name: name,
            arguments: Self.quorum.merging(Self.safe) { $1 }.merging(own) { $1 }.merging(unlimited) { $1 }
        )
    }

    /// What other services push. Refused messages are published to the dead letters with their cause; the dead-letter
    /// exchange is for what an aggregator cannot even read.
    private func ingestQueueDefinition(_ unlimited: Arguments) -> QueueDefinition {
        let own: Arguments = [
            "x-dead-letter-exchange": .string(jobsDeadExchange),
            "x-dead-letter-routing-key": .string(deadRoutingKey(platform: "ingest", cause: "rejected")),
        ]
        return QueueDefinition(
            name: ingestQueue,
            arguments: Self.quorum.merging(Self.safe) { $1 }.merging(own) { $1 }.merging(unlimited) { $1 }
        )
    }

    /// The doors come last: when `jobs` has its bindings, everything behind it is in place.
    private var bindings: [BindingDefinition] {
        var list = [
            BindingDefinition(source: parkedExchange, destination: .queue(parkedQueue), routingKey: ""),
            BindingDefinition(source: jobsDeadExchange, destination: .queue(deadQueue), routingKey: "#"),
        ]
        for level in retryLevels {
            list.append(BindingDefinition(source: level.exchange, destination: .queue(level.queue), routingKey: ""))
        }
        for shard in 0..<specification.resultShards {
            list.append(
                BindingDefinition(
                    source: resultsExchange,
                    destination: .queue(resultQueue(shard: shard)),
                    routingKey: resultRoutingKey(shard: shard)
                )
            )
        }
        list.append(BindingDefinition(source: suspectsExchange, destination: .queue(suspectsQueue), routingKey: ""))
        list.append(BindingDefinition(source: ingestExchange, destination: .queue(ingestQueue), routingKey: ""))
        list.append(BindingDefinition(source: changesExchange, destination: .queue(changesQueue), routingKey: "#"))
        for source in [jobsBackExchange, jobsExchange] {
            for platform in specification.platforms {
                for lane in specification.lanes {
                    list.append(
                        BindingDefinition(
                            source: source,
                            destination: .queue(workQueue(platform: platform, lane: lane.name)),
                            routingKey: routingKey(platform: platform, lane: lane.name)
                        )
                    )
                }
            }
        }
        return list
    }

    /// The policy that should apply to one of our queues; nil where none should.
    func policyName(forQueue name: String) -> String? {
        let stem =
            isWorkName(name)
            ? "flotilla-work"
            : isRetryName(name)
                ? "flotilla-retry"
                : isResultName(name) ? "flotilla-results" : name == ingestQueue ? "flotilla-ingest" : nil
        return stem.map { specification.prefix + $0 }
    }

    /// The patterns go by the shape of a name and not by the platforms of today, so that a queue that is left over keeps
    /// its bounds until it is gone.
    private var policies: [PolicyDefinition] {
        let jobs = Self.escaped(jobsExchange)
        let retry = Self.escaped(specification.prefix + specification.exchangeNames.retry)
        return [
            bounds("flotilla-work", "\(jobs)\\.[a-z0-9_-]+\\.[a-z0-9_-]+", specification.workBounds),
            bounds("flotilla-retry", "\(retry)\\.[0-9]+[smhd]", specification.retryBounds),
            bounds("flotilla-results", resultQueuePattern, specification.resultBounds),
            bounds("flotilla-ingest", Self.escaped(ingestQueue), specification.ingestBounds),
        ]
    }

    private func bounds(_ name: String, _ pattern: String, _ bounds: TopologySpecification.Bounds) -> PolicyDefinition {
        PolicyDefinition(
            name: specification.prefix + name,
            pattern: "^\(pattern)$",
            appliesTo: "queues",
            priority: 100,
            definition: ["max-length": .integer(bounds.messages), "max-length-bytes": .integer(bounds.bytes)]
        )
    }

    /// The cause that the broker gives to a job which came back from crashed workers too often.
    public static let crashedCause = "crashed"

    private static let quorum: Arguments = [
        "x-queue-type": .string("quorum"),
        // Without it all leaders sit on the node that this tool happened to talk to.
        "x-queue-leader-locator": .string("balanced"),
    ]

    /// Both or neither: with any other overflow behaviour the broker quietly falls back to at-most-once.
    private static let safe: Arguments = [
        "x-dead-letter-strategy": .string("at-least-once"),
        "x-overflow": .string("reject-publish"),
    ]

    private static func noDeliveryLimit(_ version: BrokerVersion) -> Arguments {
        version.hasDefaultDeliveryLimit ? ["x-delivery-limit": .integer(-1)] : [:]
    }
}
