internal import CMicroHTTPD
internal import Glibc
internal import Runtime
internal import Synchronization

/// The server's thread: turns the daemon, and carries answers from handlers back to it.
final class ServerLoop: Sendable {
    private enum Event: Sendable {
        case completed(UInt64, ServerResponse)
        case moreToSend(UInt64)
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

    /// Called from a handler's task.
    func complete(_ id: UInt64, _ response: ServerResponse) { post(.completed(id, response)) }

    /// Called from the task that produces a streamed body.
    func moreToSend(_ id: UInt64) { post(.moreToSend(id)) }

    private func post(_ event: Event) {
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
        let daemon = Daemon(listener: listener, options: options, loop: self)
        let poll = epoll_create1(CInt(EPOLL_CLOEXEC))
        defer { close(poll) }
        for descriptor in [daemon.descriptor, wake.descriptor] {
            cmhd_epoll_control(poll, EPOLL_CTL_ADD, descriptor, EPOLLIN.rawValue)
        }
        turn(daemon, poll)
        daemon.stop()
        let waiting = inbox.withLock { inbox in
            inbox.hasEnded = true
            defer { inbox.stopped = [] }
            return inbox.stopped
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Runs until a stop was asked for and everything under way is finished, or abandoned at the deadline.
    private func turn(_ daemon: Daemon, _ poll: CInt) {
        let sweepInterval = max(
            .milliseconds(20),
            min(.seconds(1), min(options.headerTimeout, options.idleTimeout) / 4)
        )
        var nextSweep = ContinuousClock.now + sweepInterval
        var abandonedTurns = 0
        while true {
            let (events, stopAt) = inbox.withLock { inbox in
                defer { inbox.events = [] }
                return (inbox.events, inbox.stopAt)
            }
            for event in events {
                switch event {
                case .completed(let id, let response): daemon.completed(id, response)
                case .moreToSend(let id): daemon.moreToSend(id)
                }
            }
            if let stopAt {
                daemon.beginDrain()
                if daemon.now >= stopAt {
                    daemon.abandonHandlers()
                    abandonedTurns += 1
                }
            }
            daemon.run()
            // After the deadline a few turns let the last answers out; nothing is suspended any more then.
            if stopAt != nil, daemon.isIdle || abandonedTurns > 3 { return }
            if daemon.now >= nextSweep {
                daemon.closeOverdue()
                nextSweep = daemon.now + sweepInterval
            }
            sleep(poll, milliseconds(daemon, stopAt, abandonedTurns, sweepInterval))
            daemon.now = .now
        }
    }

    /// How long the loop may sleep, -1 for as long as nothing happens.
    private func milliseconds(
        _ daemon: Daemon,
        _ stopAt: ContinuousClock.Instant?,
        _ abandonedTurns: Int,
        _ sweepInterval: Duration
    ) -> CInt {
        var limit = daemon.timeout() ?? Int.max
        if !daemon.isIdle { limit = min(limit, sweepInterval.milliseconds) }
        if let stopAt { limit = min(limit, abandonedTurns > 0 ? 5 : max(1, (stopAt - daemon.now).milliseconds)) }
        return limit == Int.max ? -1 : CInt(limit)
    }

    private func sleep(_ poll: CInt, _ milliseconds: CInt) {
        let idle = inbox.withLock { inbox in
            inbox.isWaiting = inbox.events.isEmpty
            return inbox.isWaiting
        }
        var events = unsafe (epoll_event(), epoll_event())
        let count = unsafe withUnsafeMutablePointer(to: &events) { pointer in
            unsafe epoll_wait(
                poll,
                UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: epoll_event.self),
                2,
                idle ? milliseconds : 0
            )
        }
        inbox.withLock { $0.isWaiting = false }
        if count > 0 { wake.clear() }
    }
}

extension Duration {
    /// Rounded up, so that a sleeper does not wake just before its time.
    fileprivate var milliseconds: Int {
        Int(
            min(components.seconds, 1_000_000) * 1000 + (components.attoseconds + 999_999_999_999_999)
                / 1_000_000_000_000_000
        )
    }
}
