extension TopologyDoctor {
    /// A connection opened more often than this, per second, is churn; a fleet's connections live for days.
    static let churnThreshold = 5.0

    func queueStates() -> [Finding] {
        queues.compactMap { queue -> Finding? in
            if let state = queue.state, !["running", "idle", "flow"].contains(state) {
                return Finding(
                    .critical,
                    .queueDown,
                    at: "queue \(queue.name)",
                    "state is '\(state)'",
                    fix: revival(of: queue)
                )
            }
            if queue.definition.type == "quorum", !queue.members.isEmpty,
                queue.leader == nil || !queue.online.contains(queue.leader!)
            {
                return Finding(
                    .critical,
                    .queueDown,
                    at: "queue \(queue.name)",
                    "has no leader; \(queue.online.count) of \(queue.members.count) members answer",
                    fix: revival(of: queue)
                )
            }
            if queue.online.count < queue.members.count {
                let missing = queue.members.filter { !queue.online.contains($0) }
                return Finding(
                    .warning,
                    .queueDown,
                    at: "queue \(queue.name)",
                    "members do not answer: \(Self.few(missing))",
                    fix: "start the missing nodes"
                )
            }
            return nil
        }
    }

    /// A member whose node runs and that does not answer could not be restarted, and never will be.
    private func revival(of queue: LiveQueue) -> String {
        let running = Set(live.nodes.filter(\.running).map(\.name))
        let absent = queue.members.filter { !running.contains($0) }
        if !absent.isEmpty { return "start \(Self.few(absent)); a leader is chosen when a majority answers" }
        return "if it stays so (the broker's log says 'could not be restarted'): "
            + "rabbitmqctl delete_queue\(inVirtualHost) \(queue.name), then flotilla topology apply"
    }

    func waitingMessages() -> [Finding] {
        queues.compactMap { queue -> Finding? in
            guard let messages = queue.messages, messages > 0, queue.definition.type != "stream" else { return nil }
            if queue.name == topology.parkedQueue {
                return Finding(
                    .warning,
                    .parkedMessages,
                    at: "queue \(queue.name)",
                    "\(messages) messages",
                    fix: "flotilla topology plan shows what is missing; an aggregator moves them into the ledger"
                )
            }
            guard queue.consumers == 0, !topology.isRetryName(queue.name) else { return nil }
            return Finding(
                .warning,
                .noConsumer,
                at: "queue \(queue.name)",
                "\(messages) messages and no consumer",
                fix: "start \(consumerRole(of: queue.name)) for it"
            )
        }
    }

    private func consumerRole(of queue: String) -> String {
        topology.isWorkName(queue) ? "a worker" : topology.owns(queue: queue) ? "an aggregator" : "a consumer"
    }

    func consumers() -> [Finding] {
        let judged = Set(queues.map(\.name))
        return live.consumers.filter { judged.contains($0.queue) }.flatMap { consumer in
            var findings: [Finding] = []
            let subject = "queue \(consumer.queue)"
            if !consumer.acknowledges {
                findings.append(
                    Finding(
                        .critical,
                        .automaticAcknowledgement,
                        at: subject,
                        "consumer \(consumer.tag) takes without acknowledging",
                        fix: "consume with manual acknowledgement"
                    )
                )
            } else if consumer.prefetch == 0 {
                findings.append(
                    Finding(
                        .warning,
                        .unboundedPrefetch,
                        at: subject,
                        "consumer \(consumer.tag) has no prefetch limit",
                        fix: "set its prefetch to about its concurrency"
                    )
                )
            }
            if let lane = topology.specification.lanes.first(where: { consumer.queue.hasSuffix(".\($0.name)") }),
                topology.isWorkName(consumer.queue), consumer.prefetch > Int64(lane.prefetch) * 4
            {
                findings.append(
                    Finding(
                        .warning,
                        .unboundedPrefetch,
                        at: subject,
                        "consumer \(consumer.tag) has prefetch \(consumer.prefetch), queues.yaml says \(lane.prefetch)",
                        fix: "lower the consumer's prefetch, or raise lanes.\(lane.name).prefetch if it is meant"
                    )
                )
            }
            return findings
        }
    }

    func alarms() -> [Finding] {
        live.nodes.flatMap { node in
            var findings: [Finding] = []
            func found(_ severity: Finding.Severity, _ hazard: Hazard, _ detail: String, fix: String) {
                findings.append(Finding(severity, hazard, at: "node \(node.name)", detail, fix: fix))
            }
            if !node.running { found(.critical, .nodeDown, "is not running", fix: "start it") }
            if node.memoryAlarm {
                found(
                    .critical,
                    .resourceAlarm,
                    "memory alarm",
                    fix: "let consumers drain, give the node memory, or raise vm_memory_high_watermark"
                )
            }
            if node.diskAlarm {
                found(
                    .critical,
                    .resourceAlarm,
                    "disk alarm",
                    fix: "free disk space on the node, or lower disk_free_limit"
                )
            }
            if !node.partitions.isEmpty {
                found(
                    .critical,
                    .networkPartition,
                    "is cut off from \(Self.few(node.partitions))",
                    fix: "repair the network, then restart the smaller side"
                )
            }
            return findings
        }
    }

    func connections() -> [Finding] {
        var findings: [Finding] = []
        let blocked = live.connections.filter { $0.state == "blocked" || $0.state == "blocking" }
        if !blocked.isEmpty {
            findings.append(
                Finding(
                    .warning,
                    .blockedConnections,
                    at: "virtual host \(live.virtualHost)",
                    "\(blocked.count) blocked: \(Self.few(blocked.map(\.name)))",
                    fix: "clear the memory or disk alarm"
                )
            )
        }
        if let rate = live.connectionsPerSecond, rate > Self.churnThreshold {
            findings.append(
                Finding(
                    .warning,
                    .connectionChurn,
                    at: "broker",
                    "\(Int(rate.rounded())) connections opened per second",
                    fix: "find the client in the management page and let it keep its connection"
                )
            )
        }
        return findings
    }
}
