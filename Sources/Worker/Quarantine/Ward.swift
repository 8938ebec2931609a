import Adapters
import FleetCore
import Runtime
import Synchronization

/// Runs suspects, one after another, in a companion process with bounded memory: jobs that were in the hands of workers
/// which died. Most are innocent, and end as any other job. One that kills the companion twice is dead, and takes nobody
/// with it.
///
/// The companion is started by the first suspect and kept for the next.
final class Ward: Service {
    let name = "ward"

    /// What came of a suspect in the companion.
    private enum Answer: Sendable {
        case disposal(JobDisposal)
        case died(Companion.Ending, after: Duration)
        case failed(String)
    }

    private struct State {
        var companion: Companion?
        var number = 0
        var answer: CheckedContinuation<Answer, Never>?
        var began: Int64 = 0
        var overdue = false
        var isBusy = false
        var queue: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let host: String
    private let patience: Duration
    private let ended = AsyncStream.makeStream(of: Never.self)
    private static let deaths = MetricsRegistry.standard.counter(
        "flotilla_quarantine_deaths_total",
        "Times that a suspect killed the process that ran it apart from others."
    )
    private static let trials = MetricsRegistry.standard.counter(
        "flotilla_quarantine_trials_total",
        "Suspects that were run apart from others."
    )
    /// So often a suspect may kill its process before it is dead: the first time may have had another reason.
    private static let chances = 2
    /// A result with many posts is long.
    private static let longestLine = 128 << 20

    /// - Parameter patience: how long a suspect may take.
    init(host: String, patience: Duration = .seconds(900), logger: Logger) {
        self.host = host
        self.patience = patience
        self.logger = logger
    }

    /// Runs a suspect. Throws when its task is cancelled.
    func run(_ order: SuspectOrder) async throws -> JobDisposal {
        await begin()
        defer { end() }
        Self.trials.increment()
        var last = "no process could be started"
        for _ in 0..<Self.chances {
            try Task.checkCancellation()
            switch await ask(order.line) {
            case .disposal(let disposal): return disposal
            case .failed(let reason): last = reason
            case .died(let ending, let time):
                try Task.checkCancellation()
                Self.deaths.increment()
                last = describe(ending, after: time)
                logger.error(
                    "a suspect killed the process that ran it",
                    ["queue": .string(order.key), "attempt": .int(order.attempt), "reason": .string(last)]
                )
            }
        }
        return .deadLetter(Death(.killsWorkers, "\(last); run by itself \(Self.chances) times"))
    }

    private func describe(_ ending: Companion.Ending, after time: Duration) -> String {
        let isOverdue = state.withLock { state in
            defer { state.overdue = false }
            return state.overdue
        }
        let how =
            isOverdue
            ? "did not end in time"
            : ending.signal.map { "died of signal \($0)" } ?? "ended with code \(ending.code ?? -1)"
        return
            "the process that ran it on \(host) \(how) after \(Int(time / .milliseconds(1))) ms, with \(ending.peakMemory >> 20) MiB at most"
    }

    /// Lets the companion go when cancelled.
    @concurrent
    func run() async {
        for await _ in ended.stream {}
        let companion = state.withLock { state in
            state.isClosed = true
            defer { state.companion = nil }
            return state.companion
        }
        companion?.kill()
        companion?.close()
    }

    // MARK: One at a time

    private func begin() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isBusy { state.queue.append(continuation) }
                defer { state.isBusy = true }
                return !state.isBusy
            }
            if isFree { continuation.resume() }
        }
    }

    private func end() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.queue.isEmpty {
                state.isBusy = false
                return nil
            }
            return state.queue.removeFirst()
        }
        next?.resume()
    }

    // MARK: The companion

    private func ask(_ line: String) async -> Answer {
        let timer = Task {
            try await Task.sleep(for: patience)
            state.withLock { state in
                state.overdue = true
                state.companion?.kill()
            }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure = state.withLock { state -> String? in
                    guard let companion = start(&state) else { return "no process could be started" }
                    state.answer = continuation
                    state.began = ProcessClock.monotonicNow
                    // When it cannot be sent, the companion is gone, and its end answers.
                    _ = companion.send(line)
                    return nil
                }
                if let failure { continuation.resume(returning: .failed(failure)) }
            }
        } onCancel: {
            state.withLock { $0.companion?.kill() }
        }
    }

    private func start(_ state: inout State) -> Companion? {
        if state.isClosed { return nil }
        if let companion = state.companion { return companion }
        state.number += 1
        let number = state.number
        state.companion = Companion(
            named: WardProgram.name,
            longestLine: Self.longestLine,
            received: { [weak self] in self?.received($0) },
            ended: { [weak self] in self?.companionEnded(number, $0) }
        )
        return state.companion
    }

    private func received(_ line: String) {
        guard let disposal = SuspectAnswer.disposal(line: line) else { return }
        let waiting = state.withLock { state in
            defer { state.answer = nil }
            return state.answer
        }
        waiting?.resume(returning: .disposal(disposal))
    }

    private func companionEnded(_ number: Int, _ ending: Companion.Ending) {
        let (gone, waiting, began) = state.withLock { state in
            guard state.number == number else {
                return (Companion?.none, CheckedContinuation<Answer, Never>?.none, Int64(0))
            }
            defer { (state.companion, state.answer) = (nil, nil) }
            return (state.companion, state.answer, state.began)
        }
        waiting?.resume(returning: .died(ending, after: .nanoseconds(ProcessClock.monotonicNow - began)))
        // Its own thread is the one that runs here and cannot wait for itself.
        if let gone { Task.detached { gone.close() } }
    }
}
