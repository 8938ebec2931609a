/// A token, a code or an application's secret: text that no log, message, description or error may show.
public struct SecretText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a text.
    public init(_ text: String) { self.text = text }

    /// The text itself; call it only where it is handed to a request or to a cipher.
    public func reveal() -> String { text }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { text.isEmpty }

    /// Always the same words.
    public var description: String { "[redacted]" }
    /// Always the same words.
    public var debugDescription: String { "[redacted]" }
    /// Keeps `dump` and test failures from looking inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
