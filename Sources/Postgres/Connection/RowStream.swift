internal import CPQ

/// The rows of one statement in chunks, as the reader takes them: memory stays that of one chunk, however many rows.
///
/// The server is held back by the network when the reader is slow. Can be read once.
public struct RowStream: AsyncSequence, Sendable {
    /// A chunk.
    public typealias Element = Rows
    /// What reading may throw.
    public typealias Failure = PostgresError

    let connection: Connection
    let chunk: Int

    /// The reader.
    public func makeAsyncIterator() -> Iterator { Iterator(connection: connection, chunk: chunk) }

    /// Takes one chunk after another.
    public struct Iterator: AsyncIteratorProtocol {
        let connection: Connection
        let chunk: Int

        /// The next chunk, nil after the last one. Throws what ``Connection/query(_:_:)`` throws.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(PostgresError) -> Rows? {
            try await connection.nextChunk(chunk)
        }

        /// The next chunk, nil after the last one.
        public mutating func next() async throws(PostgresError) -> Rows? { try await connection.nextChunk(chunk) }
    }
}

extension Connection {
    /// Runs a statement and lends its rows as a stream. The connection does nothing else meanwhile.
    ///
    /// A stream that is left before its end is cancelled at the server (on the same machine; then a surrounding
    /// transaction has failed) or costs the connection.
    ///
    /// - Parameter chunk: rows per element, at least 1.
    public nonisolated func withStream<Value>(
        _ statement: Statement,
        _ parameters: [Parameter] = [],
        chunk: Int = 1000,
        _ body: (RowStream) async throws -> Value
    ) async throws -> Value {
        precondition(chunk > 0, "a chunk holds at least one row")
        try await beginStream(statement, parameters)
        do {
            let value = try await body(RowStream(connection: self, chunk: chunk))
            await endStream()
            return value
        } catch {
            await endStream()
            throw error
        }
    }

    private func beginStream(_ statement: Statement, _ parameters: [Parameter]) throws(PostgresError) {
        try requireIdle()
        try encoder.encode(parameters)
        guard handle.sendUnnamed(statement.text, encoder), handle.setSingleRow() else {
            throw lost(handle.errorMessage, statement: statement.text)
        }
        encoder.trim()
        occupation = "a stream"
        noteState()
    }

    fileprivate func nextChunk(_ size: Int) async throws(PostgresError) -> Rows? {
        guard occupation != nil else { return nil }
        return try await interruptible { () throws(PostgresError) in
            var builder = RowsBuilder()
            while builder.rowCount < size {
                guard let result = try nextResult() else {
                    occupation = nil
                    break
                }
                if let failure = result.failure(nil) {
                    // What follows an error is its end mark only.
                    while handle.isOpen, try nextResult() != nil {}
                    occupation = nil
                    throw refined(failure)
                }
                builder.append(result)
            }
            return builder.rowCount > 0 ? builder.build() : nil
        }
    }

    /// Not cancelled with the task.
    private func endStream() {
        defer { noteState() }
        guard occupation != nil, handle.isOpen else { return }
        guard isLocal else { return drop() }
        handle.requestCancel()
        do throws(PostgresError) {
            while handle.isOpen, try nextResult() != nil {}
            occupation = nil
        } catch { drop() }
    }
}

extension Pool {
    /// Lends the rows of one statement as a stream over a connection of its own: see
    /// ``Connection/withStream(_:_:chunk:_:)``.
    public func withStream<Value>(
        _ statement: Statement,
        _ parameters: [Parameter] = [],
        chunk: Int = 1000,
        _ body: (RowStream) async throws -> Value
    ) async throws -> Value {
        try await withConnection { try await $0.withStream(statement, parameters, chunk: chunk, body) }
    }
}
