internal import CMicroHTTPD
internal import Glibc

/// A listening socket on a numeric address.
struct Listener {
    let descriptor: CInt
    let port: UInt16

    init(address: String, port: UInt16) throws(HTTPServerError) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        let isV4 = unsafe inet_pton(AF_INET, address, &v4.sin_addr) == 1
        guard unsafe isV4 || inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 else {
            throw HTTPServerError(code: .badAddress, message: "\(address) is not a numeric address.", underlying: 0)
        }
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port.bigEndian
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        let flags = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(isV4 ? AF_INET : AF_INET6, flags, 0)
        var on: CInt = 1
        unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        let bound = isV4 ? Self.bind(socket, &v4) : Self.bind(socket, &v6)
        guard bound, listen(socket, 1024) == 0 else {
            let code = errno
            if socket >= 0 { close(socket) }
            throw HTTPServerError(code: .bind, message: "Cannot listen on \(address) port \(port).", underlying: code)
        }
        descriptor = socket
        self.port = isV4 ? Self.port(of: socket, &v4, \.sin_port) : Self.port(of: socket, &v6, \.sin6_port)
    }

    private static func bind<Address>(_ socket: CInt, _ address: inout Address) -> Bool {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe Glibc.bind(
                socket,
                UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                socklen_t(MemoryLayout<Address>.size)
            ) == 0
        }
    }

    /// The port that the kernel chose when 0 was asked for.
    private static func port<Address>(of socket: CInt, _ address: inout Address, _ field: KeyPath<Address, in_port_t>)
        -> UInt16
    {
        var length = socklen_t(MemoryLayout<Address>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            _ = unsafe getsockname(
                socket,
                UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                &length
            )
        }
        return UInt16(bigEndian: address[keyPath: field])
    }
}

/// The address as text, without its port; empty for other families.
func numericAddress(_ address: UnsafePointer<sockaddr>) -> String {
    let raw = unsafe UnsafeRawPointer(address)
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
        let family = unsafe Int32(address.pointee.sa_family)
        let offset = family == AF_INET ? 4 : 8
        guard family == AF_INET || family == AF_INET6,
            let start = unsafe inet_ntop(family, raw + offset, text.baseAddress, socklen_t(INET6_ADDRSTRLEN))
        else { return "" }
        return unsafe String(cString: start)
    }
}
