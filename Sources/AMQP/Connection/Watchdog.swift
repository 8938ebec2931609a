internal import Glibc
internal import Runtime
internal import Synchronization

/// The last resort against a library call that never returns: it shuts the socket down at the call's deadline, which ends
/// the call with an error.
///
/// `shutdown` is the only thing another thread may do to a connection. One thread serves the whole process and sleeps without
/// a time-out while nothing is guarded.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    private struct State {
        var guarded: [(id: UInt64, descriptor: CInt, deadline: ContinuousClock.Instant)] = []
        var lastID: UInt64 = 0
        var thread: NamedThread?
    }

    private let state = Mutex(State())
    private let wake = WakeDescriptor()

    /// Runs a call that may block on `descriptor`, and shuts that socket down if the call is not back in time.
    func guarding<R>(_ descriptor: CInt, for limit: Duration, _ call: () -> R) -> R {
        let deadline = ContinuousClock.now + limit
        let id = state.withLock { state in
            state.lastID += 1
            state.guarded.append((state.lastID, descriptor, deadline))
            // Never joined: it lives as long as the process.
            if state.thread == nil { state.thread = NamedThread("amqp-watchdog") { Watchdog.shared.run() } }
            return state.lastID
        }
        wake.signal()
        // Under the lock, so that the descriptor cannot be closed and used again in between.
        defer { state.withLock { $0.guarded.removeAll { $0.id == id } } }
        return call()
    }

    private func run() {
        while true {
            let next = state.withLock { state in
                let now = ContinuousClock.now
                for entry in state.guarded where entry.deadline <= now { shutdown(entry.descriptor, CInt(SHUT_RDWR)) }
                state.guarded.removeAll { $0.deadline <= now }
                return state.guarded.map(\.deadline).min()
            }
            let wait = next.map { max(1, ($0 - .now).milliseconds + 1) } ?? -1
            var entry = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, CInt(wait))
            if entry.revents != 0 { wake.clear() }
        }
    }
}

extension Duration {
    /// Whole milliseconds, cut off; for `poll`.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
