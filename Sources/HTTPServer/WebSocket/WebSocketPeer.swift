internal import CMicroHTTPD
internal import CWslay
internal import Glibc

/// One upgraded socket and its wslay context. Lives on the loop's thread only.
@safe
final class WebSocketPeer {
    let id: UInt64
    let descriptor: CInt
    let connection: WebSocketConnection
    let options: WebSocketOptions
    var task: Task<Void, Never>?
    /// The events asked of epoll, nil before the first time.
    var watched: UInt32?
    /// The socket is useless, and closed without more words.
    private(set) var isBroken = false
    /// When a closing handshake has begun: the other side has until then.
    private(set) var closeBy: ContinuousClock.Instant?

    private let upgrade: OpaquePointer
    private var wslay: OpaquePointer?
    private var frames: FrameGuard
    /// Bytes that arrived together with the handshake.
    private var early: [UInt8]
    private var readBudget = 0
    private var isReadingPaused = false
    /// What the frame guard found.
    private var frameFault: UInt16?
    /// A goodbye that waits until the messages before it are sent: wslay lets control frames overtake.
    private var pendingClose: UInt16?
    private var lastHeard: ContinuousClock.Instant
    private var lastPing: ContinuousClock.Instant

    init(
        id: UInt64,
        descriptor: CInt,
        upgrade: OpaquePointer,
        early: [UInt8],
        connection: WebSocketConnection,
        options: WebSocketOptions,
        now: ContinuousClock.Instant
    ) {
        self.id = id
        self.descriptor = descriptor
        unsafe self.upgrade = unsafe upgrade
        self.early = early
        self.connection = connection
        self.options = options
        frames = FrameGuard(maximumBytes: options.maximumMessageBytes)
        lastHeard = now
        lastPing = now
        var callbacks = wslay_event_callbacks()
        unsafe callbacks.recv_callback = webSocketReads
        unsafe callbacks.send_callback = webSocketWrites
        unsafe callbacks.on_msg_recv_callback = webSocketMessageArrived
        let code = unsafe wslay_event_context_server_init(&wslay, &callbacks, Unmanaged.passUnretained(self).toOpaque())
        precondition(code == 0, "wslay could not allocate")
        unsafe wslay_event_config_set_max_recv_msg_length(wslay, UInt64(options.maximumMessageBytes))
    }

    deinit { unsafe wslay_event_context_free(wslay) }

    var wantsToRead: Bool { unsafe !isReadingPaused && wslay_event_want_read(wslay) != 0 }
    var wantsToWrite: Bool { unsafe pendingClose != nil || wslay_event_want_write(wslay) != 0 }
    /// Both sides have said goodbye, or one is gone.
    var isOver: Bool { isBroken || (!wantsToWrite && !isReadingPaused && !wantsToRead) }

    /// Reads what is there, at most 64 KiB so that one talker cannot starve the others.
    func read(at now: ContinuousClock.Instant) {
        guard wantsToRead, !isBroken else { return }
        lastHeard = now
        readBudget = 64 << 10
        // A broken rule is an error here too, but then a close frame is queued and worth sending.
        if unsafe wslay_event_recv(wslay) != 0, closeBy == nil { closeBy = now + Self.closingTime }
        if let code = frameFault {
            unsafe wslay_event_shutdown_read(wslay)
            failed(code, at: now)
        }
        // Pings without end from a peer that never reads the pongs.
        if queuedCount > options.maximumQueuedMessages { write() }
        if queuedCount > options.maximumQueuedMessages { isBroken = true }
    }

    private var queuedCount: Int { unsafe Int(wslay_event_get_queued_msg_count(wslay)) }

    /// The other side is gone for good.
    func hungUp() { isBroken = true }

    /// Reading goes on after a pause.
    func resumeReading() { isReadingPaused = false }

    /// Sends as much as the socket takes.
    func write() {
        guard wantsToWrite, !isBroken else { return }
        if unsafe wslay_event_send(wslay) != 0 { isBroken = true }
        if let code = pendingClose, queuedCount == 0, !isBroken {
            pendingClose = nil
            unsafe wslay_event_queue_close(wslay, code, nil, 0)
            if unsafe wslay_event_send(wslay) != 0 { isBroken = true }
        }
        unsafe connection.stillQueued(queuedCount, Int(wslay_event_get_queued_msg_length(wslay)))
    }

    func queue(_ message: WebSocketMessage) {
        switch message {
        case .text(let text): queue(UInt8(WSLAY_TEXT_FRAME.rawValue), Array(text.utf8))
        case .binary(let bytes): queue(UInt8(WSLAY_BINARY_FRAME.rawValue), bytes)
        }
        connection.handedOver(message.byteCount)
    }

