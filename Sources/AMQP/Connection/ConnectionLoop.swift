internal import Glibc
internal import Runtime

/// What a connection is for. Everything runs on the connection's own thread.
protocol ConnectionRole {
    associatedtype Commands: MailboxContent
    var measurements: Measurements { get set }
    /// Why the broker takes no messages, if so.
    var blockedReason: String? { get }
    /// Nothing is left to do before the connection may be closed.
    var isDrained: Bool { get }
    /// How much is under way at once: several tasks work, so that one of them waiting a moment holds nothing up.
    var concurrency: Int { get }
    /// When to turn again without an outside event.
    var deadline: ContinuousClock.Instant? { get }

    /// A new connection: open channels, by appending to its output.
    mutating func opened(_ session: inout Session, at now: ContinuousClock.Instant)
    mutating func received(_ inbound: Inbound, _ session: inout Session, at now: ContinuousClock.Instant)
        throws(AMQPError)
    /// Commands came; `opened` may not have been called yet.
    mutating func accept(_ commands: Commands)
    /// Append what can be sent now. True when there is more that only waits for the socket.
    mutating func write(_ session: inout Session, at now: ContinuousClock.Instant) -> Bool
    /// Resume tasks for what has happened: after sending, outside of any lock, in one go.
    mutating func deliver()
    /// The connection ended; `taken` bytes of its output had been handed to the system.
    mutating func lost(_ error: AMQPError, taken: UInt64, at now: ContinuousClock.Instant)
    /// The thread ends: resolve whatever waits, including the commands that were left.
    mutating func end(_ left: Commands)
}

/// The life of one connection's thread: connect, serve, wait, again, until stopped.
struct ConnectionLoop<Role: ConnectionRole> {
    let endpoint: Endpoint
    let name: String
    let logger: Logger
    let mailbox: Mailbox<Role.Commands>
    let status: ConnectionStatus
    /// How long a stop may take to write and confirm what is outstanding.
    let drainLimit: Duration
    var role: Role
    private var recovery = ConnectionRecovery()
    private var pacer = Pacer()
    private var logins = 0
    private var stopDeadline: ContinuousClock.Instant?
    private var generator = SystemRandomNumberGenerator()

    init(
        endpoint: Endpoint,
        name: String,
        logger: Logger,
        mailbox: Mailbox<Role.Commands>,
        status: ConnectionStatus,
        drainLimit: Duration,
        role: Role
    ) {
        self.endpoint = endpoint
        self.name = name
        self.logger = logger
        self.mailbox = mailbox
        self.status = status
        self.drainLimit = drainLimit
        self.role = role
    }

    mutating func run() {
        while !stopIsDue() {
            switch recovery.state {
            case .connecting, .open: connectAndServe()
            case .waiting(let moment): wait(until: moment)
            }
        }
        role.end(mailbox.close())
        status.set(role.measurements)
        status.set(.stopped)
    }

    private mutating func connectAndServe() {
        do throws(AMQPError) {
            var session = try Session.open(endpoint, name: name)
            let outageEnded = recovery.opened(at: .now)
            logins += 1
            if logins > 1 { role.measurements.reconnects += 1 }
            if outageEnded || logins == 1 {
                logger.info("connected to the broker", ["endpoint": .string(endpoint.description)])
            }
            do throws(AMQPError) {
                try serve(&session)
            } catch {
                role.lost(error, taken: session.output.taken, at: .now)
                role.deliver()
                throw error
            }
        } catch {
            let failure = recovery.failed(error.code, at: .now, using: &generator)
            status.set(.waiting(reason: error.description))
            status.set(role.measurements)
            if failure.announce {
                logger.warning(
                    "the broker is not reachable, retrying",
                    ["endpoint": .string(endpoint.description), "reason": .string(error.description)]
                )
            }
        }
    }

