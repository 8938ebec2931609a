internal import CPQ

extension Connection {
    /// Appends rows to a table by binary COPY, the fastest way in. All or none are taken.
    ///
    /// `body` runs on the connection's thread and must not block for long. What it throws stops the copy and is thrown
    /// on.
    ///
    /// - Parameter table: a name, or `schema.name`.
    /// - Returns: the number of rows taken.
    @discardableResult
    public func copyIn(
        table: String,
        columns: [String],
        _ body: @Sendable (CopyWriter) throws -> Void
    ) async throws -> Int {
        var thrown: (any Error)?
        do throws(PostgresError) {
            return try await interruptible { () throws(PostgresError) in
                try copy(Self.copyStatement(table, columns), columns.count, body, &thrown)
            }
        } catch { throw thrown ?? error }
    }

    private static func copyStatement(_ table: String, _ columns: [String]) -> String {
        let name = table.split(separator: ".").map { Statement.quoted(identifier: String($0)) }.joined(separator: ".")
        let list = columns.map { Statement.quoted(identifier: $0) }.joined(separator: ", ")
        return "COPY \(name) (\(list)) FROM STDIN (FORMAT binary)"
    }

    /// The copy, blocking. An error of the caller's own goes to `thrown`.
    private func copy(
        _ statement: String,
        _ width: Int,
        _ body: (CopyWriter) throws -> Void,
        _ thrown: inout (any Error)?
    ) throws(PostgresError) -> Int {
        try requireIdle()
        let outside = handle.transactionStatus == PQTRANS_IDLE
        guard handle.send(script: statement) else { throw lost(handle.errorMessage, statement: statement) }
        try awaitCopy(statement)
        let writer = CopyWriter(width: width) { [self] buffer throws(PostgresError) in
            try put(buffer, statement)
        }
        do {
            try body(writer)
            try writer.finish()
        } catch {
            thrown = error
        }
        guard handle.isOpen else { throw lost("the connection broke during a copy", statement: statement) }
        guard handle.endCopy(error: thrown == nil ? nil : "stopped by the client") >= 0 else {
            throw lost(handle.errorMessage, statement: statement)
        }
        return try finishCopy(statement, outside)
    }

    /// Until the server asks for the data.
    private func awaitCopy(_ statement: String) throws(PostgresError) {
        guard let result = try nextResult() else { throw lost(handle.errorMessage, statement: statement) }
        guard let failure = result.failure(statement) else { return }
        while try nextResult() != nil, handle.isOpen {}
        throw refined(failure)
    }

    private func put(_ buffer: borrowing EncodeBuffer, _ statement: String) throws(PostgresError) {
        while true {
            let taken = unsafe buffer.withBytes { unsafe handle.putCopy($0) }
            if taken < 0 || !handle.isOpen { throw lost(handle.errorMessage, statement: statement) }
            // libpq would take any amount into its buffer, which never shrinks.
            try drain()
            if taken == 1 { return }
        }
    }

    private func finishCopy(_ statement: String, _ outside: Bool) throws(PostgresError) -> Int {
        var failure: PostgresError?
        var count = 0
        while let result = try nextResult() {
            count += result.affected
            if failure == nil { failure = result.failure(statement) }
            if !handle.isOpen { break }
        }
        if handle.isOpen, failure == nil { return count }
        var error = failure.map(refined) ?? lost(handle.errorMessage, statement: statement)
        if !handle.isOpen { error.isOutcomeUnknown = outside }
        throw error
    }
}
