/// One line being put together, as JSON for machines or as text for people.
///
/// A line ends within 4,096 bytes, which pipes take whole, so lines of several threads never mix.
struct LogLine {
    static let longest = 4096
    private static let longestText = 1024
    /// Room for the closing brace, the process id and the mark of a cut.
    private static let reserve = 64
    private static let reserved: Set<String> = ["time", "level", "msg", "logger", "pid"]

    private var bytes: [UInt8] = []
    private var cut = false

    // MARK: JSON

    static func json(
        time: Int64,
        level: LogLevel,
        message: StaticString,
        label: String,
        facts: [(String, LogValue)],
        process: Int32
    ) -> [UInt8] {
        var line = LogLine()
        line.bytes.reserveCapacity(512)
        line.append(#"{"time":""#)
        Timestamp.append(time, to: &line.bytes)
        line.append(#"","level":""#)
        line.append(level.name)
        line.append(#"","msg":""#)
        line.appendEscaped(message.description)
        line.append(#"","logger":""#)
        line.appendEscaped(label)
        line.append("\"")
        for (key, value) in facts { line.member(key, value) }
        if line.cut { line.append(#","cut":true"#) }
        line.append(#","pid":"#)
        line.append(String(process))
        line.append("}\n")
        return line.bytes
    }

    private mutating func member(_ key: String, _ value: LogValue) {
        let before = bytes.count
        append(",\"")
        appendEscaped(Self.reserved.contains(key) ? "fact.\(key)" : key)
        if case .duration = value.storage, !key.hasSuffix("_ms") { append("_ms") }
        append("\":")
        switch shown(key, value) {
        case .text(let text):
            append("\"")
            appendEscaped(text)
            append("\"")
        case .bare(let text): append(text)
        }
        guard bytes.count > Self.longest - Self.reserve else { return }
        bytes.removeLast(bytes.count - before)
        cut = true
    }

    // MARK: Text

    static func console(
        time: Int64,
        level: LogLevel,
        message: StaticString,
        label: String,
        facts: [(String, LogValue)],
        style: TerminalStyle
    ) -> [UInt8] {
        var line = LogLine()
        var clock: [UInt8] = []
        Timestamp.appendTimeOfDay(time, to: &clock)
        line.append(style(.faint, String(decoding: clock, as: UTF8.self)))
        let name = level.name.uppercased()
        let role: TerminalStyle.Role =
            switch level {
            case .debug: .faint
            case .info, .notice: .good
            case .warning: .warning
            case .error, .critical: .bad
            }
        line.append(" " + style(role, name) + String(repeating: " ", count: 9 - name.utf8.count))
        line.appendEscaped(message.description)
        line.append("  ")
        line.append(style(.faint, label))
        for (key, value) in facts {
            line.append(" ")
            line.append(style(.accent, key) + "=")
            switch line.shown(key, value) {
            case .text(let text):
                let quoted = text.isEmpty || text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }
                if quoted { line.append("\"") }
                line.appendEscaped(text)
                if quoted { line.append("\"") }
            case .bare(let text):
                line.append(text)
                if case .duration = value.storage { line.append("ms") }
            }
        }
        line.append("\n")
        return line.bytes
    }

    // MARK: Values

    private enum Shown {
        case text(String)
        case bare(String)
    }

    private func shown(_ key: String, _ value: LogValue) -> Shown {
        switch value.storage {
        case .string(let text):
            if Redaction.isSecretKey(key) { return .text(Redaction.mask(text)) }
            return .text(Self.shorten(Redaction.scrub(Self.shorten(text, to: 4 * Self.longestText))))
        case .integer(let value): return .bare(String(value))
        case .unsigned(let value): return .bare(String(value))
        case .bool(let value): return .bare(value ? "true" : "false")
        case .double(let value): return value.isFinite ? .bare(value.description) : .text(value.description)
        case .duration(let value):
            // To the microsecond: a double's shortest text would carry meaningless digits.
            let microseconds = value.wholeNanoseconds / 1000
            let fraction = String(microseconds.magnitude % 1000)
            let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
            return .bare("\(microseconds < 0 ? "-" : "")\(microseconds.magnitude / 1000).\(zeros)\(fraction)")
        }
    }

    /// Cut in two steps: far behind what is shown before secrets are looked for, so that none is cut in half and missed.
    private static func shorten(_ text: String, to limit: Int = longestText) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Escapes what would break a line, a JSON string or a terminal: controls of both sets, separators of lines, and
    /// the marks that reverse the direction of writing.
    private mutating func appendEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(scalar.value))
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: bytes.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }
}
