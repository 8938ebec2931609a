internal import CPQ
internal import Glibc
internal import Runtime
internal import Synchronization

/// One connection to Postgres, an actor on a thread of its own.
///
/// A call blocks that thread until the server answered; the caller is suspended. Cancelling the caller's task cancels
/// the statement where that is harmless (same machine), otherwise it drops the connection; a connection is never left
/// half-way. Ends with ``close()``, which must be called.
public actor Connection {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    /// Where it is connected to.
    public nonisolated let address: PostgresAddress
    private nonisolated let thread: ConnectionThread
    private nonisolated let wake = WakeDescriptor()
    /// Readable without a hop to the thread: idle, outside of a transaction, and not broken.
    private nonisolated let atRest = Atomic<Bool>(false)
    private nonisolated let descriptor = Atomic<CInt>(-1)

    var handle = Handle()
    let encoder = ParameterEncoder()
    var prepared = PreparedStatements()
    /// What occupies the connection across calls: a stream.
    var occupation: String?
    /// Whether the work at hand gives way to cancellation of its task.
    private var yieldsToCancellation = false
    private var cancelRequestedAt: UInt64?
    /// Whether cancel requests, which are not encrypted, stay on this machine.
    private(set) var isLocal = false
    /// The most bytes that were handed to libpq at once; its buffers never shrink.
    var highestLoad = 0
    private var polled = [pollfd](repeating: pollfd(), count: 2)

    init(address: PostgresAddress, name: String) {
        self.address = address
        thread = ConnectionThread(name: name)
    }

    /// Connects. Throws `.connectFailed` or `.cancelled`.
    ///
    /// - Parameter name: the session's `application_name`, and the name of the thread.
    public static func open(
        _ address: PostgresAddress,
        name: String = "postgres"
    ) async throws(PostgresError) -> Connection {
        let connection = Connection(address: address, name: name)
        do throws(PostgresError) {
            try await connection.connect(name: name)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Ends the connection and joins its thread. The connection must not be used afterwards.
    public nonisolated func close() async {
        await drop()
        thread.stop()
    }

    /// Whether the connection is still usable, as far as known here.
    public var isOpen: Bool { handle.isOpen }

    /// Whether the session is encrypted.
    public var usesTLS: Bool { handle.usesTLS }

    /// The server's version as a number, for instance 150020.
    public var serverVersion: Int { handle.serverVersion }

    // MARK: - For the pool

    /// Usable at once by the next borrower. May be asked from anywhere.
    nonisolated var isAtRest: Bool { atRest.load(ordering: .acquiring) }

    /// Whether an idle connection has something to read, which mostly means that the server closed it.
    nonisolated var hasInput: Bool {
        var entry = pollfd(fd: descriptor.load(ordering: .acquiring), events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&entry, 1, 0) != 0
    }

    /// Reads what came while idle: a changed setting, or the server's farewell, whose socket may still be open. Returns
    /// whether the connection lives on.
    func absorbInput() -> Bool {
        defer { noteState() }
        do throws(PostgresError) {
            try runScript("")
            return handle.transactionStatus == PQTRANS_IDLE
        } catch { return false }
    }

    /// Rolls back what a borrower left open. Returns whether the connection can be lent again.
    func settle() -> Bool {
        guard handle.isOpen, occupation == nil else { return false }
        if handle.transactionStatus != PQTRANS_IDLE {
            _ = try? runScript("ROLLBACK")
        }
        noteState()
        // libpq's buffers never shrink: a connection that carried very much is cheaper to replace than to keep.
        return atRest.load(ordering: .relaxed) && highestLoad < 8 << 20
    }

    // MARK: - For the other parts of the connection

    /// Ends the session at once.
    func drop() {
        handle.finish()
        noteState()
    }

    func noteState() {
        let resting = handle.isOpen && occupation == nil && handle.transactionStatus == PQTRANS_IDLE
        descriptor.store(handle.isOpen ? handle.socket : -1, ordering: .releasing)
        atRest.store(resting && highestLoad < 8 << 20, ordering: .releasing)
    }

    /// Throws unless a new statement may begin.
    func requireIdle() throws(PostgresError) {
        if let occupation { throw PostgresError(.busy, "the connection is busy with \(occupation)") }
        guard handle.isOpen else {
            throw PostgresError(.connectionLost, "the connection is closed", isConnectionLost: true)
        }
    }

    /// Runs blocking work so that cancelling the task reaches it.
    func interruptible<Value: Sendable>(
        _ work: () throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        if Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled before the statement was sent") }
        let result: Result<Value, PostgresError> = await withTaskCancellationHandler {
            yieldsToCancellation = true
            cancelRequestedAt = nil
            defer {
                yieldsToCancellation = false
                noteState()
            }
            do throws(PostgresError) { return .success(try work()) } catch { return .failure(error) }
        } onCancel: {
            wake.signal()
        }
        return try result.get()
    }

    // MARK: - Waiting

    /// Blocks until the socket can be read (or written, when asked). Throws `.silent` after `deadline`, and `.cancelled`
    /// when the task was cancelled and the server could not be asked to stop; both drop the connection.
    func wait(forRead: Bool, forWrite: Bool, until deadline: UInt64?) throws(PostgresError) {
        while true {
            let events = (forRead ? POLLIN : 0) | (forWrite ? POLLOUT : 0)
            polled[0] = pollfd(fd: handle.socket, events: Int16(events), revents: 0)
            polled[1] = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            let cutoff = cancelRequestedAt.map { min($0 + 5_000_000_000, deadline ?? .max) } ?? deadline
            let ready = unsafe Glibc.poll(&polled, 2, milliseconds(until: cutoff))
            if ready < 0 && errno == EINTR { continue }
            if polled[1].revents != 0 {
                wake.clear()
                try respondToCancellation()
            }
            if polled[0].revents != 0 || ready < 0 { return }
            if let cutoff, monotonicNanoseconds() >= cutoff {
                let cancelled = cancelRequestedAt != nil
                drop()
                throw PostgresError(
                    cancelled ? .cancelled : .silent,
                    cancelled ? "the task was cancelled" : "the server was silent for too long",
                    isConnectionLost: true,
                    isOutcomeUnknown: true
                )
            }
        }
    }

    /// Blocks until something comes unasked. Cancelling the task ends it and leaves the connection as it is.
    func waitIdle() throws(PostgresError) {
        while true {
            polled[0] = pollfd(fd: handle.socket, events: Int16(POLLIN), revents: 0)
            polled[1] = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe Glibc.poll(&polled, 2, -1)
            if polled[1].revents != 0 {
                wake.clear()
                if Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled") }
            }
            if ready > 0, polled[0].revents != 0 { return }
        }
    }

    private func respondToCancellation() throws(PostgresError) {
        guard yieldsToCancellation, Task.isCancelled, cancelRequestedAt == nil else { return }
        guard isLocal, handle.isOpen else {
            drop()
            throw PostgresError(.cancelled, "the task was cancelled", isConnectionLost: true, isOutcomeUnknown: true)
        }
        cancelRequestedAt = monotonicNanoseconds()
        handle.requestCancel()
    }

    /// Whether the statement at hand was asked to stop by its task.
    var wasCancelled: Bool { cancelRequestedAt != nil }

    // MARK: - Connecting

    private func connect(name: String) async throws(PostgresError) {
        try await interruptible { () throws(PostgresError) in
            var failures: [PostgresError] = []
            for keywords in address.attempts(applicationName: name) {
                do throws(PostgresError) {
                    isLocal = false
                    try connect(keywords)
                    isLocal = PostgresAddress.isLocal(keywords)
                    return
                } catch {
                    drop()
                    if error.code == .cancelled { throw error }
                    failures.append(error)
                }
            }
            throw PostgresError(.connectFailed, failures.map(\.message).joined(separator: "; "), isConnectionLost: true)
        }
    }

    private func connect(_ keywords: [String: String]) throws(PostgresError) {
        let deadline = monotonicNanoseconds() + address.connectTimeout.nanoseconds
        handle = Handle(keywords: keywords)
        var state = PGRES_POLLING_WRITING
        while handle.isStarted, state != PGRES_POLLING_OK, state != PGRES_POLLING_FAILED {
            do throws(PostgresError) {
                let writing = state == PGRES_POLLING_WRITING
                try wait(forRead: !writing, forWrite: writing, until: deadline)
            } catch {
                if error.code == .cancelled { throw error }
                let host = keywords["host"] ?? keywords["hostaddr"] ?? "the local socket"
                throw PostgresError(.connectFailed, "no answer from \(host) within \(address.connectTimeout)")
            }
            state = handle.poll()
        }
        guard state == PGRES_POLLING_OK, handle.setNonblocking() else {
            throw PostgresError(.connectFailed, address.masked(handle.errorMessage))
        }
    }
}
