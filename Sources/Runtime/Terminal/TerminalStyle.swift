internal import Glibc

/// Colour and weight for people, only where a terminal shows them.
///
/// Off when the output is not a terminal, when `NO_COLOR` is set to anything, or when `TERM` is `dumb`.
public struct TerminalStyle: Sendable {
    /// What a piece of text is, rather than how it looks.
    public enum Role: String, Sendable, CaseIterable {
        /// Headings and names.
        case strong = "1"
        /// What may be overlooked.
        case faint = "2"
        /// All is well.
        case good = "32"
        /// Needs a look.
        case warning = "33"
        /// Went wrong.
        case bad = "31"
        /// Neutral emphasis.
        case accent = "36"
    }

    /// Whether anything is styled at all.
    public let isOn: Bool

    /// A style that is on or off regardless of the terminal, for options like `--color`.
    public init(isOn: Bool) { self.isOn = isOn }

    /// The style for standard output.
    public static var output: TerminalStyle { TerminalStyle(isOn: Terminal.outputIsTerminal && environmentAllows) }

    /// The style for standard error.
    public static var error: TerminalStyle { TerminalStyle(isOn: Terminal.errorIsTerminal && environmentAllows) }

    /// The text in its role, or as it is when styles are off.
    public func callAsFunction(_ role: Role, _ text: String) -> String {
        isOn ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }

    private static var environmentAllows: Bool {
        (ProcessEnvironment["NO_COLOR"] ?? "").isEmpty && ProcessEnvironment["TERM"] != "dumb"
    }
}
