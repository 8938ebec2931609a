import AMQP
import Synchronization

/// Deliveries that wait for their writer. Bounded by the prefetch of the queue they come from.
final class Inbox: Sendable {
    private struct State {
        var waiting: [Delivery] = []
        var reader: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// How many wait.
    var count: Int { state.withLock { $0.waiting.count } }

    func append(_ deliveries: [Delivery]) {
        let reader = state.withLock { state in
            state.waiting += deliveries
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Nothing follows.
    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Suspends until something waits; false at the end.
    func wait() async -> Bool {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                if !state.waiting.isEmpty || state.isClosed { return true }
                precondition(state.reader == nil, "an inbox has one reader")
                state.reader = continuation
                return false
            }
            if ready { continuation.resume() }
        }
        return state.withLock { !$0.waiting.isEmpty || !$0.isClosed }
    }

    /// Takes the oldest, at most so many.
    func take(_ most: Int) -> [Delivery] {
        state.withLock { state in
            let taken = Array(state.waiting.prefix(most))
            state.waiting.removeFirst(taken.count)
            return taken
        }
    }
}
