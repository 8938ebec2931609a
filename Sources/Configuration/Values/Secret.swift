/// Text that no log, help page or error may show. Printing one shows `set`.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    public init(_ text: String) { self.text = text }

    /// The text itself; call it only where it is handed to the library that needs it.
    public func reveal() -> String { text }

    public var description: String { "set" }
    public var debugDescription: String { "set" }
    /// Keeps `dump` and test failures from looking inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
