/// A message that came from a queue and waits for its answer.
public struct Delivery: Sendable {
    /// The queue as it was named to the consumer.
    public let queue: String
    public let exchange: String
    public let routingKey: String
    /// Whether the broker may have delivered it before.
    public let redelivered: Bool
    public let properties: Properties
    public let body: [UInt8]
    public let token: DeliveryToken
}

/// A queue to read, and how many of its messages may be here without an answer.
public struct ConsumerQueue: Sendable, Equatable {
    public var name: String
    public var prefetch: UInt16
    /// Where to begin in a stream; nothing for other queues. A connection that was lost begins there again.
    public var offset: StreamOffset?

    /// A place in a stream.
    public enum StreamOffset: Sendable, Equatable {
        /// The oldest message that is still there.
        case first
        /// What comes from now on.
        case next
        /// Everything since a moment, in seconds since 1970; whole chunks, so something older may come first.
        case since(UInt64)
    }

    /// `prefetch` is at least 1: without a limit the broker would push the whole queue here.
    public init(name: String, prefetch: UInt16, offset: StreamOffset? = nil) {
        precondition(prefetch > 0, "a consumer without a prefetch limit would take the whole queue")
        precondition((1...255).contains(name.utf8.count), "a queue name has 1 to 255 bytes")
        self.name = name
        self.prefetch = prefetch
        self.offset = offset
    }
}

extension ConsumerQueue {
    /// The arguments of the subscription.
    var arguments: [Field] {
        switch offset {
        case nil: []
        case .first: [Field("x-stream-offset", "first")]
        case .next: [Field("x-stream-offset", "next")]
        case .since(let seconds): [Field("x-stream-offset", .timestamp(seconds))]
        }
    }
}
