internal import CLinux
internal import Glibc

/// A descriptor that another thread can poll, and that wakes it from outside.
public final class WakeDescriptor: Sendable {
    /// Readable after a `signal` until the next `clear`.
    public let descriptor: CInt

    public init() {
        descriptor = clinux_eventfd()
        precondition(descriptor >= 0, "the system refused an event descriptor")
    }

    deinit { close(descriptor) }

    /// Wakes the waiting thread. Never blocks, may be called from anywhere.
    public func signal() { clinux_eventfd_signal(descriptor) }

    /// Takes back all signals so far.
    public func clear() { clinux_eventfd_clear(descriptor) }

    /// Blocks the calling thread until a signal, then clears it.
    public func wait() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&entry, 1, -1) < 0 && errno == EINTR {}
        clear()
    }
}
