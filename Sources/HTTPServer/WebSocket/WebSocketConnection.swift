internal import Synchronization

/// One open WebSocket, for its handler. Pings, pongs, fragments and masks are dealt with underneath.
public final class WebSocketConnection: Sendable {
    private struct State {
        var incoming: [WebSocketMessage] = []
        var reader: CheckedContinuation<WebSocketMessage?, Never>?
        var isReadingPaused = false
        var isOpen = true
        // Handed to the loop but not yet to wslay, and waiting inside wslay.
        var posted = (count: 0, bytes: 0)
        var queued = (count: 0, bytes: 0)
    }

    /// Messages that may wait for the handler before the socket is no longer read.
    static let readAhead = 32

    private let state = Mutex(State())
    private let loop: ServerLoop
    private let id: UInt64
    private let options: WebSocketOptions

    init(loop: ServerLoop, id: UInt64, options: WebSocketOptions) {
        self.loop = loop
        self.id = id
        self.options = options
    }

    /// Whether messages can still be sent.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// What the client sends, in order, until the socket is closed. One reader at a time; while it does not read, the
    /// socket is not read either.
    public var messages: Messages { Messages(connection: self) }

    /// The sequence of `messages`.
    public struct Messages: AsyncSequence, AsyncIteratorProtocol, Sendable {
        public typealias Element = WebSocketMessage
        public typealias Failure = Never
        fileprivate let connection: WebSocketConnection
        public func makeAsyncIterator() -> Messages { self }
        public mutating func next() async -> WebSocketMessage? { await connection.receive() }
    }

    /// Queues a message and returns at once. False when the socket is closed, or when the client reads too slowly: then it
    /// is closed with 1013.
    @discardableResult
    public func send(_ message: WebSocketMessage) -> Bool {
        let size = message.byteCount
        let (taken, overflow) = state.withLock { state -> (Bool, Bool) in
            guard state.isOpen else { return (false, false) }
            guard state.posted.count + state.queued.count < options.maximumQueuedMessages,
                state.posted.bytes + state.queued.bytes + size <= options.maximumQueuedBytes
            else {
                state.isOpen = false
                return (false, true)
            }
            state.posted.count += 1
            state.posted.bytes += size
            return (true, false)
        }
        if taken { loop.post(.webSocketSend(id, message)) }
        if overflow { loop.post(.webSocketClose(id, 1013)) }
        return taken
    }

    /// Starts the closing handshake; nothing can be sent afterwards. `code` as RFC 6455 §7.4, default normal.
    public func close(code: UInt16 = 1000) {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        if wasOpen { loop.post(.webSocketClose(id, code)) }
    }

    private func receive() async -> WebSocketMessage? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (message, isOver, resume) = state.withLock { state -> (WebSocketMessage?, Bool, Bool) in
                    if !state.incoming.isEmpty {
                        let message = state.incoming.removeFirst()
                        let resume = state.isReadingPaused && state.incoming.isEmpty
                        if resume { state.isReadingPaused = false }
                        return (message, false, resume)
                    }
                    precondition(state.reader == nil, "a WebSocket has one reader at a time")
                    if !state.isOpen { return (nil, true, false) }
                    state.reader = continuation
                    return (nil, false, false)
                }
                if resume { loop.post(.webSocketRead(id)) }
                if message != nil || isOver { continuation.resume(returning: message) }
            }
        } onCancel: {
            close(code: 1001)
            endReading()
        }
    }

    // MARK: The loop's side

    /// Hands a message to the reader. False when enough are waiting, and the socket shall not be read for now.
    func received(_ message: WebSocketMessage) -> Bool {
        let (reader, more) = state.withLock { state -> (CheckedContinuation<WebSocketMessage?, Never>?, Bool) in
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            state.incoming.append(message)
            state.isReadingPaused = state.incoming.count >= Self.readAhead
            return (nil, !state.isReadingPaused)
        }
        reader?.resume(returning: message)
        return more
    }

    /// A posted message is in wslay's hands.
    func handedOver(_ bytes: Int) {
        state.withLock { state in
            state.posted.count -= 1
            state.posted.bytes -= bytes
        }
    }

    /// What still waits inside wslay.
    func stillQueued(_ count: Int, _ bytes: Int) { state.withLock { $0.queued = (count, bytes) } }

    /// Nothing more will come or go.
    func closed() {
        state.withLock { $0.isOpen = false }
        endReading()
    }

    private func endReading() {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}
