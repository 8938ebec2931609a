import Adapters
import Runtime
import Synchronization

/// Keeps the lease. One dispatcher leads at a time; its writes carry the lease's epoch, so that one which was stopped and
/// comes back late changes nothing.
final class Leadership: Drainable {
    static let lease = "dispatcher"

    let name = "leadership"
    private let store: ScheduleStore
    private let time: Duration
    private let holder: String
    private let logger: Logger

    private struct State {
        var epoch: Int64?
        var trustedUntil = Deadline(nanoseconds: 0)
        var isReachable = false
        var isDraining = false
    }

    private let state = Mutex(State())

    init(store: ScheduleStore, time: Duration, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
        var generator = SystemRandomNumberGenerator()
        holder = String(generator.next() as UInt64, radix: 16)
        MetricsRegistry.standard.gauge("flotilla_leader", "1 while this process leads.") { [weak self] in
            self?.epoch == nil ? 0 : 1
        }
    }

    /// The epoch in which this process leads; nil when it does not, or cannot be sure.
    var epoch: Int64? { state.withLock { $0.trustedUntil.isPast() ? nil : $0.epoch } }

    /// Whether the database has answered.
    var isReachable: Bool { state.withLock { $0.isReachable } }

    @concurrent
    func run() async {
        while !Task.isCancelled, !state.withLock({ $0.isDraining }) {
            let asked = ProcessClock.monotonicNow
            do {
                take(try await store.lease(Self.lease, holder: holder, time: time), asked: asked)
            } catch {
                // What was granted before holds until it runs out.
                logger.warning("the lease cannot be renewed", ["error.message": .string("\(error)")])
            }
            try? await Task.sleep(for: time / 4)
        }
    }

    /// Gives the lease up, so that a spare need not wait for it.
    func drain() async {
        let wasLeading = state.withLock { state in
            state.isDraining = true
            defer { state.epoch = nil }
            return state.epoch != nil
        }
        if wasLeading { try? await store.release(Self.lease, holder: holder) }
    }

    private func take(_ epoch: Int64?, asked: Int64) {
        let before = state.withLock { state in
            defer {
                state.isReachable = true
                state.epoch = state.isDraining ? nil : epoch
                // Counted from before the question: the lease began no later than that.
                state.trustedUntil = Deadline(after: time * 3 / 4, now: asked)
            }
            return state.epoch
        }
        if let epoch, before != epoch { logger.notice("leading", ["epoch": .int(Int(epoch))]) }
        if epoch == nil, before != nil { logger.warning("no longer leading") }
    }
}