    private func queue(_ opcode: UInt8, _ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            // wslay copies; it refuses only after a close, when the message has nowhere to go.
            var message = unsafe wslay_event_msg(opcode: opcode, msg: bytes.baseAddress, msg_length: bytes.count)
            _ = unsafe wslay_event_queue_msg(wslay, &message)
        }
    }

    private static let closingTime: Duration = .seconds(5)

    /// Says goodbye behind the messages that are queued; the other side has five seconds for all of it.
    func close(code: UInt16, at now: ContinuousClock.Instant) {
        if closeBy == nil { pendingClose = code }
        closing(at: now)
    }

    /// Says goodbye ahead of everything queued.
    func failed(_ code: UInt16, at now: ContinuousClock.Instant) {
        pendingClose = nil
        unsafe wslay_event_queue_close(wslay, code, nil, 0)
        closing(at: now)
    }

    private func closing(at now: ContinuousClock.Instant) {
        if closeBy == nil { closeBy = now + Self.closingTime }
        resumeReading()
    }

    /// Pings, and gives up a peer that is silent or slow to say goodbye.
    func sweep(at now: ContinuousClock.Instant) {
        if let closeBy, now >= closeBy { isBroken = true }
        if now - lastHeard > options.deadAfter { isBroken = true }
        if closeBy == nil, now - lastPing >= options.pingInterval {
            lastPing = now
            queue(UInt8(WSLAY_PING.rawValue), [])
        }
    }

    /// Gives the socket back to the daemon, which closes it.
    func release() {
        connection.closed()
        unsafe cmhd_close_upgraded(upgrade)
    }

    // MARK: Called by wslay

    fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count: Int
        if !early.isEmpty {
            count = min(early.count, buffer.count)
            unsafe buffer.copyBytes(from: early.prefix(count))
            early.removeFirst(count)
        } else {
            guard readBudget > 0, !isReadingPaused else { return stop(WSLAY_ERR_WOULDBLOCK) }
            count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return stop(WSLAY_ERR_WOULDBLOCK) }
            guard count > 0 else {
                isBroken = true
                return stop(WSLAY_ERR_CALLBACK_FAILURE)
            }
            readBudget -= count
        }
        frameFault = unsafe frames.fault(in: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        if frameFault != nil { return stop(WSLAY_ERR_WOULDBLOCK) }
        return count
    }

    fileprivate func drain(_ bytes: UnsafeRawBufferPointer, more: Bool) -> Int {
        let flags = CInt(MSG_NOSIGNAL | (more ? MSG_MORE : 0))
        let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, flags)
        if count < 0, errno == EAGAIN || errno == EINTR { return stop(WSLAY_ERR_WOULDBLOCK) }
        return count > 0 ? count : stop(WSLAY_ERR_CALLBACK_FAILURE)
    }

    private func stop(_ code: wslay_error) -> Int {
        unsafe wslay_event_set_error(wslay, code.rawValue)
        return -1
    }

    fileprivate func arrived(_ opcode: UInt8, _ bytes: UnsafeRawBufferPointer) {
        // Nobody waits for messages any more.
        if closeBy != nil { return }
        switch UInt32(opcode) {
        case WSLAY_TEXT_FRAME.rawValue:
            unsafe isReadingPaused = !connection.received(.text(String(decoding: bytes, as: UTF8.self)))
        case WSLAY_BINARY_FRAME.rawValue:
            unsafe isReadingPaused = !connection.received(.binary(Array(bytes)))
        default: break
        }
    }
}

// wslay's ways into a peer, which owns the context and so outlives every call.

@c
private func webSocketReads(
    _ context: OpaquePointer?,
    _ buffer: UnsafeMutablePointer<UInt8>?,
    _ size: Int,
    _ flags: CInt,
    _ peer: UnsafeMutableRawPointer?
) -> Int {
    guard let peer = unsafe peer else { return -1 }
    let socket = unsafe Unmanaged<WebSocketPeer>.fromOpaque(peer).takeUnretainedValue()
    return unsafe socket.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

@c
private func webSocketWrites(
    _ context: OpaquePointer?,
    _ bytes: UnsafePointer<UInt8>?,
    _ size: Int,
    _ flags: CInt,
    _ peer: UnsafeMutableRawPointer?
) -> Int {
    guard let peer = unsafe peer else { return -1 }
    let socket = unsafe Unmanaged<WebSocketPeer>.fromOpaque(peer).takeUnretainedValue()
    let more = flags & CInt(WSLAY_MSG_MORE.rawValue) != 0
    return unsafe socket.drain(UnsafeRawBufferPointer(start: bytes, count: size), more: more)
}

@c
private func webSocketMessageArrived(
    _ context: OpaquePointer?,
    _ message: UnsafePointer<wslay_event_on_msg_recv_arg>?,
    _ peer: UnsafeMutableRawPointer?
) {
    guard let peer = unsafe peer, let message = unsafe message?.pointee else { return }
    let socket = unsafe Unmanaged<WebSocketPeer>.fromOpaque(peer).takeUnretainedValue()
    unsafe socket.arrived(message.opcode, UnsafeRawBufferPointer(start: message.msg, count: message.msg_length))
}
