internal import CRabbitMQ
internal import Glibc

/// One open connection: librabbitmq's handle, the socket, and what waits to be sent. It belongs to one thread.
///
/// librabbitmq connects, verifies, logs in and decodes. Reading and writing the socket is done here and never blocks, since
/// the library's own sending calls wait without limit when the broker does not read (a memory alarm, a partition), and its
/// check for a dead peer can hang.
@safe
struct Session: ~Copyable {
    private let connection: OpaquePointer
    /// Shared with OpenSSL's handshake hook; nil without TLS.
    private let tls: UnsafeMutablePointer<crabbitmq_tls>?
    private let input: UnsafeMutableRawBufferPointer
    private var unread: Range<Int> = 0..<0
    private var unreleased = 0
    private var assemblies: [ContentAssembly?] = []
    private var repeated = Properties.Repeated()
    private var exchangeName = RepeatedText()
    private var routingKey = RepeatedText()

    let descriptor: CInt
    let frameMaximum: Int
    /// What was agreed; nil when the broker wants none.
    let heartbeat: Duration?
    var output = OutputBuffer()

    /// Takes over an opened, logged-in connection; see `Session.open`.
    init(
        connection: OpaquePointer,
        tls: UnsafeMutablePointer<crabbitmq_tls>?
    ) {
        unsafe self.connection = unsafe connection
        unsafe self.tls = unsafe tls
        unsafe input = .allocate(byteCount: 64 << 10, alignment: 16)
        descriptor = unsafe amqp_get_sockfd(connection)
        frameMaximum = unsafe Int(amqp_get_frame_max(connection))
        let seconds = unsafe amqp_get_heartbeat(connection)
        heartbeat = seconds > 0 ? .seconds(Int(seconds)) : nil
    }

    deinit {
        unsafe amqp_destroy_connection(connection)
        unsafe tls?.deallocate()
        unsafe input.deallocate()
    }

    // MARK: Sending

    /// Hands as much of the output to the system as it takes at once.
    mutating func flush() throws(AMQPError) {
        while !output.isEmpty {
            let sent = unsafe output.withUnsent { unsent -> Int in
                if let tls = unsafe tls {
                    return unsafe crabbitmq_tls_write(tls.pointee.ssl, unsent.baseAddress, unsent.count)
                }
                return unsafe send(
                    descriptor,
                    unsent.baseAddress,
                    unsent.count,
                    CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
                )
            }
            if sent > 0 {
                output.took(sent)
            } else if unsafe sent == -1 && (tls != nil || errno == EAGAIN) {
                return
            } else if unsafe sent == -1 && tls == nil && errno == EINTR {
                continue
            } else {
                throw AMQPError(
                    .connectionLost,
                    unsafe tls == nil ? systemText(errno) : "TLS failed while sending",
                    at: "send"
                )
            }
        }
    }

    /// Blocks until the socket is readable, or writable if something waits to be sent, or the time is over.
    func wait(atMost limit: Duration) {
        let wanted = CInt(POLLIN) | (output.isEmpty ? 0 : CInt(POLLOUT))
        var entry = pollfd(fd: descriptor, events: Int16(wanted), revents: 0)
        _ = unsafe poll(&entry, 1, CInt(clamping: limit.milliseconds + 1))
    }

    // MARK: Receiving

    /// Reads once from the socket. False when nothing was there.
    mutating func fill() throws(AMQPError) -> Bool {
        guard unread.isEmpty else { return true }
        while true {
            let count: Int
            if let tls = unsafe tls {
                count = unsafe crabbitmq_tls_read(tls.pointee.ssl, input.baseAddress, input.count)
            } else {
                count = unsafe recv(descriptor, input.baseAddress, input.count, CInt(MSG_DONTWAIT))
            }
            if count > 0 {
                unread = 0..<count
                return true
            }
            if count == 0 { throw AMQPError(.connectionLost, "the broker closed the connection", at: "receive") }
            if unsafe count == -1 && (tls != nil || errno == EAGAIN) { return false }
            if unsafe count == -1 && tls == nil && errno == EINTR { continue }
            throw AMQPError(
                .connectionLost,
                unsafe tls == nil ? systemText(errno) : "TLS failed while receiving",
                at: "receive"
            )
        }
    }

    /// Whether decrypted bytes may lie in OpenSSL where `poll` does not see them: then `fill` again before waiting.
    var mayHoldHiddenBytes: Bool { unsafe tls != nil }

    /// The next thing the broker said, from what has been read so far; nil when that is used up.
    mutating func next() throws(AMQPError) -> Inbound? {
        while true {
            var frame = unsafe amqp_frame_t()
            guard try unsafe nextFrame(&frame) else { return nil }
            if let inbound = try unsafe interpret(frame) { return inbound }
        }
    }

