/// One connection, as the loop sees it. Lives on the loop's thread only.
@safe
final class Peer {
    enum Phase {
        /// No request yet: since the connection was made, or since the last answer.
        case idle(since: ContinuousClock.Instant)
        /// The first line has come.
        case header(since: ContinuousClock.Instant)
        /// The header has been accepted, the body is coming.
        case body(since: ContinuousClock.Instant)
        /// A handler is at work; the connection is suspended.
        case handling(UInt64)
        /// The answer is being sent.
        case answering
        /// The socket is a WebSocket now.
        case upgraded
    }

    let connection: OpaquePointer
    let descriptor: CInt
    let address: String
    /// Above a connection cap: every request is answered 503.
    let isOverCap: Bool
    /// Place in the loop's list.
    var slot = 0
    var phase: Phase
    var hasHadRequest = false
    /// The request target as sent, taken when the first line was complete.
    var target = ""
    var request: ServerRequest?
    /// What the handler answered, until it is queued.
    var response: ServerResponse?
    var task: Task<Void, Never>?
    /// Reading of a streamed answer has stopped until the producer has more.
    var isStreamSuspended = false
    /// Taken over when the 101 has been sent.
    var upgrade: WebSocketUpgrade?

    init(
        connection: OpaquePointer,
        descriptor: CInt,
        address: String,
        isOverCap: Bool,
        now: ContinuousClock.Instant
    ) {
        unsafe self.connection = unsafe connection
        self.descriptor = descriptor
        self.address = address
        self.isOverCap = isOverCap
        phase = .idle(since: now)
    }

    /// Whether the peer has used up the time that its phase allows.
    func isOverdue(at now: ContinuousClock.Instant, _ options: HTTPServerOptions) -> Bool {
        switch phase {
        case .idle(let since): now - since > (hasHadRequest ? options.idleTimeout : options.headerTimeout)
        case .header(let since): now - since > options.headerTimeout
        case .body(let since):
            now - since > options.bodyGrace
                + .seconds((request?.body.count ?? 0) / max(1, options.minimumBodyBytesPerSecond))
        case .handling, .answering, .upgraded: false
        }
    }
}
