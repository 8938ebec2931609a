internal import CMicroHTTPD
internal import Glibc

/// The libmicrohttpd daemon and its connections. Lives on the loop's thread only; the callbacks below call into it.
@safe
final class Daemon {
    let options: HTTPServerOptions
    private let loop: ServerLoop
    private var daemon: OpaquePointer!
    private var headerBlock = HeaderBlock()
    private(set) var peers: [Peer] = []
    private var perAddress: [String: Int] = [:]
    /// Connections that wait for a handler, or for more of a streamed body, by the id of their request.
    private var waiting: [UInt64: Peer] = [:]
    private var lastID: UInt64 = 0
    private var isDraining = false
    /// Out of time: from here on nothing may be suspended, because the library ends the process when it is stopped with a
    /// suspended connection.
    private var isAbandoning = false
    private let hub: WebSocketHub
    /// The time of the current turn.
    var now = ContinuousClock.now

    init(listener: CInt, options: HTTPServerOptions, loop: ServerLoop, hub: WebSocketHub) {
        self.options = options
        self.loop = loop
        self.hub = hub
        var settings = unsafe cmhd_settings(
            listener: listener,
            // The slack is for connections that are told 503; beyond it new ones wait in the kernel's queue.
            connection_limit: UInt32(options.maximumConnections + 64),
            timeout_seconds: UInt32(max(1, options.idleTimeout.components.seconds + 5)),
            connection_memory: max(32 << 10, options.maximumHeaderBytes * 2),
            context: Unmanaged.passUnretained(self).toOpaque(),
            access: requestCalled,
            completed: requestCompleted,
            connection: connectionChanged,
            target: targetArrived,
            unescape: keepEscapes
        )
        guard let daemon = unsafe cmhd_start(&settings) else { preconditionFailure("libmicrohttpd did not start") }
        unsafe self.daemon = daemon
    }

    /// Readable when `run` has something to do.
    var descriptor: CInt { unsafe cmhd_epoll_descriptor(daemon) }
    var isIdle: Bool { peers.isEmpty }

    func run() { unsafe MHD_run(daemon) }

    /// Milliseconds until `run` must be called even without an event, nil for never.
    func timeout() -> Int? {
        var milliseconds: UInt64 = 0
        guard unsafe MHD_get_timeout(daemon, &milliseconds) == .YES else { return nil }
        return Int(min(milliseconds, 60_000))
    }

    // MARK: Connections

    func connectionOpened(_ connection: OpaquePointer) -> Peer {
        let address = unsafe cmhd_client_address(connection).map { unsafe numericAddress($0) } ?? ""
        let count = perAddress[address, default: 0] + 1
        perAddress[address] = count
        let peer = unsafe Peer(
            connection: connection,
            descriptor: cmhd_descriptor(connection),
            address: address,
            isOverCap: peers.count >= options.maximumConnections || count > options.maximumConnectionsPerAddress,
            now: now
        )
        peer.slot = peers.count
        peers.append(peer)
        return peer
    }

    func connectionClosed(_ peer: Peer) {
        if let count = perAddress[peer.address] { perAddress[peer.address] = count > 1 ? count - 1 : nil }
        let last = peers.removeLast()
        if last !== peer {
            peers[peer.slot] = last
            last.slot = peer.slot
        }
    }

    /// Cuts the connections that took too long. The daemon notices and cleans up.
    func closeOverdue() {
        for peer in peers where peer.isOverdue(at: now, options) { shutdown(peer.descriptor, CInt(SHUT_RDWR)) }
    }

    // MARK: Requests

