internal import CCurl
internal import Runtime
internal import Synchronization

/// The client's thread: takes transfers from an inbox, turns libcurl's multi handle, hands the results back in batches.
@safe
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
    /// Used by other threads for `curl_multi_wakeup` only, the one call that libcurl allows from outside.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    init(options: HTTPClientOptions) {
        self.options = options
        _ = globalInitialisation
        guard let multi = unsafe curl_multi_init() else { preconditionFailure("libcurl could not allocate") }
        unsafe self.multi = multi
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.connectionsPerHost)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connectionsInTotal)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.connectionsInTotal)
    }

    deinit { unsafe curl_multi_cleanup(multi) }

    /// Whether the caller runs on the client's thread.
    var isCurrentThread: Bool { threadID.load(ordering: .relaxed) == NamedThread.currentID }

    /// False when the client is closed and the transfer was not taken.
    func submit(_ transfer: Transfer) -> Bool {
        let (taken, wake) = inbox.withLock { inbox in
            guard !inbox.isClosing else { return (false, false) }
            inbox.arrived.append(transfer)
            defer { inbox.isWaiting = false }
            return (true, inbox.isWaiting)
        }
        if wake { unsafe curl_multi_wakeup(multi) }
        return taken
    }

    /// Looks for cancelled transfers at the next turn. Their flag is set before.
    func cancelRequested() { signal { $0.cancelRequested = true } }

    /// Ends `run`, which fails whatever is still under way.
    func close() { signal { $0.isClosing = true } }

    private func signal(_ change: (inout Inbox) -> Void) {
        let wake = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isWaiting = false }
            return inbox.isWaiting
        }
        if wake { unsafe curl_multi_wakeup(multi) }
    }

    /// Runs a piece of a task between two turns. Posted from the thread itself it wakes nobody; once the loop has ended,
    /// tasks go on elsewhere.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (taken, wake) = inbox.withLock { inbox in
            if inbox.hasEnded { return (false, false) }
            inbox.jobs.append(job)
            defer { inbox.isWaiting = false }
            return (true, inbox.isWaiting)
        }
        if wake { unsafe curl_multi_wakeup(multi) }
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

    /// The body of the thread.
    func run() {
        threadID.store(NamedThread.currentID, ordering: .relaxed)
        var turn = unsafe Turn(multi: multi, options: options)
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
            turn.perform()
            turn.resume()
            let idle = inbox.withLock { inbox in
                inbox.isWaiting = inbox.isEmpty
                return inbox.isWaiting
            }
            if idle {
                // libcurl shortens this to its own next timer; an idle client sleeps until it is woken.
                unsafe curl_multi_poll(multi, nil, 0, 60_000, nil)
                inbox.withLock { $0.isWaiting = false }
            }
        }
    }
}

/// What belongs to the thread alone: the handles, and the results of the current turn.
@safe
private struct Turn: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private var running: [EasyHandle] = []
    private var spare: [EasyHandle] = []
    private var finished: [(Completion, Outcome)] = []

    init(multi: UnsafeMutableRawPointer, options: HTTPClientOptions) {
        unsafe self.multi = unsafe multi
        self.options = options
    }

    mutating func start(_ transfer: Transfer) {
        guard !transfer.cancellation.isSet else {
            finished.append((transfer.finish, .failure(.cancelled(transfer))))
            return
        }
        let handle = spare.popLast() ?? EasyHandle(options: options)
        handle.load(transfer)
        handle.slot = running.count
        running.append(handle)
        unsafe curl_multi_add_handle(multi, handle.curl)
    }

    mutating func perform() {
        var active: CInt = 0
        unsafe curl_multi_perform(multi, &active)
        var code = CURLE_OK
        while let curl = unsafe ccurl_next_finished(multi, &code) {
            guard let context = unsafe ccurl_get_private(curl) else { continue }
            let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            remove(handle)
            let (transfer, outcome) = handle.unload(code)
            finished.append((transfer.finish, outcome))
        }
    }

    mutating func removeCancelled() {
        for handle in running where handle.transfer?.cancellation.isSet == true {
            give(up: handle, HTTPError.cancelled)
        }
    }

    mutating func removeAll() {
        for handle in running { give(up: handle, HTTPError.closed) }
    }

    /// Wakes the tasks whose transfers ended in this turn, after libcurl was left.
    mutating func resume() {
        guard !finished.isEmpty else { return }
        for (completion, outcome) in finished { completion.resume(returning: outcome) }
        finished.removeAll(keepingCapacity: true)
    }

    private mutating func give(up handle: EasyHandle, _ error: (Transfer) -> HTTPError) {
        remove(handle)
        let transfer = handle.unload()
        finished.append((transfer.finish, .failure(error(transfer))))
    }

    private mutating func remove(_ handle: EasyHandle) {
        unsafe curl_multi_remove_handle(multi, handle.curl)
        let last = running.removeLast()
        if last !== handle {
            running[handle.slot] = last
            last.slot = handle.slot
        }
        if spare.count < options.connectionsInTotal { spare.append(handle) }
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

/// libcurl's process-wide state, once. OpenSSL initialises itself at its first use, so a process that never speaks TLS
/// does not pay for it.
private let globalInitialisation: Void = {
    curl_global_init(Int(CURL_GLOBAL_NOTHING))
}()
