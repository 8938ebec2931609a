/// What the broker said, copied out of the library's memory.
enum Inbound {
    case delivery(channel: UInt16, tag: UInt64, redelivered: Bool, Content)
    /// An unroutable mandatory message comes back; its confirm follows.
    case returned(channel: UInt16, code: UInt16, reason: String, Content)
    case accepted(channel: UInt16, tag: UInt64, multiple: Bool)
    case refused(channel: UInt16, tag: UInt64, multiple: Bool)
    case blocked(reason: String)
    case unblocked
    /// The broker ended a consumer: its queue was deleted or lost its leader.
    case consumerCancelled(channel: UInt16, tag: String, answerWanted: Bool)
    case channelClosed(channel: UInt16, code: UInt16, reason: String)
    case connectionClosed(code: UInt16, reason: String)
    /// The broker answered our `connection.close`: nothing follows.
    case goodbye
    case answer(channel: UInt16, Answer)
}

/// The broker's answer to a request of ours.
enum Answer: Equatable {
    case channelOpened, channelClosed, confirmsOn, prefetchSet
    case consuming, consumerCancelled
    case exchangeDeclared, exchangeDeleted, exchangeBound, exchangeUnbound
    case queueDeclared(name: String, ready: UInt32, consumers: UInt32)
    case queueBound, queueUnbound
    case queueDeleted(messages: UInt32), queuePurged(messages: UInt32)
}

/// A whole message as it came, before it is known whom it is for.
struct Content {
    var exchange: String
    var routingKey: String
    var properties = Properties()
    var body: [UInt8] = []
}

/// Puts the frames of one channel's content together: method, then header, then body frames until the size is reached.
struct ContentAssembly {
    enum Kind {
        case delivery(tag: UInt64, redelivered: Bool)
        case returned(code: UInt16, reason: String)
    }

    let channel: UInt16
    let kind: Kind
    var content: Content
    private var missing: UInt64?

    init(channel: UInt16, kind: Kind, content: Content) {
        self.channel = channel
        self.kind = kind
        self.content = content
    }

    /// False when a header was not due.
    mutating func took(_ properties: Properties, size: UInt64) -> Bool {
        guard missing == nil else { return false }
        content.properties = properties
        missing = size
        return true
    }

    /// False when a body frame was not due, or is longer than announced.
    mutating func took(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let due = missing, UInt64(bytes.count) <= due else { return false }
        if content.body.isEmpty {
            if UInt64(bytes.count) == due {
                content.body = unsafe Array(bytes)
            } else {
                // The announced size is believed only so far.
                content.body.reserveCapacity(Int(min(due, 1 << 20)))
                unsafe content.body.append(contentsOf: bytes)
            }
        } else {
            unsafe content.body.append(contentsOf: bytes)
        }
        missing = due - UInt64(bytes.count)
        return true
    }

    /// Whether all of it is here.
    var isComplete: Bool { missing == 0 }

    /// The finished message.
    consuming func finish() -> Inbound {
        switch kind {
        case .delivery(let tag, let redelivered):
            return .delivery(channel: channel, tag: tag, redelivered: redelivered, content)
        case .returned(let code, let reason):
            return .returned(channel: channel, code: code, reason: reason, content)
        }
    }
}
