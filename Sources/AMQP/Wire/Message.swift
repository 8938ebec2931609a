/// A body and the properties that travel with it.
public struct Message: Sendable, Equatable {
    public var body: [UInt8]
    public var properties: Properties

    public init(body: [UInt8], properties: Properties = Properties()) {
        self.body = body
        self.properties = properties
    }
}

/// A message and where to publish it. It is always persistent, mandatory and confirmed.
public struct Outgoing: Sendable, Equatable {
    public var exchange: String
    public var routingKey: String
    public var message: Message

    public init(exchange: String, routingKey: String, message: Message) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.message = message
    }
}

/// What became of a published message.
public enum PublishOutcome: Sendable, Equatable {
    /// The broker has it on disk in every queue it was routed to.
    case accepted
    /// No queue wanted it, or it cannot be sent at all; nothing was stored.
    case returned(code: UInt16, reason: String)
    /// The broker could not take responsibility (a queue at its limit, for instance). It may be tried again.
    case refused
    /// It was sent, and no answer came: it may or may not be in the queue. Publishing it again under the same id is safe
    /// when its readers are idempotent.
    case unknown(reason: String)
}