    /// The head has come: takes it, or refuses the request before its body is read.
    func head(_ peer: Peer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> MHD_Result {
        peer.hasHadRequest = true
        do throws(RequestFault) {
            peer.request = try unsafe readHead(peer, method: method, version: version)
            peer.phase = .body(since: now)
            return .YES
        } catch {
            return queue(error.response, on: peer, closing: true)
        }
    }

    private func readHead(
        _ peer: Peer,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) throws(RequestFault) -> ServerRequest {
        if peer.isOverCap { throw RequestFault(status: 503, title: "Too many connections.") }
        if unsafe cmhd_header_size(peer.connection) > options.maximumHeaderBytes {
            throw RequestFault(status: 431, title: "The request header is too large.")
        }
        let target = peer.target
        let found = unsafe headerBlock.read(
            peer.connection,
            method: method,
            version: version,
            targetLength: target.utf8.count
        )
        guard let headers = found else { throw .bad("The request header is malformed.") }
        let method = unsafe String(cString: method)
        let version = unsafe String(cString: version)
        if let fault = RequestRules.check(target: target, version: version, headers: headers, options: options) {
            throw fault
        }
        guard let known = ServerRequest.Method(rawValue: method) else {
            throw RequestFault(status: 501, title: "The method is not supported.")
        }
        guard let path = RequestRules.originForm(of: target, method: method, host: headers["host"]) else {
            throw .bad("The request target names another host.")
        }
        var request = ServerRequest(method: known, target: path, headers: headers, peer: peer.address)
        let declared = headers["content-length"].map { Int($0) ?? Int.max } ?? 0
        if declared > loop.bodyLimit(request) {
            throw RequestFault(status: 413, title: "The request body is too large.")
        }
        request.body.reserveCapacity(min(declared, 64 << 10))
        return request
    }

    func body(_ peer: Peer, _ bytes: UnsafeRawBufferPointer) { unsafe peer.request?.body.append(contentsOf: bytes) }

    /// The request is complete: hands it to the handler, on Swift's own threads.
    func dispatch(_ peer: Peer) -> MHD_Result {
        guard let request = peer.request else { return .NO }
        peer.request = nil
        if isAbandoning { return queue(.problem(503, "The server is stopping."), on: peer, closing: true) }
        let id = wait(for: peer)
        peer.phase = .handling(id)
        unsafe MHD_suspend_connection(peer.connection)
        // Not a child of any task: the loop is no task. It is held here, cancelled when a drain runs out of time, and its
        // answer is ignored when the connection is gone by then.
        peer.task = Task { [loop] in loop.post(.completed(id, await loop.handler(request))) }
        return .YES
    }

    private func wait(for peer: Peer) -> UInt64 {
        lastID += 1
        waiting[lastID] = peer
        return lastID
    }

    /// A handler's answer has come.
    func completed(_ id: UInt64, _ response: ServerResponse) {
        guard let peer = waiting.removeValue(forKey: id) else { return }
        peer.response = response
        peer.task = nil
        unsafe MHD_resume_connection(peer.connection)
    }

    /// A request is over, answered or not.
    func finished(_ peer: Peer) {
        if case .handling(let id) = peer.phase { waiting[id] = nil }
        if case .upgraded = peer.phase { return }
        peer.request = nil
        peer.response = nil
        peer.phase = .idle(since: now)
        if isDraining { shutdown(peer.descriptor, CInt(SHUT_RDWR)) }
    }

    // MARK: Answers

    func queue(_ response: ServerResponse, on peer: Peer, closing: Bool = false) -> MHD_Result {
        guard let handle = unsafe makeResponse(response, for: peer) else { return .NO }
        defer { unsafe MHD_destroy_response(handle) }
        for (name, value) in response.headers {
            // Refused for a line end inside: the answer as a whole would be another than the handler meant.
            if unsafe MHD_add_response_header(handle, name, value) == .NO {
                return queue(.problem(500, "The answer had a malformed header."), on: peer, closing: true)
            }
        }
        if response.status != 101, closing || isDraining {
            unsafe MHD_add_response_header(handle, "Connection", "close")
        }
        peer.phase = .answering
        return unsafe MHD_queue_response(peer.connection, UInt32(response.status), handle)
    }

    private func makeResponse(_ response: ServerResponse, for peer: Peer) -> OpaquePointer? {
        switch response.body {
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes { bytes in
                // Only read: the library copies before it returns.
                unsafe MHD_create_response_from_buffer(
                    bytes.count,
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                    .RESPMEM_MUST_COPY
                )
            }
        case .webSocket(let upgrade):
            peer.upgrade = upgrade
            return unsafe MHD_create_response_for_upgrade(connectionUpgraded, Unmanaged.passUnretained(self).toOpaque())
        case .stream(let chunks):
            let id = lastID + 1
            lastID = id
            let stream = StreamReader(
                pump: StreamPump(chunks) { [loop] in loop.post(.moreToSend(id)) },
                daemon: self,
                peer: peer,
                id: id
            )
            // Retained here, released by `streamReleased`.
            return unsafe MHD_create_response_from_callback(
                UInt64.max,  // MHD_SIZE_UNKNOWN
                16 << 10,
                streamRead,
                Unmanaged.passRetained(stream).toOpaque(),
                streamReleased
            )
        }
    }

    /// The 101 is on its way and the socket is free.
    func upgraded(_ peer: Peer, descriptor: CInt, early: [UInt8], handle: OpaquePointer) {
        guard let upgrade = peer.upgrade else { return }
        peer.upgrade = nil
        peer.phase = .upgraded
        lastID += 1
        unsafe hub.opened(lastID, descriptor: descriptor, upgrade: handle, early: early, upgrade, now: now)
    }

    /// Suspends until there is more to send; false when there is no time for it any more.
    func suspendStream(_ peer: Peer, _ id: UInt64) -> Bool {
        if isAbandoning { return false }
        waiting[id] = peer
        peer.isStreamSuspended = true
        unsafe MHD_suspend_connection(peer.connection)
        return true
    }

    /// The producer of a suspended stream has something.
    func moreToSend(_ id: UInt64) {
        guard let peer = waiting.removeValue(forKey: id), peer.isStreamSuspended else { return }
        peer.isStreamSuspended = false
        unsafe MHD_resume_connection(peer.connection)
    }

    // MARK: Drain

    /// Takes no more connections, closes idle ones, and tells the others that each answer is the last.
    func beginDrain() {
        guard !isDraining else { return }
        isDraining = true
        let listener = unsafe MHD_quiesce_daemon(daemon)
        if listener >= 0 { close(listener) }
        for peer in peers {
            if case .idle = peer.phase { shutdown(peer.descriptor, CInt(SHUT_RDWR)) }
        }
    }

    /// Out of time: cancels the handlers and answers 503 for them.
    func abandonHandlers() {
        isAbandoning = true
        for (id, peer) in waiting {
            peer.task?.cancel()
            peer.isStreamSuspended ? moreToSend(id) : completed(id, .problem(503, "The server is stopping."))
        }
    }

    /// Frees everything. Whoever still waits is answered first: resuming takes effect in the turn after it.
    func stop() {
        abandonHandlers()
        run()
        unsafe MHD_stop_daemon(daemon)
        unsafe daemon = nil
    }
}
