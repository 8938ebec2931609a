public import AMQP
public import FleetCore

/// Change events as messages: CloudEvents in binary mode. There is no official binding to AMQP 0-9-1; the names are those of
/// the binding to AMQP 1.0, into which RabbitMQ translates headers.
public struct ChangeMessages: Sendable {
    /// What the binding puts before each attribute's name.
    public static let prefix = "cloudEvents_"

    private let exchange: String

    public init(topology: Topology) { exchange = topology.changesExchange }

    /// The message of an event for the `changes` exchange.
    public func message(_ event: ChangeEvent) -> Outgoing {
        var properties = Properties(
            contentType: "application/json",
            type: event.kind.rawValue,
            messageID: event.id,
            headers: event.attributes.map { Field(Self.prefix + $0.name, .string($0.value)) }
        )
        properties.timestamp = UInt64(clamping: event.time.seconds)
        properties.appID = "flotilla"
        return Outgoing(
            exchange: exchange,
            routingKey: event.routingKey,
            message: Message(body: event.data(), properties: properties)
        )
    }
}