    /// Takes commands while there is no connection, so that cancellations are answered and stops are seen.
    private mutating func wait(until moment: ContinuousClock.Instant) {
        if let commands = mailbox.collect() {
            role.accept(commands)
            role.deliver()
            status.set(role.measurements)
        }
        let left = moment - .now
        guard left > .zero else { return recovery.retry() }
        guard mailbox.beginSleep() else { return }
        var entry = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, CInt(left.milliseconds + 1))
        mailbox.endSleep(signalled: entry.revents != 0)
    }

    /// Notices a requested stop. True when the thread should end: without a connection there is nothing to wait for.
    private mutating func stopIsDue() -> Bool {
        guard mailbox.stopRequested else { return false }
        if stopDeadline == nil { stopDeadline = .now + drainLimit }
        return true
    }

    // MARK: Serving

    /// One connection from login to end. Returns after an orderly stop, throws when it is lost.
    private mutating func serve(_ session: inout Session) throws(AMQPError) {
        var now = ContinuousClock.now
        var lastReceived = now
        var lastSent = now
        var readable = true
        var again = false
        role.opened(&session, at: now)
        status.set(.open)
        while true {
            if readable {
                let got = try read(&session, at: now)
                if got { lastReceived = now }
                // OpenSSL may hold decrypted bytes that poll does not see.
                again = got && session.mayHoldHiddenBytes
            }
            // Looked at first: what was deposited before the stop is then collected below.
            let stopping = stopIsDue()
            if let commands = mailbox.collect() { role.accept(commands) }
            let more = role.write(&session, at: now)
            let before = session.output.taken
            try flush(&session)
            if session.output.taken != before { lastSent = now }
            role.deliver()
            status.set(role.measurements)
            if stopping, role.isDrained || now >= stopDeadline! {
                return close(&session)
            }

            if let heartbeat = session.heartbeat {
                if now - lastReceived > heartbeat * 2 {
                    throw AMQPError(.connectionLost, "no sign of life for two heartbeats", at: "heartbeat")
                }
                // A heartbeat behind unsent bytes would tell nothing.
                if session.output.isEmpty, now - lastSent >= heartbeat / 2 {
                    session.output.heartbeat()
                    try flush(&session)
                    lastSent = now
                }
            }
            var next = role.deadline
            if let heartbeat = session.heartbeat { next = min(next ?? .distantFuture, now + heartbeat / 2) }
            if let stopDeadline { next = min(next ?? .distantFuture, stopDeadline) }
            // With more to write and room in the socket, only look.
            let hurry = again || (more && session.output.isEmpty)
            let pause = pacer.woke(at: now)
            if let pause, !hurry, role.concurrency >= Self.paced { Pacer.rest(pause) }
            readable = sleep(session, until: hurry ? now : next) || again
            again = false
            now = .now
        }
    }

    /// Reads once and handles all of it. False when there was nothing.
    private mutating func read(_ session: inout Session, at now: ContinuousClock.Instant) throws(AMQPError) -> Bool {
        defer { measure(since: now) }
        let got = try session.fill()
        while let inbound = try session.next() {
            if case .connectionClosed(let code, let reason) = inbound {
                session.output.connectionCloseOk()
                try? session.flush()
                throw AMQPError.fromBroker(code: code, text: reason, at: "connection closed by the broker")
            }
            try role.received(inbound, &session, at: now)
        }
        return got
    }

    private mutating func flush(_ session: inout Session) throws(AMQPError) {
        guard !session.output.isEmpty else { return }
        let start = ContinuousClock.now
        defer { measure(since: start) }
        try session.flush()
    }

    private mutating func measure(since start: ContinuousClock.Instant) {
        let took = UInt64(max(0, (ContinuousClock.now - start).nanoseconds))
        if took > role.measurements.longestCall { role.measurements.longestCall = took }
    }

    /// With fewer messages under way than this, each one is handled at once whatever it costs.
    private static var paced: Int { 8 }

    /// Waits for the socket, the mailbox or the moment. True when the socket is readable (or has failed).
    private func sleep(_ session: borrowing Session, until moment: ContinuousClock.Instant?) -> Bool {
        var timeout = moment.map { max(0, ($0 - .now).milliseconds + ($0 > .now ? 1 : 0)) } ?? -1
        if timeout != 0, !mailbox.beginSleep() { timeout = 0 }
        let wanted = CInt(POLLIN) | (session.output.isEmpty ? 0 : CInt(POLLOUT))
        var entries = (
            pollfd(fd: session.descriptor, events: Int16(wanted), revents: 0),
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
        )
        _ = unsafe withUnsafeMutableBytes(of: &entries) { buffer in
            unsafe poll(buffer.baseAddress!.assumingMemoryBound(to: pollfd.self), 2, CInt(min(timeout, 60_000)))
        }
        mailbox.endSleep(signalled: entries.1.revents != 0)
        return entries.0.revents & ~Int16(POLLOUT) != 0
    }

    /// Says goodbye and waits for the answer a short while, so that the broker has read everything before the socket ends.
    private mutating func close(_ session: inout Session) {
        session.output.connectionClose()
        let limit = ContinuousClock.now + .seconds(2)
        do throws(AMQPError) {
            while ContinuousClock.now < limit {
                try session.flush()
                let got = try session.fill()
                while let inbound = try session.next() {
                    if case .goodbye = inbound { return }
                    try role.received(inbound, &session, at: .now)
                }
                if !got { session.wait(atMost: limit - .now) }
            }
        } catch {
            // The peer was faster.
        }
    }
}

extension ContinuousClock.Instant {
    /// Later than any deadline.
    static var distantFuture: ContinuousClock.Instant { ContinuousClock.now + .seconds(86_400 * 365) }
}
