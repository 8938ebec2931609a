/// A value of an exchange's, queue's, binding's or policy's argument.
public enum ArgumentValue: Hashable, Sendable, CustomStringConvertible {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    /// Something that our own topology never uses (a list, a table, a fraction), as JSON text.
    case other(String)

    public var description: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .boolean(let flag): String(flag)
        case .other(let text): text
        }
    }

    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    public var string: String? { if case .string(let text) = self { text } else { nil } }
}

/// Arguments by name.
public typealias Arguments = [String: ArgumentValue]

/// An exchange as it should be, or as it is on a broker.
public struct ExchangeDefinition: Hashable, Sendable {
    public var name: String
    /// `direct`, `fanout`, `topic`, or a plugin's type.
    public var type: String
    public var durable: Bool
    public var arguments: Arguments

    public init(name: String, type: String, durable: Bool = true, arguments: Arguments = [:]) {
        self.name = name
        self.type = type
        self.durable = durable
        self.arguments = arguments
    }
}

/// A queue as it should be, or as it is on a broker. The type is the argument `x-queue-type`.
public struct QueueDefinition: Hashable, Sendable {
    public var name: String
    public var durable: Bool
    public var autoDelete: Bool
    public var arguments: Arguments

    public init(name: String, durable: Bool = true, autoDelete: Bool = false, arguments: Arguments) {
        self.name = name
        self.durable = durable
        self.autoDelete = autoDelete
        self.arguments = arguments
    }

    /// `quorum`, `stream` or `classic`.
    public var type: String { arguments["x-queue-type"]?.string ?? "classic" }
}

/// A binding from an exchange to a queue or to another exchange.
public struct BindingDefinition: Hashable, Sendable {
    public enum Destination: Hashable, Sendable {
        case queue(String)
        case exchange(String)

        public var name: String {
            switch self {
            case .queue(let name), .exchange(let name): name
            }
        }
    }

    public var source: String
    public var destination: Destination
    public var routingKey: String
    public var arguments: Arguments

    public init(source: String, destination: Destination, routingKey: String, arguments: Arguments = [:]) {
        self.source = source
        self.destination = destination
        self.routingKey = routingKey
        self.arguments = arguments
    }
}

/// A policy: settings that may change on a live queue.
public struct PolicyDefinition: Hashable, Sendable {
    public var name: String
    /// A regular expression over names.
    public var pattern: String
    /// `queues`, `exchanges` or `all`: the only values that every supported broker takes.
    public var appliesTo: String
    public var priority: Int64
    public var definition: Arguments

    public init(name: String, pattern: String, appliesTo: String, priority: Int64, definition: Arguments) {
        self.name = name
        self.pattern = pattern
        self.appliesTo = appliesTo
        self.priority = priority
        self.definition = definition
    }
}

/// What a broker user may do in the virtual host, as three regular expressions over names.
public struct PermissionDefinition: Hashable, Sendable {
    public var user: String
    public var configure: String
    public var write: String
    public var read: String

    public init(user: String, configure: String, write: String, read: String) {
        self.user = user
        self.configure = configure
        self.write = write
        self.read = read
    }
}

/// Everything that should exist on a broker of one version, in the order in which it is safe to create it.
public struct TopologyDefinitions: Hashable, Sendable {
    public var exchanges: [ExchangeDefinition]
    public var policies: [PolicyDefinition]
    public var queues: [QueueDefinition]
    public var bindings: [BindingDefinition]
    public var permissions: [PermissionDefinition]
}
