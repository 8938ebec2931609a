internal import Glibc
internal import Synchronization

/// The executor of an actor that owns one C handle: every job of that actor runs on this one thread.
///
/// Blocking C calls belong here and never on Swift's shared pool, which has about one thread per core. A hop costs about
/// ten microseconds, so hand over lists rather than single items.
public final class ConnectionThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var stopping = false
    }

    private let state = Mutex(State())
    private let wake = WakeDescriptor()
    private let thread = Mutex<NamedThread?>(nil)

    public init(name: String) {
        let started = NamedThread(name) { [unowned self] in self.run() }
        thread.withLock { $0 = started }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let first = state.withLock { state in
            precondition(!state.stopping, "work was handed to a connection thread that has stopped")
            state.jobs.append(job)
            return state.jobs.count == 1
        }
        if first { wake.signal() }
    }

    /// Runs what is queued, ends the thread and joins it. Must not be called from the thread itself.
    public func stop() {
        state.withLock { $0.stopping = true }
        wake.signal()
        let running = thread.withLock { value in
            defer { value = nil }
            return value
        }
        running?.join()
    }

    private func run() {
        let executor = unsafe asUnownedSerialExecutor()
        while true {
            let (jobs, stopping) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.stopping)
            }
            for job in jobs { unsafe job.runSynchronously(on: executor) }
            if jobs.isEmpty {
                if stopping { return }
                wake.wait()
            }
        }
    }
}
