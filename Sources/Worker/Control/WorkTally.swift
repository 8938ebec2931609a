import Adapters
import FleetCore
import Runtime
import Synchronization

/// What this worker did for each of its queues: for its report, its readiness and its metrics.
final class WorkTally: Sendable {
    private struct State {
        var report: WorkerReport
        var watches: [DeliveryWatch]
        var ready: [Int]
    }

    private let state: Mutex<State>
    /// Where a queue stands in the report, by its name.
    private let places: [String: Int]
    private let names: [String]

    /// - Parameter queues: names with the routing keys and the most jobs in hand at once.
    init(_ report: WorkerReport, queues: [(name: String, key: String, prefetch: Int)]) {
        var report = report
        report.queues = queues.map { WorkerReport.Queue(key: $0.key, prefetch: $0.prefetch) }
        names = queues.map(\.name)
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let now = ProcessClock.monotonicNow
        state = Mutex(
            State(
                report: report,
                watches: queues.map { _ in DeliveryWatch(now: now) },
                ready: queues.map { _ in 0 }
            )
        )
    }

    /// A job came from a queue.
    func took(_ queue: String, at now: Instant) {
        guard let place = places[queue] else { return }
        let moment = ProcessClock.monotonicNow
        state.withLock { state in
            state.report.queues[place].holding += 1
            state.report.queues[place].taken += 1
            state.report.queues[place].takenAt = now
            state.watches[place].delivered(now: moment)
        }
    }

    /// It was read, and says when it was enqueued.
    func read(_ queue: String, enqueuedAt: Instant) {
        guard let place = places[queue] else { return }
        state.withLock { $0.report.queues[place].enqueuedAt = enqueuedAt }
    }

    /// It left the worker's hands; `time` is how long it was worked on, nil when it was not.
    func left(_ queue: String, after time: Duration?, requests: Int) {
        guard let place = places[queue] else { return }
        state.withLock { state in
            state.report.queues[place].holding -= 1
            guard let time else { return }
            state.report.queues[place].ended += 1
            state.report.queues[place].busy += time
            state.report.queues[place].requests += requests
        }
    }

    /// A job was given back unfinished.
    func handedBack() { state.withLock { $0.report.handedBack += 1 } }

    /// How this worker is.
    func report(_ newState: WorkerReport.State? = nil) -> WorkerReport {
        state.withLock { state in
            if let newState { state.report.state = newState }
            return state.report
        }
    }

    /// Somebody looked at what the queues hold. `paused` are the names of those that stand still.
    func looked(_ ready: [String: Int], paused: Set<String>) {
        let now = ProcessClock.monotonicNow
        state.withLock { state in
            for (place, name) in names.enumerated() {
                let queue = state.report.queues[place]
                state.ready[place] = ready[queue.key] ?? 0
                let isFree =
                    state.report.state == .working && !paused.contains(name)
                    && queue.holding < max(1, queue.prefetch / 2)
                state.watches[place].looked(ready: state.ready[place], isFree: isFree, now: now)
            }
        }
    }

    /// Why this worker gets no work although there is some; nil when all is well.
    var starvation: String? {
        let now = ProcessClock.monotonicNow
        return state.withLock { state in
            guard let place = state.watches.indices.first(where: { state.watches[$0].isStarved(now: now) }) else {
                return nil
            }
            let seconds = state.watches[place].silence(now: now).components.seconds
            return "\(state.ready[place]) jobs wait in \(names[place]), and none came for \(seconds) s"
        }
    }

    /// How long nothing has come from any queue.
    var silence: Duration {
        let now = ProcessClock.monotonicNow
        return state.withLock { state in state.watches.map { $0.silence(now: now) }.min() ?? .zero }
    }
}
