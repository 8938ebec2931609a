internal import CLinux
internal import Glibc
internal import Synchronization

/// A second process of this program under another name, which outlives this one: for the few steps that must not be cut in
/// half when a process is killed. The two speak in lines over a socket; the companion ends when this process does and
/// its work is done.
public final class Companion: Sendable {
    /// The descriptor of the socket in the companion.
    public static let descriptor: CInt = 3
    /// The longest line in bytes.
    private static let longestLine = 64 << 10

    private let socket: CInt
    private let thread: NamedThread
    private let isOpen = Mutex(true)

    /// Starts a companion. `received` is called for every line, and `ended` once when it is gone, both on a thread of
    /// their own. Nil when the system refuses a process.
    public init?(
        named name: String,
        received: @escaping @Sendable (String) -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        var pid: pid_t = 0
        let socket = unsafe clinux_spawn_companion(name, CommandLine.unsafeArgv, &pid)
        guard socket >= 0 else { return nil }
        self.socket = socket
        let child = pid
        thread = NamedThread("companion", stackSize: 512 << 10) {
            Companion.lines(of: socket, received)
            // It ends by itself once its work is done; nobody waits for that while it has something to finish.
            var status: CInt = 0
            unsafe waitpid(child, &status, WNOHANG)
            ended()
        }
    }

    /// Sends a line; false when the companion is gone.
    public func send(_ line: String) -> Bool {
        let bytes = Array((line + "\n").utf8)
        return isOpen.withLock { isOpen in
            guard isOpen else { return false }
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.send(
                        socket,
                        buffer.baseAddress.map { unsafe $0 + sent },
                        buffer.count - sent,
                        CInt(MSG_NOSIGNAL)
                    )
                }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Says that nothing more will come, and lets go. The companion finishes what it has in hand. Must not be called from
    /// `received` or `ended`.
    public func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        shutdown(socket, CInt(SHUT_RDWR))
        thread.join()
        Glibc.close(socket)
    }

    deinit { close() }

    /// Calls `received` with each line that comes until the other side is gone.
    public static func lines(of descriptor: CInt, _ received: (String) -> Void) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while pending.count <= longestLine {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                received(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeSubrange(...end)
            }
        }
    }

    /// What a companion does first: under its own name, deaf to requests to end, since it ends by itself.
    public static func settle(named name: String) {
        unsafe clinux_name_thread(name)
        clinux_ignore_termination()
    }

    /// Answers with a line on a companion's socket.
    public static func reply(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // Whoever asked may be gone: what was done is stored all the same.
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_NOSIGNAL))
        }
    }
}
