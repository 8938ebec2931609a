/// Everything that can go wrong between this program and a Postgres server, as one value.
///
/// A password never appears in it. `message` and `detail` are the server's words and may quote values of a row.
public struct PostgresError: Error, Sendable, Hashable {
    /// What kind of failure it is, in the terms in which a caller decides.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The address cannot be read.
        case badAddress
        /// No usable connection came about: unreachable, refused, wrong certificate, missing database, or too slow.
        case connectFailed
        /// The connection broke. `isOutcomeUnknown` says whether the work may have been committed all the same.
        case connectionLost
        /// The connection broke while a COMMIT was under way: committed or not, nobody here can know.
        case commitUnknown
        /// The server refused the statement; `sqlState` says why.
        case server
        /// Not executed, because an earlier command of the same pipeline failed.
        case aborted
        /// The task was cancelled.
        case cancelled
        /// The server said nothing for longer than the address allows; the connection was dropped.
        case silent
        /// The connection is in the middle of a stream or a copy.
        case busy
        /// The connection was closed by this program.
        case closed
        /// No connection of the pool became free in time.
        case poolTimeout
        /// Too many callers already wait for the pool.
        case poolOverloaded
        /// The pool was closed.
        case poolClosed
        /// A parameter cannot be sent, for instance text with a zero byte.
        case encoding
        /// A value is not of the type asked for, or is null.
        case decoding
        /// A migration that was applied before has other text now.
        case migrationChanged
        /// The database has migrations that this program does not know.
        case migrationNewer
        /// The server or the library answered in a way that the protocol does not allow here.
        case protocolViolation
    }

    /// The kind of failure.
    public var code: Code
    /// The five characters of SQLSTATE, where the server gave them.
    public var sqlState: String?
    /// One sentence.
    public var message: String
    /// The server's detail line, if any.
    public var detail: String?
    /// The constraint that was violated, if any.
    public var constraint: String?
    /// The beginning of the statement's text.
    public var statement: String?
    /// Whether the connection is gone.
    public var isConnectionLost: Bool
    /// Whether the statement may have taken effect although this error was thrown.
    public var isOutcomeUnknown: Bool

    package init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        detail: String? = nil,
        constraint: String? = nil,
        statement: String? = nil,
        isConnectionLost: Bool = false,
        isOutcomeUnknown: Bool = false
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
        self.constraint = constraint
        self.statement = statement.map(Self.shortened)
        self.isConnectionLost = isConnectionLost
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// Whether doing the same work again from its beginning is safe and may help: serialization failures, deadlocks, a
    /// server that stops or starts, and connections lost before anything could have been committed.
    public var isRetryable: Bool {
        if isOutcomeUnknown { return false }
        if code == .connectFailed || code == .connectionLost { return true }
        guard let sqlState else { return false }
        switch sqlState {
        case "40001", "40P01", "57P01", "57P02", "57P03": return true
        default: return sqlState.hasPrefix("08")
        }
    }

    /// At most 160 characters on one line, runs of white space made one space.
    static func shortened(_ statement: String) -> String {
        var text = ""
        for character in statement.prefix(400) {
            if character.isWhitespace {
                if !text.isEmpty, text.last != " " { text.append(" ") }
            } else {
                text.append(character)
            }
            if text.count >= 160 { return text + "…" }
        }
        return text.last == " " ? String(text.dropLast()) : text
    }
}

extension PostgresError: CustomStringConvertible {
    /// All facts on one line; never a password.
    public var description: String {
        var text = "\(code.rawValue)"
        if let sqlState { text += " \(sqlState)" }
        text += ": \(message)"
        if let detail { text += " (\(detail))" }
        if let constraint { text += " [constraint \(constraint)]" }
        if let statement { text += " in: \(statement)" }
        return text
    }
}
