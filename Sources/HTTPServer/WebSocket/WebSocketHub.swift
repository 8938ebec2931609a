internal import CMicroHTTPD
internal import Glibc

/// All WebSockets of a server. Lives on the loop's thread only.
final class WebSocketHub {
    private let loop: ServerLoop
    private let poll: Poll
    private var byDescriptor: [CInt: WebSocketPeer] = [:]
    private var byID: [UInt64: WebSocketPeer] = [:]
    /// Peers that are new or have something to send, looked at once per turn: a socket may not be given back to the daemon
    /// from within its own callback.
    private var dirty: [UInt64] = []

    init(loop: ServerLoop, poll: Poll) {
        self.loop = loop
        self.poll = poll
    }

    /// How soon `sweep` has something to look at; nil when there is no socket.
    func sweepInterval() -> Duration? {
        byID.values.map { min($0.options.pingInterval, $0.options.deadAfter) / 4 }.min()
    }

    /// Takes over a socket whose handshake has been answered.
    func opened(
        _ id: UInt64,
        descriptor: CInt,
        upgrade: OpaquePointer,
        early: [UInt8],
        _ accepted: WebSocketUpgrade,
        now: ContinuousClock.Instant
    ) {
        var on: CInt = 1
        unsafe setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        let connection = WebSocketConnection(loop: loop, id: id, options: accepted.options)
        let peer = unsafe WebSocketPeer(
            id: id,
            descriptor: descriptor,
            upgrade: upgrade,
            early: early,
            connection: connection,
            options: accepted.options,
            now: now
        )
        byDescriptor[descriptor] = peer
        byID[id] = peer
        // Lives as long as the socket: the hub cancels it when the socket is gone.
        peer.task = Task {
            await accepted.handler(connection)
            connection.close()
        }
        dirty.append(id)
    }

    /// An event of epoll, perhaps one for another descriptor.
    func ready(_ descriptor: CInt, _ events: UInt32, now: ContinuousClock.Instant) {
        guard let peer = byDescriptor[descriptor] else { return }
        peer.read(at: now)
        // Reported even while reading is paused, and over and over.
        if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { peer.hungUp() }
        settle(peer)
    }

    func send(_ id: UInt64, _ message: WebSocketMessage) {
        guard let peer = byID[id] else { return }
        peer.queue(message)
        if dirty.last != id { dirty.append(id) }
    }

    func close(_ id: UInt64, _ code: UInt16, now: ContinuousClock.Instant) {
        guard let peer = byID[id] else { return }
        if code == 1013 { peer.failed(code, at: now) } else { peer.close(code: code, at: now) }
        settle(peer)
    }

    func resumeReading(_ id: UInt64, now: ContinuousClock.Instant) {
        guard let peer = byID[id] else { return }
        peer.resumeReading()
        peer.read(at: now)
        settle(peer)
    }

    /// Reads what came with new handshakes, and writes what this turn's events queued.
    func flush(now: ContinuousClock.Instant) {
        if dirty.isEmpty { return }
        for peer in dirty.compactMap({ byID[$0] }) {
            if peer.watched == nil { peer.read(at: now) }
            settle(peer)
        }
        dirty.removeAll(keepingCapacity: true)
    }

    func sweep(now: ContinuousClock.Instant) {
        for peer in byID.values {
            peer.sweep(at: now)
            settle(peer)
        }
    }

    /// Says goodbye to all with 1001.
    func drain(now: ContinuousClock.Instant) {
        for peer in byID.values where peer.closeBy == nil {
            peer.close(code: 1001, at: now)
            settle(peer)
        }
    }

    /// Closes all without more words.
    func closeAll() {
        for peer in byID.values { remove(peer) }
    }

    /// Writes what can be written, then asks epoll for what the peer waits for, or lets it go.
    private func settle(_ peer: WebSocketPeer) {
        peer.write()
        if peer.isOver { return remove(peer) }
        var events: UInt32 = 0
        if peer.wantsToRead { events |= EPOLLIN.rawValue }
        if peer.wantsToWrite { events |= EPOLLOUT.rawValue }
        guard events != peer.watched else { return }
        poll.watch(peer.descriptor, events, isNew: peer.watched == nil)
        peer.watched = events
    }

    private func remove(_ peer: WebSocketPeer) {
        if peer.watched != nil { poll.forget(peer.descriptor) }
        byDescriptor[peer.descriptor] = nil
        byID[peer.id] = nil
        peer.task?.cancel()
        peer.release()
    }
}
