public import JSON
public import Runtime

/// Where a command writes, and in which form its caller wants to read.
public struct CommandOutput: Sendable {
    public enum Channel: Sendable { case output, error }

    /// What `print` is used for.
    public enum Format: Sendable {
        /// For people.
        case table
        /// One JSON document.
        case json
        /// One JSON document per line.
        case ndjson
    }

    public let format: Format
    /// Notes are dropped.
    public let isQuiet: Bool
    /// Colours, when a terminal reads and nobody forbade them.
    public let style: TerminalStyle
    private let sink: @Sendable (Channel, String) -> Void

    public init(
        format: Format = .table,
        isQuiet: Bool = false,
        style: TerminalStyle = TerminalStyle(isOn: false),
        sink: @escaping @Sendable (Channel, String) -> Void
    ) {
        self.format = format
        self.isQuiet = isQuiet
        self.style = style
        self.sink = sink
    }

    /// A result, on standard output, with a line end.
    public func print(_ text: String) { sink(.output, text + "\n") }

    /// Text on standard output as it is.
    public func write(_ text: String) { sink(.output, text) }

    /// One JSON document on a line of its own, on standard output.
    public func document(_ body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        body(&writer)
        sink(.output, String(decoding: writer.bytes, as: UTF8.self) + "\n")
    }

    /// Progress and advice, on standard error; `--quiet` drops it.
    public func note(_ text: String) { if !isQuiet { sink(.error, text + "\n") } }

    /// What went wrong, on standard error.
    public func error(_ text: String) { sink(.error, text + "\n") }

    /// Standard output and error of this process.
    public static let processSink: @Sendable (Channel, String) -> Void = { channel, text in
        switch channel {
        case .output: Terminal.write(text)
        case .error: Terminal.writeError(text)
        }
    }
}
