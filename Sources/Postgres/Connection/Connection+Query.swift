internal import CPQ

extension Connection {
    /// Runs one statement and returns its rows. Outside of a transaction it commits by itself.
    ///
    /// Throws `.server` with the SQLSTATE, `.encoding`, `.connectionLost`, `.cancelled`, `.silent`, `.busy`.
    @discardableResult
    public func query(_ statement: Statement, _ parameters: [Parameter] = []) async throws(PostgresError) -> Rows {
        try await pipelineResults([Command(statement, parameters)])[0].get()
    }

    /// Runs SQL that may hold several statements and takes no parameters, in one implicit transaction unless it has its
    /// own. Rows are thrown away.
    public func execute(script: String) async throws(PostgresError) {
        try await interruptible { () throws(PostgresError) in try runScript(script) }
    }

    /// The simple protocol, blocking.
    func runScript(_ script: String) throws(PostgresError) {
        try requireIdle()
        let outside = handle.transactionStatus == PQTRANS_IDLE
        guard handle.send(script: script) else { throw lost(handle.errorMessage, statement: script) }
        var first: PostgresError?
        while let result = try nextResult() {
            if first == nil { first = result.failure(script) }
            if result.status == PGRES_COPY_IN || result.status == PGRES_COPY_OUT {
                drop()
                throw PostgresError(.protocolViolation, "a script cannot hold COPY", statement: script)
            }
            if !handle.isOpen { break }
        }
        guard handle.isOpen else {
            var error = first ?? lost("the connection broke", statement: script)
            error.isOutcomeUnknown = outside
            throw error
        }
        if let first { throw refined(first) }
    }

    /// The next result of the statement at hand, nil at its end. Sends what is still to be sent meanwhile.
    func nextResult() throws(PostgresError) -> QueryResult? {
        var deadline = silenceDeadline
        while handle.isOpen {
            let unsent = handle.flush()
            guard handle.isBusy, handle.isOpen else { break }
            try wait(forRead: true, forWrite: unsent == 1, until: deadline)
            _ = handle.consumeInput()
            deadline = silenceDeadline
        }
        // Does not block: either the answer is complete or the connection is broken.
        return handle.nextResult()
    }

    /// Sends all that libpq holds back, reading meanwhile so that neither side waits for the other.
    func drain() throws(PostgresError) {
        while handle.flush() == 1 {
            try wait(forRead: true, forWrite: true, until: silenceDeadline)
            _ = handle.consumeInput()
        }
    }

    var silenceDeadline: UInt64? { address.silenceLimit.map { monotonicNanoseconds() + $0.nanoseconds } }

    func lost(_ message: String, statement: String?) -> PostgresError {
        PostgresError(
            .connectionLost,
            message.isEmpty ? "the connection broke" : message,
            statement: statement,
            isConnectionLost: true
        )
    }

    /// Names a statement that the server stopped because our task was cancelled.
    func refined(_ error: PostgresError) -> PostgresError {
        guard wasCancelled, error.sqlState == "57014" else { return error }
        var copy = error
        copy.code = .cancelled
        return copy
    }
}
