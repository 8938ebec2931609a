/// A body and the properties that travel with it.
public struct Message: Sendable, Equatable {
    public var body: [UInt8]
    public var properties: Properties

    public init(body: [UInt8], properties: Properties = Properties()) {
        self.body = body
        self.properties = properties
    }
}

/// The content properties of AMQP 0-9-1. Texts are at most 255 bytes; the delivery mode is not here because every message
/// that is sent is persistent.
public struct Properties: Sendable, Equatable {
    public var contentType: String?
    public var type: String?
    public var messageID: String?
    public var correlationID: String?
    public var headers: [Field] = []
    /// Seconds since 1970, UTC.
    public var timestamp: UInt64?
    public var priority: UInt8?
    /// The message's own time to live in milliseconds, as decimal text.
    public var expiration: String?
    public var contentEncoding: String?
    public var replyTo: String?
    public var userID: String?
    public var appID: String?
    /// A header table that is already encoded, sent instead of `headers`: lets a test send what no well-meaning client would.
    package var encodedHeaders: [UInt8]?

    public init(contentType: String? = nil, type: String? = nil, messageID: String? = nil, headers: [Field] = []) {
        self.contentType = contentType
        self.type = type
        self.messageID = messageID
        self.headers = headers
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
