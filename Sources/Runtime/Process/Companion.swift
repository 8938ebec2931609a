internal import CLinux
internal import Glibc
internal import Synchronization

/// A second process of this program under another name, which outlives this one: for the few steps that must not be cut in
/// half when a process is killed. The two speak in lines over a socket; the companion ends when this process does and
/// its work is done.
public final class Companion: Sendable {
    /// The descriptor of the socket in the companion.
    public static let descriptor: CInt = 3
    /// The longest line in bytes, unless somebody says otherwise.
    public static let longestLine = 64 << 10

    /// How a companion ended.
    public struct Ending: Sendable, Equatable {
        /// The signal that killed it; nil when it ended by itself, or is not known to have ended.
        public var signal: Int32?
        /// What it ended with; nil when a signal killed it, or it is not known to have ended.
        public var code: Int32?
        /// The most memory it held, in bytes.
        public var peakMemory: Int
    }

    private let socket: CInt
    private let child: pid_t
    private let thread: NamedThread
    private let isOpen: Flag

    /// Shared with the thread, which outlives nothing of ours.
    private final class Flag: Sendable {
        let value = Mutex(true)
    }

    /// Starts a companion. `received` is called for every line, and `ended` once when it is gone, both on a thread of
    /// their own. Nil when the system refuses a process.
    ///
    /// - Parameter longestLine: the companion is given up when it sends a longer one.
    public init?(
        named name: String,
        longestLine: Int = Companion.longestLine,
        received: @escaping @Sendable (String) -> Void,
        ended: @escaping @Sendable (Ending) -> Void
    ) {
        var pid: pid_t = 0
        let socket = unsafe clinux_spawn_companion(name, CommandLine.unsafeArgv, &pid)
        guard socket >= 0 else { return nil }
        self.socket = socket
        let (child, isOpen) = (pid, Flag())
        self.child = child
        self.isOpen = isOpen
        thread = NamedThread("companion", stackSize: 512 << 10) {
            Companion.lines(of: socket, longest: longestLine, received)
            // One that we let go ends by itself once its work is done, and nobody waits for that. Whose socket closed of
            // itself is gone, or about to be.
            ended(Companion.ending(of: child, isGone: isOpen.value.withLock { $0 }))
        }
    }

    private static func ending(of child: pid_t, isGone: Bool) -> Ending {
        var status: CInt = 0
        var usage = rusage()
        guard unsafe wait4(child, &status, isGone ? 0 : WNOHANG, &usage) == child else {
            return Ending(peakMemory: 0)
        }
        let signal = status & 0x7f
        return Ending(
            signal: signal == 0 ? nil : signal,
            code: signal == 0 ? (status >> 8) & 0xff : nil,
            peakMemory: usage.ru_maxrss << 10
        )
    }

    /// Kills it, whatever it does. Its end is told as any other.
    public func kill() { _ = isOpen.value.withLock { isOpen in isOpen ? Glibc.kill(child, SIGKILL) : 0 } }

    /// Sends a line; false when the companion is gone.
    public func send(_ line: String) -> Bool {
        let bytes = Array((line + "\n").utf8)
        return isOpen.value.withLock { isOpen in
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
        let wasOpen = isOpen.value.withLock { isOpen in
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
    public static func lines(
        of descriptor: CInt,
        longest: Int = Companion.longestLine,
        _ received: (String) -> Void
    ) {
        var pending: [UInt8] = []
        var searched = 0
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while pending.count <= longest {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            pending += buffer[..<count]
            while let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                received(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeSubrange(...end)
                searched = 0
            }
            searched = pending.count
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
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + sent },
                    buffer.count - sent,
                    CInt(MSG_NOSIGNAL)
                )
            }
            if count < 0 && errno == EINTR { continue }
            // Whoever asked may be gone: what was done is stored all the same.
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Bounds what this process may allocate: beyond it an allocation fails, and the process with it.
    public static func limitMemory(_ bytes: Int) { clinux_limit_memory(bytes) }
}
