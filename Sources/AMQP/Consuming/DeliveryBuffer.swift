internal import Synchronization

/// What came and was not asked for yet; its size is bounded by the prefetch.
final class DeliveryBuffer: Sendable {
    private struct State {
        var deliveries: [Delivery] = []
        var waiters: [(id: UInt64, continuation: CheckedContinuation<[Delivery]?, Never>)] = []
        /// Readers that have begun and do not wait yet, and those of them that were cancelled in between.
        var arriving: Set<UInt64> = []
        var cancelled: Set<UInt64> = []
        var lastID: UInt64 = 0
        var finished = false
    }

    private let state = Mutex(State())

    /// Adds a batch; the longest waiting reader gets everything.
    func append(_ batch: [Delivery]) {
        let waiter = state.withLock { state -> CheckedContinuation<[Delivery]?, Never>? in
            if state.waiters.isEmpty {
                state.deliveries.append(contentsOf: batch)
                return nil
            }
            return state.waiters.removeFirst().continuation
        }
        waiter?.resume(returning: batch)
    }

    /// Takes back what nobody has read and `condition` holds for.
    func remove(where condition: (Delivery) -> Bool) -> [Delivery] {
        state.withLock { state in
            let removed = state.deliveries.filter(condition)
            if !removed.isEmpty { state.deliveries.removeAll(where: condition) }
            return removed
        }
    }

    /// Nothing follows: readers get nil once the rest is read.
    func finish() {
        let waiters = state.withLock { state in
            state.finished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// Everything that is here, or the next batch; nil at the end, and when the task is cancelled.
    func next() async -> [Delivery]? {
        let id = state.withLock { state in
            state.lastID += 1
            state.arriving.insert(state.lastID)
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> [Delivery]?? in
                    state.arriving.remove(id)
                    if state.cancelled.remove(id) != nil { return .some(nil) }
                    if !state.deliveries.isEmpty {
                        defer { state.deliveries = [] }
                        return state.deliveries
                    }
                    if state.finished { return .some(nil) }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<[Delivery]?, Never>? in
                if let index = state.waiters.firstIndex(where: { $0.id == id }) {
                    return state.waiters.remove(at: index).continuation
                }
                if state.arriving.contains(id) { state.cancelled.insert(id) }
                return nil
            }
            waiter?.resume(returning: nil)
        }
    }
}

/// The batches that come from a consumer's queues. It may be read by several tasks; each batch goes to one of them. It ends
/// after `Consumer.cancel`, and when the consumer stops.
public struct Deliveries: AsyncSequence, Sendable {
    public typealias Element = [Delivery]
    public typealias Failure = Never

    let buffer: DeliveryBuffer

    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: DeliveryBuffer

        public mutating func next() async -> [Delivery]? { await buffer.next() }
        public mutating func next(isolation actor: isolated (any Actor)?) async -> [Delivery]? { await buffer.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffer: buffer) }
}
