internal import CMicroHTTPD
internal import Glibc
internal import Runtime
internal import Synchronization

/// The server's thread: turns the daemon, and carries answers from handlers back to it.
final class ServerLoop: Sendable {
    enum Event: Sendable {
        /// A handler has answered the request of this id.
        case completed(UInt64, ServerResponse)
        /// The producer of a streamed body has more.
        case moreToSend(UInt64)
        case webSocketSend(UInt64, WebSocketMessage)
        case webSocketClose(UInt64, UInt16)
        case webSocketRead(UInt64)
    }
    private struct Inbox {
        var events: [Event] = []
        var isWaiting = false
        var stopAt: ContinuousClock.Instant?
        var stopped: [CheckedContinuation<Void, Never>] = []
        var hasEnded = false
    }

    let handler: @Sendable (ServerRequest) async -> ServerResponse
    let bodyLimit: @Sendable (ServerRequest) -> Int
    private let options: HTTPServerOptions
    private let listener: CInt
    private let inbox = Mutex(Inbox())
    private let wake = WakeDescriptor()

    init(
        listener: CInt,
        options: HTTPServerOptions,
        bodyLimit: @escaping @Sendable (ServerRequest) -> Int,
        handler: @escaping @Sendable (ServerRequest) async -> ServerResponse
    ) {
        self.listener = listener
        self.options = options
        self.bodyLimit = bodyLimit
        self.handler = handler
    }

    /// Called from any task.
    func post(_ event: Event) {
        let sleeping = inbox.withLock { inbox in
            inbox.events.append(event)
            defer { inbox.isWaiting = false }
            return inbox.isWaiting
        }
        if sleeping { wake.signal() }
    }

    /// Starts the drain; an earlier deadline wins.
    func requestStop(at deadline: ContinuousClock.Instant) {
        inbox.withLock { $0.stopAt = min($0.stopAt ?? deadline, deadline) }
        wake.signal()
    }

    /// Returns when the loop has ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            let already = inbox.withLock { inbox in
                if !inbox.hasEnded { inbox.stopped.append(continuation) }
                return inbox.hasEnded
            }
            if already { continuation.resume() }
        }
    }

    /// The body of the thread.
    func run() {
        let poll = Poll()
        let hub = WebSocketHub(loop: self, poll: poll)
        let daemon = Daemon(listener: listener, options: options, loop: self, hub: hub)
        for descriptor in [daemon.descriptor, wake.descriptor] {
            poll.watch(descriptor, EPOLLIN.rawValue, isNew: true)
        }
        turn(daemon, hub, poll)
        daemon.stop()
        let waiting = inbox.withLock { inbox in
            inbox.hasEnded = true
            defer { inbox.stopped = [] }
            return inbox.stopped
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Runs until a stop was asked for and everything under way is finished, or abandoned at the deadline.
    private func turn(_ daemon: Daemon, _ hub: WebSocketHub, _ poll: Poll) {
        let sweepInterval = max(.milliseconds(20), min(.seconds(1), options.headerTimeout / 4, options.idleTimeout / 4))
        var nextSweep = daemon.now + sweepInterval
        var abandonedTurns = 0
        while true {
            let (events, stopAt) = inbox.withLock { inbox in
                defer { inbox.events = [] }
                return (inbox.events, inbox.stopAt)
            }
            for event in events { handle(event, daemon, hub) }
            if let stopAt {
                daemon.beginDrain()
                hub.drain(now: daemon.now)
                if daemon.now >= stopAt {
                    daemon.abandonHandlers()
                    hub.closeAll()
                    abandonedTurns += 1
                }
            }
            hub.flush(now: daemon.now)
            daemon.run()
            hub.flush(now: daemon.now)
            // After the deadline a few turns let the last answers out; nothing is suspended any more then.
            if stopAt != nil, daemon.isIdle || abandonedTurns > 3 { return }
            if daemon.now >= nextSweep {
                daemon.closeOverdue()
                hub.sweep(now: daemon.now)
                nextSweep = daemon.now + min(sweepInterval, hub.sweepInterval() ?? sweepInterval)
            }
            var limit = daemon.timeout() ?? Int.max
            if !daemon.isIdle { limit = min(limit, (nextSweep - daemon.now).milliseconds) }
            if let stopAt { limit = min(limit, abandonedTurns > 0 ? 5 : (stopAt - daemon.now).milliseconds) }
            sleep(CInt(limit == Int.max ? -1 : max(0, limit)), daemon, hub, poll)
        }
    }

    private func handle(_ event: Event, _ daemon: Daemon, _ hub: WebSocketHub) {
        switch event {
        case .completed(let id, let response): daemon.completed(id, response)
        case .moreToSend(let id): daemon.moreToSend(id)
        case .webSocketSend(let id, let message): hub.send(id, message)
        case .webSocketClose(let id, let code): hub.close(id, code, now: daemon.now)
        case .webSocketRead(let id): hub.resumeReading(id, now: daemon.now)
        }
    }

    private func sleep(_ milliseconds: CInt, _ daemon: Daemon, _ hub: WebSocketHub, _ poll: Poll) {
        let idle = inbox.withLock { inbox in
            inbox.isWaiting = inbox.events.isEmpty
            return inbox.isWaiting
        }
        poll.wait(idle ? milliseconds : 0) { descriptor, events in
            daemon.now = .now
            if descriptor == wake.descriptor { wake.clear() } else { hub.ready(descriptor, events, now: daemon.now) }
        }
        daemon.now = .now
        inbox.withLock { $0.isWaiting = false }
    }
}

extension Duration {
    /// Rounded up, so that a sleeper does not wake just before its time.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(seconds, 1_000_000) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
