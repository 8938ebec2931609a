extension TopologyChange: CustomStringConvertible {
    /// One line, or a few for details: `+` appears, `~` changes, `-` goes away, `!` cannot be done.
    public var description: String {
        switch self {
        case .createExchange(let exchange):
            "+ exchange \(exchange.name) (\(exchange.type))" + Self.list(exchange.arguments)
        case .recreateExchange(let exchange, let differences):
            "-+ exchange \(exchange.name), declared anew" + Self.list(differences)
        case .setPolicy(let policy, let differences):
            differences.isEmpty
                ? "+ policy \(policy.name) on \(policy.pattern)" + Self.list(policy.definition)
                : "~ policy \(policy.name)" + Self.list(differences)
        case .createQueue(let queue): "+ queue \(queue.name) (\(queue.type))" + Self.list(queue.arguments)
        case .recreateQueue(let queue, let differences):
            "-+ queue \(queue.name), declared anew" + Self.list(differences)
        case .bind(let binding): "+ binding \(binding)"
        case .unbind(let binding): "- binding \(binding)"
        case .deletePolicy(let name): "- policy \(name)"
        case .deleteQueue(let name): "- queue \(name)"
        case .deleteExchange(let name): "- exchange \(name)"
        case .setPermissions(let permission, let differences):
            "~ permissions of \(permission.user)" + Self.list(differences)
        case .cannotChange(let object, let differences, let advice):
            "! \(object)" + Self.list(differences) + "\n    \(advice)"
        }
    }

    private static func list(_ arguments: Arguments) -> String {
        arguments.sorted { $0.key < $1.key }.map { "\n    \($0.key) = \($0.value)" }.joined()
    }

    private static func list(_ differences: [TopologyDifference]) -> String {
        differences.map { "\n    \($0)" }.joined()
    }
}

extension BindingDefinition: CustomStringConvertible {
    public var description: String {
        let key = routingKey.isEmpty ? "" : " for \(routingKey)"
        switch destination {
        case .queue(let name): return "\(source) to queue \(name)\(key)"
        case .exchange(let name): return "\(source) to exchange \(name)\(key)"
        }
    }
}

extension TopologyPlan: CustomStringConvertible {
    /// The plan for people, ending on one line that sums it up.
    public var description: String {
        var lines = changes.map(\.description)
        lines += leftovers.map { "  \($0) is not in queues.yaml (kept; `--prune` removes it)" }
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    /// For example `3 changes, 1 of them destructive; 1 cannot be made`.
    public var summary: String {
        if isEmpty { return "nothing to do" }
        let count = possible.count
        var text = count == 1 ? "1 change" : "\(count) changes"
        let destructive = possible.count(where: \.destroys)
        if destructive > 0 { text += ", \(destructive) of them destructive" }
        if !impossible.isEmpty { text += "; \(impossible.count) cannot be made in place" }
        return text
    }
}
