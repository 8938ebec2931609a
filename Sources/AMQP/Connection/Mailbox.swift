internal import Runtime
internal import Synchronization

/// What waits in a mailbox.
protocol MailboxContent: Sendable {
    init()
    var isEmpty: Bool { get }
}

/// Hands commands from any task to a connection's thread, in lists, and wakes that thread only when it sleeps.
final class Mailbox<Content: MailboxContent>: Sendable {
    private struct State {
        var content = Content()
        var sleeping = false
        var stopping = false
        var closed = false
    }

    private let state = Mutex(State())
    private let wake = WakeDescriptor()

    /// Readable when the thread has to look.
    var descriptor: CInt { wake.descriptor }
    var stopRequested: Bool { state.withLock { $0.stopping } }

    /// Adds to the content. False when the thread has ended: nobody will read it.
    @discardableResult
    func deposit(_ change: (inout Content) -> Void) -> Bool {
        let (taken, wasSleeping) = state.withLock { state -> (Bool, Bool) in
            guard !state.closed else { return (false, false) }
            change(&state.content)
            defer { state.sleeping = false }
            return (true, state.sleeping)
        }
        if wasSleeping { wake.signal() }
        return taken
    }

    func requestStop() {
        state.withLock { $0.stopping = true }
        wake.signal()
    }

    /// Takes everything.
    func collect() -> Content? {
        state.withLock { state in
            guard !state.content.isEmpty else { return nil }
            let content = state.content
            state.content = Content()
            return content
        }
    }

    /// Announces that the thread is going to wait. False when there is something to do first.
    func beginSleep() -> Bool {
        state.withLock { state in
            state.sleeping = state.content.isEmpty
            return state.sleeping
        }
    }

    /// The thread is awake; `signalled` says that the wake descriptor was readable.
    func endSleep(signalled: Bool) {
        state.withLock { $0.sleeping = false }
        if signalled { wake.clear() }
    }

    /// The thread ends: nothing more is accepted; returns what is left.
    func close() -> Content {
        state.withLock { state in
            state.closed = true
            defer { state.content = Content() }
            return state.content
        }
    }
}
