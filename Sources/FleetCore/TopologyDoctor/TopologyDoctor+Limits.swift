extension TopologyDoctor {
    /// Delivery limits that mean something else on this version.
    func deliveryLimits() -> [Finding] {
        queues.filter { $0.definition.type == "quorum" }.compactMap { queue -> Finding? in
            let given = [queue.arguments["x-delivery-limit"], queue.effectivePolicy?["delivery-limit"]]
            if let limit = given.compactMap({ $0?.integer }).first(where: { $0 < 0 }),
                !live.version.hasDefaultDeliveryLimit
            {
                return Finding(
                    .critical,
                    .deliveryLimitDestroys,
                    at: "queue \(queue.name)",
                    "delivery limit \(limit) on RabbitMQ \(live.version)",
                    fix: removal(of: "delivery-limit", from: queue)
                )
            }
            if queue.effective("delivery-limit") == nil, live.version.hasDefaultDeliveryLimit {
                return Finding(
                    .critical,
                    .defaultDeliveryLimit,
                    at: "queue \(queue.name)",
                    "no delivery limit on RabbitMQ \(live.version), so it is 20",
                    // In a policy -1 is not honoured by every 4.x (Particular/NServiceBus.RabbitMQ#1688).
                    fix: "\(Self.recreate); until then a policy with delivery-limit 100000"
                )
            }
            return nil
        }
    }

    /// Nothing may take messages out of the last two stations.
    func deadQueueLimits() -> [Finding] {
        [topology.deadQueue, topology.parkedQueue].compactMap(queue).flatMap { queue in
            ["delivery-limit", "max-length", "max-length-bytes", "message-ttl"].compactMap { setting -> Finding? in
                guard let value = queue.effective(setting)?.integer, value >= 0 else { return nil }
                return Finding(
                    .critical,
                    .deadQueueLimited,
                    at: "queue \(queue.name)",
                    "\(setting) is \(value)",
                    fix: removal(of: setting, from: queue)
                )
            }
        }
    }

    /// Times to live on queues whose messages must wait as long as it takes, and queues that delete themselves.
    func expiry() -> [Finding] {
        queues.flatMap { queue in
            var findings: [Finding] = []
            let last = queue.name == topology.deadQueue || queue.name == topology.parkedQueue
            if !last, !topology.isRetryName(queue.name), topology.owns(queue: queue.name),
                let time = queue.effective("message-ttl")
            {
                findings.append(
                    Finding(
                        .critical,
                        .messagesExpire,
                        at: "queue \(queue.name)",
                        "messages expire after \(time) ms",
                        fix: removal(of: "message-ttl", from: queue)
                    )
                )
            }
            if let time = queue.effective("expires") {
                findings.append(
                    Finding(
                        .critical,
                        .queueExpires,
                        at: "queue \(queue.name)",
                        "deleted after \(time) ms without use",
                        fix: removal(of: "expires", from: queue)
                    )
                )
            }
            return findings
        }
    }

    /// Each step of the ladder has one time to live for all its messages, and it is the one in its name.
    func ladderTimes() -> [Finding] {
        topology.retryLevels.compactMap { level -> Finding? in
            guard let queue = queue(level.queue) else { return nil }
            let wanted = level.delay.components.seconds * 1000
            let time = queue.effective("message-ttl")?.integer
            if time == wanted { return nil }
            let found = time.map { "time to live is \($0) ms" } ?? "no time to live"
            return Finding(
                .critical,
                .ladderWithoutTTL,
                at: "queue \(level.queue)",
                "\(found), wanted \(wanted) ms",
                // With the right argument in place it is a policy that shortens the time.
                fix: queue.arguments["x-message-ttl"]?.integer == wanted
                    ? "rabbitmqctl clear_policy\(inVirtualHost) \(queue.policy ?? "")" : Self.recreate
            )
        }
    }
}
