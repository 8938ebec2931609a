extension TopologyDoctor {
    func queueTypes() -> [Finding] {
        let wanted = Dictionary(
            topology.definitions(for: live.version).queues.map { ($0.name, $0.type) }
        ) { first, _ in first }
        return queues.flatMap { queue in
            var findings: [Finding] = []
            let type = queue.definition.type
            if let expected = wanted[queue.name], expected != type {
                findings.append(
                    Finding(
                        .critical,
                        .wrongType,
                        at: "queue \(queue.name)",
                        "is a \(type) queue, wanted \(expected)",
                        fix: Self.recreate
                    )
                )
            } else if type == "classic", everyQueue {
                findings.append(
                    Finding(
                        .note,
                        .wrongType,
                        at: "queue \(queue.name)",
                        "is a classic queue",
                        fix: "declare it as quorum"
                    )
                )
            }
            if queue.effectivePolicy?["ha-mode"] != nil {
                findings.append(
                    Finding(
                        .critical,
                        .wrongType,
                        at: "queue \(queue.name)",
                        "is mirrored by policy \(queue.policy ?? "")",
                        fix: "rabbitmqctl clear_policy\(inVirtualHost) \(queue.policy ?? "")"
                    )
                )
            }
            return findings
        }
    }

    func queueArguments() -> [Finding] {
        queues.flatMap { queue in
            queue.arguments.keys.sorted().compactMap { name -> Finding? in
                guard let since = KnownArguments.firstVersion(of: name, type: queue.definition.type) else {
                    return Finding(
                        .warning,
                        .unknownArgument,
                        at: "queue \(queue.name)",
                        "argument \(name) means nothing to a \(queue.definition.type) queue",
                        fix: Self.recreate
                    )
                }
                if since <= live.version { return nil }
                return Finding(
                    .warning,
                    .ignoredArgument,
                    at: "queue \(queue.name)",
                    "argument \(name) works from RabbitMQ \(since) on, this is \(live.version)",
                    fix: Self.recreate
                )
            }
        }
    }

    /// Our policies set bounds; a policy of somebody else with a higher priority takes them away.
    func displacedPolicies() -> [Finding] {
        queues.compactMap { queue -> Finding? in
            guard let wanted = topology.policyName(forQueue: queue.name), queue.effectivePolicy != nil,
                let policy = queue.policy, policy != wanted
            else { return nil }
            return Finding(
                .warning,
                .policyDisplaced,
                at: "queue \(queue.name)",
                "policy '\(policy)' applies instead of '\(wanted)'",
                fix: "rabbitmqctl clear_policy\(inVirtualHost) \(policy), or lower its priority"
            )
        }
    }

    /// Every difference from `queues.yaml`, as `plan` would show it.
    func drift() -> [Finding] {
        let plan = TopologyPlanner(topology: topology).plan(for: live)
        return plan.changes.map { change in
            let (subject, detail) = change.asDrift
            let fix: String =
                switch change {
                case .cannotChange(_, _, let advice): advice
                default: "flotilla topology apply"
                }
            return Finding(.warning, .drift, at: subject, detail, fix: fix)
        }
            + plan.leftovers.map {
                Finding(.note, .drift, at: "\($0)", "is not in queues.yaml", fix: "flotilla topology apply --prune")
            }
    }
}

/// The arguments that RabbitMQ gives a meaning to, by type of queue, and since when.
enum KnownArguments {
    static func firstVersion(of name: String, type: String) -> BrokerVersion? {
        common[name] ?? (type == "quorum" ? quorum : type == "stream" ? stream : classic)[name]
    }

    private static let old = BrokerVersion.oldestSupported
    private static let common: [String: BrokerVersion] = [
        "x-queue-type": old, "x-queue-leader-locator": old, "x-max-length-bytes": old,
    ]
    private static let both: [String: BrokerVersion] = [
        "x-expires": old, "x-message-ttl": old, "x-overflow": old, "x-max-length": old, "x-dead-letter-exchange": old,
        "x-dead-letter-routing-key": old, "x-single-active-consumer": old, "x-consumer-timeout": BrokerVersion(3, 12),
    ]
    private static let quorum = both.merging([
        "x-delivery-limit": old, "x-dead-letter-strategy": old, "x-quorum-initial-group-size": old,
        "x-quorum-target-group-size": BrokerVersion(3, 13), "x-delayed-retry-type": BrokerVersion(4, 3),
        "x-delayed-retry-min": BrokerVersion(4, 3), "x-delayed-retry-max": BrokerVersion(4, 3),
    ]) { first, _ in first }
    private static let classic = both.merging([
        "x-max-priority": old, "x-queue-mode": old, "x-queue-version": old, "x-queue-master-locator": old,
    ]) { first, _ in first }
    private static let stream: [String: BrokerVersion] = [
        "x-max-age": old, "x-stream-max-segment-size-bytes": old, "x-initial-cluster-size": old,
        "x-stream-filter-size-bytes": BrokerVersion(3, 13),
    ]
}

extension TopologyChange {
    /// The change read backwards: what is wrong now.
    var asDrift: (subject: String, detail: String) {
        func list(_ differences: [TopologyDifference]) -> String {
            differences.map(\.description).joined(separator: "; ")
        }
        switch self {
        case .createExchange(let exchange): return ("exchange \(exchange.name)", "is missing")
        case .createQueue(let queue): return ("queue \(queue.name)", "is missing")
        case .bind(let binding): return ("binding \(binding)", "is missing")
        case .unbind(let binding): return ("binding \(binding)", "is not in queues.yaml")
        case .setPolicy(let policy, let differences):
            return ("policy \(policy.name)", differences.isEmpty ? "is missing" : list(differences))
        case .setPermissions(let permission, let differences): return ("user \(permission.user)", list(differences))
        case .recreateExchange(let exchange, let differences): return ("exchange \(exchange.name)", list(differences))
        case .recreateQueue(let queue, let differences): return ("queue \(queue.name)", list(differences))
        case .deletePolicy(let name): return ("policy \(name)", "is not in queues.yaml")
        case .deleteQueue(let name): return ("queue \(name)", "is not in queues.yaml")
        case .deleteExchange(let name): return ("exchange \(name)", "is not in queues.yaml")
        case .cannotChange(let object, let differences, _): return ("\(object)", list(differences))
        }
    }
}
