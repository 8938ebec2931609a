internal import CMicroHTTPD
internal import Glibc

// libmicrohttpd's ways into the daemon, all on the loop's thread. The context is the daemon, which outlives every call; a
// connection's own context is its `Peer`, retained when it opens and released when it closes.

/// Called when the head has come, for each piece of the body, when the request is complete, and again after a resume.
@c
func requestCalled(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?,
    _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context = unsafe context, let connection = unsafe connection, let method = unsafe method,
        let version = unsafe version, let uploadSize = unsafe uploadSize, let peer = unsafe peer(of: connection)
    else { return .NO }
    let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
    switch peer.phase {
    case .idle, .header: return unsafe daemon.head(peer, method: method, version: version)
    case .body:
        let count = unsafe uploadSize.pointee
        if count == 0 { return daemon.dispatch(peer) }
        unsafe daemon.body(peer, UnsafeRawBufferPointer(start: upload, count: count))
        unsafe uploadSize.pointee = 0
        return .YES
    case .handling:
        guard let response = peer.response else { return .YES }
        peer.response = nil
        return daemon.queue(response, on: peer)
    case .answering, .upgraded: return .NO
    }
}

/// The first line is complete. Its target is copied now, because the library cuts it up when it parses the query.
@c
func targetArrived(
    _ context: UnsafeMutableRawPointer?,
    _ target: UnsafePointer<CChar>?,
    _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context, let connection = unsafe connection, let target = unsafe target,
        let peer = unsafe peer(of: connection)
    else { return nil }
    let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
    peer.target = unsafe String(cString: target)
    peer.phase = .header(since: daemon.now)
    return nil
}

/// A request is over.
@c
func requestCompleted(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ reason: MHD_RequestTerminationCode
) {
    guard let context = unsafe context, let connection = unsafe connection, let peer = unsafe peer(of: connection)
    else { return }
    unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue().finished(peer)
}

/// A connection was accepted, or is about to be closed.
@c
func connectionChanged(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _ change: MHD_ConnectionNotificationCode
) {
    guard let context = unsafe context, let connection = unsafe connection, let socketContext = unsafe socketContext
    else { return }
    let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
    if change == .CONNECTION_NOTIFY_STARTED {
        unsafe socketContext.pointee = Unmanaged.passRetained(daemon.connectionOpened(connection)).toOpaque()
    } else if let pointer = unsafe socketContext.pointee {
        unsafe socketContext.pointee = nil
        unsafe daemon.connectionClosed(Unmanaged<Peer>.fromOpaque(pointer).takeRetainedValue())
    }
}

/// A 101 has been sent; what the client sent right behind its handshake comes along.
@c
func connectionUpgraded(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ requestContext: UnsafeMutableRawPointer?,
    _ early: UnsafePointer<CChar>?,
    _ earlyCount: Int,
    _ descriptor: CInt,
    _ handle: OpaquePointer?
) {
    guard let context = unsafe context, let connection = unsafe connection, let handle = unsafe handle,
        let peer = unsafe peer(of: connection)
    else { return }
    let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: early, count: earlyCount))
    let daemon = unsafe Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
    unsafe daemon.upgraded(peer, descriptor: descriptor, early: bytes, handle: handle)
}

/// Leaves percent escapes alone: a decoded slash would be indistinguishable from a real one.
@c
func keepEscapes(
    _ context: UnsafeMutableRawPointer?,
    _ connection: OpaquePointer?,
    _ text: UnsafeMutablePointer<CChar>?
) -> Int {
    unsafe text.map { unsafe Int(strlen($0)) } ?? 0
}

private func peer(of connection: OpaquePointer) -> Peer? {
    unsafe cmhd_socket_context(connection).map { unsafe Unmanaged<Peer>.fromOpaque($0).takeUnretainedValue() }
}
