internal import CPQ

/// How far transactions are kept apart.
public enum Isolation: String, Sendable, Hashable {
    /// Each statement sees what was committed before it.
    case readCommitted = "READ COMMITTED"
    /// All statements see one state; a conflicting write fails with 40001.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after another; conflicts fail with 40001.
    case serializable = "SERIALIZABLE"
}

extension Connection {
    /// Runs `body` between BEGIN and COMMIT, or ROLLBACK when it throws.
    ///
    /// COMMIT and ROLLBACK are not cancelled with the task. Throws ``TransactionError``.
    ///
    /// - Parameters:
    ///   - readOnly: the server refuses to write; a lost COMMIT is then not in doubt and the work may be retried.
    ///   - statementTimeout: the server stops any statement of this transaction that takes longer.
    ///   - lockTimeout: the server gives up waiting for a lock after this long.
    public nonisolated func withTransaction<Value>(
        isolation: Isolation = .readCommitted,
        readOnly: Bool = false,
        statementTimeout: Duration? = nil,
        lockTimeout: Duration? = nil,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        var begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")"
        if let statementTimeout { begin += "; SET LOCAL statement_timeout = \(statementTimeout.serverMilliseconds)" }
        if let lockTimeout { begin += "; SET LOCAL lock_timeout = \(lockTimeout.serverMilliseconds)" }
        do { try await self.begin(begin) } catch { throw TransactionError(begin: error) }
        let value: Value
        do { value = try await body(self) } catch {
            throw TransactionError(body: error, rollback: await rollBack())
        }
        if let error = await commit(readOnly) { throw error }
        return value
    }

    /// Within a transaction BEGIN would be a mere warning, and the inner COMMIT would end the outer transaction.
    private func begin(_ script: String) async throws(PostgresError) {
        if handle.transactionStatus == PQTRANS_INTRANS || handle.transactionStatus == PQTRANS_INERROR {
            throw PostgresError(.busy, "the connection is in a transaction already")
        }
        try await execute(script: script)
    }

    /// Shielded from cancellation.
    private func rollBack() -> PostgresError? {
        defer { noteState() }
        do throws(PostgresError) {
            try runScript("ROLLBACK")
            return nil
        } catch { return error }
    }

    /// Shielded from cancellation.
    private func commit(_ readOnly: Bool) -> TransactionError? {
        defer { noteState() }
        guard handle.isOpen else {
            return TransactionError(commit: lost("the connection broke before COMMIT", statement: "COMMIT"))
        }
        if handle.transactionStatus == PQTRANS_INERROR {
            // The body swallowed an error. COMMIT would answer ROLLBACK without an error.
            let error = PostgresError(
                .server,
                "a statement of the transaction failed before and its body went on",
                sqlState: "25P02"
            )
            return TransactionError(commit: error, rollback: rollBack())
        }
        do throws(PostgresError) {
            try runScript("COMMIT")
            return nil
        } catch {
            guard error.isConnectionLost, !readOnly else { return TransactionError(commit: error) }
            var unknown = error
            unknown.code = .commitUnknown
            unknown.isOutcomeUnknown = true
            return TransactionError(commit: unknown)
        }
    }
}

extension Duration {
    /// Rounded up; at least 1, as 0 would switch the limit off.
    var serverMilliseconds: UInt64 { max(1, min((nanoseconds + 999_999) / 1_000_000, UInt64(Int32.max))) }
}
