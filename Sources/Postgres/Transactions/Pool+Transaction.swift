extension Pool {
    /// Lends a connection inside of a transaction: committed when `body` returns, rolled back when it throws.
    ///
    /// Throws ``TransactionError``, or ``PostgresError`` when no connection could be lent.
    ///
    /// - Parameters:
    ///   - readOnly: the server refuses to write; a lost COMMIT is then not in doubt and the work may be retried.
    ///   - statementTimeout: the server stops any statement of this transaction that takes longer.
    ///   - lockTimeout: the server gives up waiting for a lock after this long.
    public func withTransaction<Value>(
        isolation: Isolation = .readCommitted,
        readOnly: Bool = false,
        statementTimeout: Duration? = nil,
        lockTimeout: Duration? = nil,
        wait: Duration = .seconds(30),
        whenDown: WhenDown = .fail,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        try await withConnection(wait: wait, whenDown: whenDown) { connection in
            try await connection.withTransaction(
                isolation: isolation,
                readOnly: readOnly,
                statementTimeout: statementTimeout,
                lockTimeout: lockTimeout,
                body
            )
        }
    }

    /// Runs the commands as one transaction in one network turn: all take effect or none.
    ///
    /// Throws the first command's error; `.commitUnknown` when nobody can know whether it took effect.
    public func atomically(
        _ commands: [Command],
        wait: Duration = .seconds(30),
        whenDown: WhenDown = .fail
    ) async throws -> [Rows] {
        try await withConnection(wait: wait, whenDown: whenDown) { try await $0.atomically(commands) }
    }
}

/// Does work again that failed for a reason that passes: serialization, deadlock, a restarting server, a lost connection.
///
/// Never after `.commitUnknown` and never after a statement whose effect is in doubt. Other errors pass through at once.
///
/// - Parameters:
///   - attempts: most tries in all, 1 to 5.
///   - firstDelay: doubled each time, of which the upper half is left to chance; at most 2 seconds.
public func retrying<Value>(
    attempts: Int = 5,
    firstDelay: Duration = .milliseconds(10),
    _ work: (_ attempt: Int) async throws -> Value
) async throws -> Value {
    var attempt = 1
    while true {
        do { return try await work(attempt) } catch {
            guard attempt < min(attempts, 5), isRetryable(error), !Task.isCancelled else { throw error }
        }
        let longest = min(firstDelay * (1 << (attempt - 1)), .seconds(2))
        try await Task.sleep(nanoseconds: UInt64(Double(longest.nanoseconds) * Double.random(in: 0.5...1)))
        attempt += 1
    }
}

func isRetryable(_ error: any Error) -> Bool {
    switch error {
    case let error as TransactionError: error.isRetryable
    case let error as PostgresError: error.isRetryable
    default: false
    }
}
