/// What went wrong in a transaction, each step apart.
public struct TransactionError: Error, CustomStringConvertible {
    /// BEGIN failed; nothing happened.
    public var begin: PostgresError?
    /// What the body threw.
    public var body: (any Error)?
    /// COMMIT failed. With code `.commitUnknown` it may have succeeded all the same.
    public var commit: PostgresError?
    /// ROLLBACK failed as well; the server rolls back when the connection ends.
    public var rollback: PostgresError?

    package init(
        begin: PostgresError? = nil,
        body: (any Error)? = nil,
        commit: PostgresError? = nil,
        rollback: PostgresError? = nil
    ) {
        self.begin = begin
        self.body = body
        self.commit = commit
        self.rollback = rollback
    }

    /// Whether the connection was lost during COMMIT: only an idempotent key in the data can tell what happened.
    public var isCommitUnknown: Bool { commit?.code == .commitUnknown }

    /// The database error behind it, if it was one.
    public var postgres: PostgresError? { begin ?? body as? PostgresError ?? commit }

    /// Whether the whole transaction may be done again. An error of the body's own is never retryable.
    public var isRetryable: Bool {
        if isCommitUnknown { return false }
        guard var error = postgres else { return false }
        // Inside of a transaction a statement that got lost was rolled back with it.
        error.isOutcomeUnknown = false
        return error.isRetryable
    }

    /// All errors on one line, each with its step.
    public var description: String {
        var parts: [String] = []
        if let begin { parts.append("begin: \(begin)") }
        if let body { parts.append("body: \(body)") }
        if let commit { parts.append("commit: \(commit)") }
        if let rollback { parts.append("rollback: \(rollback)") }
        return "transaction failed; " + parts.joined(separator: "; ")
    }
}
