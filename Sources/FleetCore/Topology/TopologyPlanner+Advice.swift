extension TopologyPlanner {
    static let exchangeAdvice =
        "an exchange cannot change in place: stop the publishers and run `flotilla topology apply --recreate`"

    static func userAdvice(_ user: String) -> String {
        "no such user: create it with `rabbitmqctl add_user \(user)`, then apply again"
    }

    static func notEmptyAdvice(_ queue: LiveQueue) -> String {
        guard let messages = queue.messages else {
            return "the broker does not tell yet whether the queue is empty: try again in some seconds"
        }
        return
            "not deleted: it has \(messages) messages and \(queue.consumers ?? 0) consumers; let it drain and apply again"
    }

    func queueAdvice(for queue: LiveQueue, idle: Bool) -> String {
        let refused = "a queue's arguments cannot change"
        if idle { return "\(refused); it is empty and unused: `flotilla topology apply --recreate` declares it anew" }
        guard let messages = queue.messages else {
            return "\(refused), and the broker does not tell yet whether it is empty: try again in some seconds"
        }
        return "\(refused), and it has \(messages) messages and \(queue.consumers ?? 0) consumers: drain it and run "
            + "`flotilla topology apply --recreate`, or move to new names by another prefix"
    }
}

extension PolicyDefinition {
    /// Everything about the policy but its name, so that differences can be named one by one.
    var facts: Arguments {
        var facts = definition
        facts["pattern"] = .string(pattern)
        facts["apply-to"] = .string(appliesTo)
        facts["priority"] = .integer(priority)
        return facts
    }
}

extension PermissionDefinition {
    var facts: Arguments { ["configure": .string(configure), "write": .string(write), "read": .string(read)] }
}

extension BindingDefinition {
    /// A stable order: by source, destination and routing key.
    static func inOrder(_ left: BindingDefinition, _ right: BindingDefinition) -> Bool {
        (left.source, left.destination.name, left.routingKey) < (right.source, right.destination.name, right.routingKey)
    }
}
