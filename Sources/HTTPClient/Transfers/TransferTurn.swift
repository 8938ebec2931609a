internal import CCurl
internal import Runtime

/// What belongs to the thread alone: the handles, and the results of the current turn.
@safe
struct TransferTurn: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private var running: [EasyHandle] = []
    /// Transfers under way.
    var count: Int { running.count }
    private var spare: [EasyHandle] = []
    private var finished: [(Completion, Outcome)] = []

    init(options: HTTPClientOptions) {
        _ = globalInitialisation
        guard let multi = unsafe curl_multi_init() else { preconditionFailure("libcurl could not allocate") }
        unsafe self.multi = multi
        self.options = options
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.connectionsPerHost)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connectionsInTotal)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.connectionsInTotal)
    }

    deinit { unsafe curl_multi_cleanup(multi) }

    /// Sleeps until a socket is ready, libcurl's next timer, or a signal. `curl_multi_wakeup` would do for the signal, but
    /// costs two system calls more each time and is a call into the handle from other threads.
    func wait(for wake: WakeDescriptor) {
        var extra = curl_waitfd(fd: wake.descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        unsafe curl_multi_poll(multi, &extra, 1, 60_000, nil)
        if extra.revents != 0 { wake.clear() }
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

/// libcurl's process-wide state, once. OpenSSL initialises itself at its first use, so a process that never speaks TLS
/// does not pay for it.
private let globalInitialisation: Void = {
    curl_global_init(Int(CURL_GLOBAL_NOTHING))
}()
