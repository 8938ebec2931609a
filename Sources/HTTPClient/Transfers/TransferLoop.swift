internal import Runtime
internal import Synchronization

/// The client's thread: takes transfers from an inbox, turns libcurl's multi handle, hands the results back in batches.
final class TransferLoop: TaskExecutor {
    private struct Inbox {
        var arrived: [Transfer] = []
        var jobs: [UnownedJob] = []
        var cancelRequested = false
        var isWaiting = false
        var isClosing = false
        var hasEnded = false

        var isEmpty: Bool { arrived.isEmpty && jobs.isEmpty && !cancelRequested && !isClosing }
    }

    private let inbox = Mutex(Inbox())
    private let options: HTTPClientOptions
    private let threadID = Atomic<Int32>(0)
    private let wake = WakeDescriptor()

    init(options: HTTPClientOptions) { self.options = options }

    /// Whether the caller runs on the client's thread.
    var isCurrentThread: Bool { threadID.load(ordering: .relaxed) == NamedThread.currentID }

    /// False when the client is closed and the transfer was not taken.
    func submit(_ transfer: Transfer) -> Bool {
        let (taken, sleeping) = inbox.withLock { inbox in
            guard !inbox.isClosing else { return (false, false) }
            inbox.arrived.append(transfer)
            defer { inbox.isWaiting = false }
            return (true, inbox.isWaiting)
        }
        if sleeping { wake.signal() }
        return taken
    }

    /// Looks for cancelled transfers at the next turn. Their flag is set before.
    func cancelRequested() { signal { $0.cancelRequested = true } }

    /// Ends `run`, which fails whatever is still under way.
    func close() { signal { $0.isClosing = true } }

    private func signal(_ change: (inout Inbox) -> Void) {
        let sleeping = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isWaiting = false }
            return inbox.isWaiting
        }
        if sleeping { wake.signal() }
    }

    /// Runs a piece of a task between two turns. Posted from the thread itself it wakes nobody; once the loop has ended,
    /// tasks go on elsewhere.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (taken, sleeping) = inbox.withLock { inbox in
            if inbox.hasEnded { return (false, false) }
            inbox.jobs.append(job)
            defer { inbox.isWaiting = false }
            return (true, inbox.isWaiting)
        }
        if sleeping { wake.signal() }
        if !taken { globalConcurrentExecutor.enqueue(job) }
    }

    /// Runs what tasks have posted; they post transfers in turn.
    private func runJobs() {
        let jobs = inbox.withLock { inbox in
            defer { inbox.jobs.removeAll(keepingCapacity: true) }
            return inbox.jobs
        }
        if jobs.isEmpty { return }
        let executor = unsafe asUnownedTaskExecutor()
        for job in jobs { unsafe job.runSynchronously(on: executor) }
    }

    /// Runs the last jobs, and lets later ones go elsewhere.
    private func end() {
        while !inbox.withLock({ inbox in
            inbox.hasEnded = inbox.jobs.isEmpty
            return inbox.hasEnded
        }) {
            runJobs()
        }
    }

    /// With fewer transfers under way than this, each answer is handled at once whatever it costs.
    private static let paced = 8
    /// How many turns in a row may pass without a look at the transfers.
    private static let skips = 4

    /// Runs jobs until a transfer comes; false when the client is closed before. Until then libcurl is not initialised,
    /// which costs 3 MiB resident, most of it for OpenSSL.
    private func waitForTransfer() -> Bool {
        while true {
            runJobs()
            let (hasTransfer, isClosing, idle) = inbox.withLock { inbox in
                inbox.cancelRequested = false
                inbox.isWaiting = inbox.isEmpty
                return (!inbox.arrived.isEmpty, inbox.isClosing, inbox.isWaiting)
            }
            if hasTransfer || isClosing { return hasTransfer }
            if idle { wake.wait() }
            inbox.withLock { $0.isWaiting = false }
        }
    }

    /// The body of the thread.
    func run() {
        threadID.store(NamedThread.currentID, ordering: .relaxed)
        guard waitForTransfer() else { return end() }
        var turn = TransferTurn(options: options)
        var pacer = Pacer()
        var skipped = 0
        while true {
            runJobs()
            let (arrived, cancel, closing) = inbox.withLock { inbox in
                let taken = (inbox.arrived, inbox.cancelRequested, inbox.isClosing)
                inbox.arrived = []
                inbox.cancelRequested = false
                return taken
            }
            for transfer in arrived { turn.start(transfer) }
            if cancel { turn.removeCancelled() }
            if closing {
                turn.removeAll()
                turn.resume()
                return end()
            }
            // libcurl looks at every transfer each time: not worth it after each step of some task.
            if arrived.isEmpty, !cancel, skipped < Self.skips {
                skipped += 1
            } else {
                turn.perform()
                skipped = 0
            }
            turn.resume()
            let idle = inbox.withLock { inbox in
                inbox.isWaiting = inbox.isEmpty
                return inbox.isWaiting
            }
            if idle {
                let pause = pacer.woke(at: .now)
                if let pause, turn.count >= Self.paced { Pacer.rest(pause) }
                turn.wait(for: wake)
                skipped = Self.skips
                inbox.withLock { $0.isWaiting = false }
            }
        }
    }
}

extension HTTPError {
    static func cancelled(_ transfer: Transfer) -> HTTPError {
        HTTPError(.cancelled, "The request was cancelled.", host: transfer.origin.host)
    }
    static func closed(_ transfer: Transfer) -> HTTPError {
        HTTPError(.closed, "The HTTP client was closed.", host: transfer.origin.host)
    }
}
