import Glibc
import Runtime
import Testing

/// Runs blocking calls on a thread of their own, so that the server's handlers keep Swift's threads.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    let thread = Box<NamedThread>()
    let value = await withCheckedContinuation { continuation in
        thread.value = NamedThread("test-socket", stackSize: 256 << 10) { continuation.resume(returning: body()) }
    }
    thread.value?.join()
    return value
}

private final class Box<Value: Sendable>: @unchecked Sendable {
    var value: Value?
}

/// A blocking TCP connection; every wait ends after ten seconds.
struct RawSocket: Sendable {
    let descriptor: CInt

    init(descriptor: CInt) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    init(port: UInt16) {
        self.init(descriptor: socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
        var address = loopback(port)
        let code = withAddress(&address) { connect(descriptor, $0, $1) }
        if code != 0 { Issue.record("connect failed with \(errno)") }
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) }
    func send(_ text: String) { send(Array(text.utf8)) }

    /// False when the peer has closed.
    func trySend(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count
    }

    /// What comes next, at most `count` bytes; empty at the end and after a reset.
    func read(_ count: Int = 65536) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &buffer, count, 0)
        if got < 0, errno == EAGAIN { Issue.record("the peer neither answered nor closed") }
        return Array(buffer.prefix(max(0, got)))
    }

    /// Exactly `count` bytes, or fewer at the end.
    func readExactly(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = read(count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// Everything until the peer closes.
    func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = read()
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    /// Up to and including the empty line.
    func readHead() -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let more = read(1)
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func close() { _ = Glibc.close(descriptor) }
}

/// A peer that takes one connection after another and treats each with `script`.
final class ScriptedServer: Sendable {
    let port: UInt16
    private let listener: CInt
    private let thread: NamedThread

    init(_ script: @escaping @Sendable (RawSocket) -> Void) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(0)
        _ = withAddress(&address) { bind(listener, $0, $1) }
        listen(listener, 16)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withAddress(&address) { pointer, _ in
            getsockname(listener, UnsafeMutablePointer(mutating: pointer), &length)
        }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        thread = NamedThread("test-server", stackSize: 256 << 10) {
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0 { return }
                let socket = RawSocket(descriptor: descriptor)
                script(socket)
                socket.close()
            }
        }
    }

    /// Answers each request with the same bytes, then closes.
    convenience init(answer: [UInt8]) {
        self.init { socket in
            _ = socket.readHead()
            socket.send(answer)
        }
    }

    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        thread.join()
        close(listener)
    }
}

private func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func withAddress(_ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
