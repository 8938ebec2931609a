/// The text of one SQL statement with `$1`, `$2`, … for its parameters.
///
/// Made from a literal, so that no value can slip into the text by interpolation.
public struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The SQL.
    public let text: String
    /// Whether a lost connection during this statement leaves a COMMIT in doubt.
    let isCommit: Bool

    /// From a literal.
    public init(_ text: StaticString) { self.init(dynamic: text.description) }

    /// From a literal.
    public init(stringLiteral text: StaticString) { self.init(text) }

    /// For text that must be put together, for instance with a partition's name. The caller answers for quoting: see
    /// ``quoted(identifier:)``.
    public init(dynamic text: String) {
        self.text = text
        let first = text.drop { $0.isWhitespace }.prefix(6).lowercased()
        isCommit = first == "commit" || first.hasPrefix("end") && !first.dropFirst(3).contains { $0.isLetter }
    }

    /// The name between double quotes, inner quotes doubled; dots are part of the name.
    public static func quoted(identifier: String) -> String {
        var text = "\""
        for character in identifier {
            if character == "\"" { text.append(character) }
            text.append(character)
        }
        return text + "\""
    }
}

/// A statement with its parameters.
public struct Command: Sendable, Hashable {
    /// What to run.
    public var statement: Statement
    /// For `$1`, `$2`, … in order.
    public var parameters: [Parameter]

    /// - Parameter parameters: for `$1`, `$2`, … in order.
    public init(_ statement: Statement, _ parameters: [Parameter] = []) {
        self.statement = statement
        self.parameters = parameters
    }
}