    private mutating func nextFrame(_ frame: inout amqp_frame_t) throws(AMQPError) -> Bool {
        // What the library had read beyond the end of the login.
        while unsafe amqp_frames_enqueued(connection) != 0 || amqp_data_in_buffer(connection) != 0 {
            var zero = timeval()
            let status = unsafe amqp_simple_wait_frame_noblock(connection, &frame, &zero)
            if status == AMQP_STATUS_OK.rawValue { return true }
            if status != AMQP_STATUS_TIMEOUT.rawValue { throw AMQPError.fromLibrary(status, at: "receive") }
        }
        while !unread.isEmpty {
            // Safe here, between frames: all of the frame before has been copied out.
            if unreleased > 64 << 10 {
                unsafe amqp_maybe_release_buffers(connection)
                unreleased = 0
            }
            let bytes = unsafe amqp_bytes_t(len: unread.count, bytes: input.baseAddress! + unread.lowerBound)
            let consumed = unsafe amqp_handle_input(connection, bytes, &frame)
            guard consumed > 0 else { throw AMQPError.fromLibrary(consumed, at: "receive") }
            unread = unread.lowerBound + Int(consumed)..<unread.upperBound
            unreleased += Int(consumed)
            if unsafe frame.frame_type != 0 { return true }
        }
        if unreleased > 0 {
            // Does nothing in the middle of a frame.
            unsafe amqp_maybe_release_buffers(connection)
            unreleased = 0
        }
        return false
    }

    private mutating func interpret(_ frame: amqp_frame_t) throws(AMQPError) -> Inbound? {
        let channel = unsafe frame.channel
        switch unsafe CInt(frame.frame_type) {
        case AMQP_FRAME_BODY:
            let fragment = unsafe frame.payload.body_fragment
            let bytes = unsafe UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
            return try continueContent(on: channel) { unsafe $0.took(bytes) }
        case AMQP_FRAME_HEADER:
            let header = unsafe frame.payload.properties
            guard unsafe header.class_id == 60, let decoded = unsafe header.decoded else {
                throw AMQPError(.protocolViolation, "a header of an unexpected class", at: "receive")
            }
            let source = unsafe UnsafePointer(decoded.assumingMemoryBound(to: amqp_basic_properties_t.self))
            let properties = unsafe Properties(copying: source, repeated: &repeated)
            let size = unsafe header.body_size
            return try continueContent(on: channel) { $0.took(properties, size: size) }
        case AMQP_FRAME_METHOD:
            return try unsafe interpret(frame.payload.method, on: channel)
        default:
            return nil  // a heartbeat
        }
    }

    private mutating func continueContent(
        on channel: UInt16,
        _ step: (inout ContentAssembly) -> Bool
    ) throws(AMQPError) -> Inbound? {
        guard Int(channel) < assemblies.count, assemblies[Int(channel)] != nil, step(&assemblies[Int(channel)]!) else {
            throw AMQPError(.protocolViolation, "content that was not announced", at: "receive")
        }
        guard assemblies[Int(channel)]!.isComplete, let whole = assemblies[Int(channel)].take() else { return nil }
        return whole.finish()
    }

    private mutating func beginContent(_ kind: ContentAssembly.Kind, on channel: UInt16, _ content: Content) {
        while assemblies.count <= Int(channel) { assemblies.append(nil) }
        assemblies[Int(channel)] = ContentAssembly(channel: channel, kind: kind, content: content)
    }

    /// Begins a message, or turns any other method into an `Inbound`.
    private mutating func interpret(_ method: amqp_method_t, on channel: UInt16) throws(AMQPError) -> Inbound? {
        switch unsafe method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = unsafe method.decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self)
            let content = Content(
                exchange: unsafe exchangeName.read(deliver.pointee.exchange),
                routingKey: unsafe routingKey.read(deliver.pointee.routing_key)
            )
            let kind = unsafe ContentAssembly.Kind.delivery(
                tag: deliver.pointee.delivery_tag,
                redelivered: deliver.pointee.redelivered != 0
            )
            beginContent(kind, on: channel, content)
            return nil
        case AMQP_BASIC_RETURN_METHOD:
            let returned = unsafe method.decoded.assumingMemoryBound(to: amqp_basic_return_t.self)
            let content = Content(
                exchange: unsafe exchangeName.read(returned.pointee.exchange),
                routingKey: unsafe routingKey.read(returned.pointee.routing_key)
            )
            let reason = unsafe String(copying: returned.pointee.reply_text)
            beginContent(unsafe .returned(code: returned.pointee.reply_code, reason: reason), on: channel, content)
            return nil
        default:
            if unsafe method.id == AMQP_CHANNEL_CLOSE_METHOD, Int(channel) < assemblies.count {
                assemblies[Int(channel)] = nil
            }
            return unsafe Inbound(method, on: channel)
        }
    }
}

/// The system's own words for an error number.
func systemText(_ code: CInt) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
