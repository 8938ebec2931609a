import FleetCore
import Runtime
import Synchronization

/// The jobs that are being run, each in a task of its own, so that one can be stopped without the others.
final class RunningJobs: Sendable {
    /// How running a job ended.
    enum Ending<Value: Sendable>: Sendable {
        case finished(Value)
        /// Somebody cancelled the job; the reason.
        case cancelled(String)
        /// The worker is about to stop and must give it back.
        case handBack
        /// The process stops now.
        case stopped
    }

    private enum Order {
        case cancelled(String)
        case handBack
    }

    private struct Running {
        var job: UUID?
        var stop: @Sendable () -> Void
        var order: Order?
    }

    private struct State {
        var jobs: [UInt64: Running] = [:]
        var next: UInt64 = 0
        var handsBack = false
    }

    private let state = Mutex(State())
    private let executor: any TaskExecutor

    init(executor: any TaskExecutor) {
        self.executor = executor
    }

    /// Whether the time to finish work is over.
    var handsBack: Bool { state.withLock { $0.handsBack } }

    /// Runs `work` for a job, if it is known which. What `work` throws counts as being stopped.
    func run<Value: Sendable>(
        _ job: UUID?,
        isDone: @Sendable (Value) -> Bool,
        _ work: @escaping @Sendable () async throws -> Value
    ) async -> Ending<Value> {
        if handsBack { return .handBack }
        let task = Task(executorPreference: executor) { try await work() }
        let ticket = state.withLock { state in
            state.next += 1
            state.jobs[state.next] = Running(job: job, stop: { task.cancel() }, order: nil)
            return state.next
        }
        if handsBack { handBackAll() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let order = state.withLock { $0.jobs.removeValue(forKey: ticket)?.order }
        if Task.isCancelled { return .stopped }
        switch (order, result) {
        case (.cancelled(let reason), _): return .cancelled(reason)
        case (.handBack, .success(let value)) where isDone(value): return .finished(value)
        case (.handBack, _): return .handBack
        case (nil, .success(let value)): return .finished(value)
        case (nil, .failure): return .stopped
        }
    }

    /// Stops jobs that nobody wants any more.
    func cancel(_ reason: (UUID) -> String?) {
        let stops = state.withLock { state -> [@Sendable () -> Void] in
            var stops: [@Sendable () -> Void] = []
            for (ticket, running) in state.jobs where running.order == nil {
                guard let job = running.job, let why = reason(job) else { continue }
                state.jobs[ticket]?.order = .cancelled(why)
                stops.append(running.stop)
            }
            return stops
        }
        for stop in stops { stop() }
    }

    /// Stops all, and lets none begin any more.
    func handBackAll() {
        let stops = state.withLock { state -> [@Sendable () -> Void] in
            state.handsBack = true
            var stops: [@Sendable () -> Void] = []
            for (ticket, running) in state.jobs where running.order == nil {
                state.jobs[ticket]?.order = .handBack
                stops.append(running.stop)
            }
            return stops
        }
        for stop in stops { stop() }
    }
}
