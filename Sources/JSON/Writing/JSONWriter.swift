/// Builds JSON text by appending to bytes. Commas, colons and escapes are its own affair; nothing is kept but the output.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.beginObject()
/// writer.field("version", 1)
/// writer.field("platform", "instagram")
/// writer.endObject()
/// let body = writer.finish()
/// ```
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private var depth = 0

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    /// The finished text. Traps when an object or array is still open.
    public consuming func finish() -> [UInt8] {
        precondition(depth == 0, "a JSON object or array was left open")
        return bytes
    }

    /// Empties the writer and keeps its memory, for the next message.
    public mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        depth = 0
    }

    // MARK: Containers and keys

    /// Opens an object.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Closes the innermost object.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Opens an array.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Closes the innermost array.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a key; its value must follow.
    public mutating func key(_ key: StaticString) {
        string(static: key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a key known only at run time; its value must follow.
    public mutating func key(dynamic key: String) {
        string(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// Writes a string.
    public mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { appendQuoted($0) }
    }

    /// Writes a fixed string.
    public mutating func string(static value: StaticString) {
        value.withUTF8Buffer { appendQuoted($0) }
    }

    /// Writes an integer.
    public mutating func int(_ value: Int64) {
        separate()
        Decimal.append(value, to: &bytes)
        needsComma = true
    }

    /// Writes an integer.
    public mutating func int(_ value: Int) { int(Int64(value)) }

    /// Writes a number without loss.
    public mutating func number(_ value: JSONNumber) {
        switch value {
        case .integer(let integer): int(integer)
        case .decimal(let text): raw(text.utf8)
        }
    }

    /// Writes the shortest text that reads back as the same double; infinities and NaN, which JSON lacks, become `null`.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        raw(value.description.utf8)
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) { raw((value ? "true" : "false").utf8) }

    /// Writes `null`.
    public mutating func null() { raw("null".utf8) }

    /// Writes bytes that are one complete JSON value already. They are not checked.
    public mutating func raw(_ value: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
        needsComma = true
    }

    // MARK: Inside

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        depth += 1
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        precondition(depth > 0, "a JSON object or array was closed twice")
        bytes.append(byte)
        depth -= 1
        needsComma = true
    }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(text)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Appends runs of plain bytes whole, and escapes what JSON demands: quote, backslash, control characters.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var plain = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<index]))
            appendEscape(byte)
            plain = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            for digit in [byte >> 4, byte & 0x0F] { bytes.append(digit < 10 ? digit + 0x30 : digit + 0x57) }
        }
    }
}
