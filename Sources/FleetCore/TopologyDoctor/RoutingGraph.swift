/// Where messages can go on a broker: by exchanges, bindings, alternate exchanges and dead lettering.
struct RoutingGraph: Sendable {
    private let exchanges: [String: ExchangeDefinition]
    private let outgoing: [String: [BindingDefinition]]
    private let incoming: [String: [BindingDefinition]]
    private let queues: [String: LiveQueue]
    private let policies: [PolicyDefinition]

    init(_ live: BrokerSnapshot) {
        exchanges = Dictionary(live.exchanges.map { ($0.name, $0) }) { first, _ in first }
        outgoing = Dictionary(grouping: live.bindings, by: \.source)
        incoming = Dictionary(grouping: live.bindings) { $0.destination.name }
        queues = Dictionary(live.queues.map { ($0.name, $0) }) { first, _ in first }
        policies = live.policies
    }

    /// The exchange that takes what this one cannot route, by argument or by a policy on exactly this name.
    func alternateExchange(of name: String) -> String? {
        if let argument = exchanges[name]?.arguments["alternate-exchange"]?.string { return argument }
        return policies.filter { $0.appliesTo != "queues" && Self.names($0.pattern, name) }
            .max { $0.priority < $1.priority }?
            .definition["alternate-exchange"]?.string
    }

    /// The queues that a message can reach from an exchange; a nil key stands for any.
    func queues(from exchange: String, key: String?) -> Set<String> {
        var seen: Set<String> = []
        return queues(from: exchange, key: key, seen: &seen)
    }

    private func queues(from exchange: String, key: String?, seen: inout Set<String>) -> Set<String> {
        if exchange.isEmpty { return key.map { queues[$0] == nil ? [] : [$0] } ?? [] }
        guard seen.insert(exchange).inserted, let type = exchanges[exchange]?.type else { return [] }
        var reached: Set<String> = []
        var routed = false
        for binding in outgoing[exchange] ?? [] where Self.matches(binding, type: type, key: key) {
            routed = true
            switch binding.destination {
            case .queue(let name): reached.insert(name)
            case .exchange(let name): reached.formUnion(queues(from: name, key: key, seen: &seen))
            }
        }
        if !routed || key == nil, let alternate = alternateExchange(of: exchange) {
            reached.formUnion(queues(from: alternate, key: key, seen: &seen))
        }
        return reached
    }

    /// The queues that dead letters of this queue can reach.
    func deadLetterTargets(of queue: LiveQueue) -> Set<String> {
        guard let exchange = queue.effective("dead-letter-exchange")?.string else { return [] }
        if let key = queue.effective("dead-letter-routing-key")?.string { return queues(from: exchange, key: key) }
        guard let keys = routingKeys(into: queue.name) else { return queues(from: exchange, key: nil) }
        return keys.reduce(into: []) { $0.formUnion(queues(from: exchange, key: $1)) }
    }

    /// The keys that messages in a queue carry, as far as its bindings tell; nil for any.
    private func routingKeys(into queue: String) -> Set<String>? {
        var keys: Set<String> = [queue]
        for binding in incoming[queue] ?? [] {
            let type = exchanges[binding.source]?.type
            guard type == "direct" || type == "topic", !binding.routingKey.contains(where: { $0 == "*" || $0 == "#" })
            else { return nil }
            keys.insert(binding.routingKey)
        }
        return keys
    }

    private static func matches(_ binding: BindingDefinition, type: String, key: String?) -> Bool {
        guard let key else { return true }
        switch type {
        case "direct": return binding.routingKey == key
        case "topic": return topic(binding.routingKey[...], matches: key[...])
        default: return true
        }
    }

    /// A topic exchange's pattern: `*` is one word, `#` any number of words.
    static func topic(_ pattern: Substring, matches key: Substring) -> Bool {
        topic(
            pattern.split(separator: ".", omittingEmptySubsequences: false)[...],
            matches: key.isEmpty ? [] : key.split(separator: ".", omittingEmptySubsequences: false)[...]
        )
    }

    private static func topic(_ pattern: ArraySlice<Substring>, matches key: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return key.isEmpty }
        if first == "#" {
            return topic(pattern.dropFirst(), matches: key)
                || (!key.isEmpty && topic(pattern, matches: key.dropFirst()))
        }
        guard let word = key.first else { return first.isEmpty && pattern.count == 1 }
        return (first == "*" || first == word) && topic(pattern.dropFirst(), matches: key.dropFirst())
    }

    /// Whether a policy's pattern names exactly this exchange. Only the forms that people write for one name are understood;
    /// a broker's regular expressions are richer.
    private static func names(_ pattern: String, _ name: String) -> Bool {
        let escaped = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
        return [".*", "^\(name)$", "^\(escaped)$", name, escaped, ""].contains(pattern)
    }
}
