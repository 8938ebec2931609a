/// A key or string of a document, still lying in the document's bytes.
///
/// Compare it with literals, in `==` or `switch`, without allocating; ask for `string` only when a `String` is needed.
public struct JSONText: Sendable {
    @usableFromInline let storage: [UInt8]
    @usableFromInline let start: Int
    /// Length in UTF-8 bytes.
    public let count: Int

    @inlinable
    init(storage: [UInt8], start: Int, count: Int) {
        self.storage = storage
        self.start = start
        self.count = count
    }

    /// A text of its own, for tables that are looked up with texts from documents.
    public init(_ string: String) {
        let bytes = Array(string.utf8)
        self.init(storage: bytes, start: 0, count: bytes.count)
    }

    /// The text as a `String`.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The UTF-8 bytes, escapes resolved. Keeps the whole document alive.
    public var bytes: ArraySlice<UInt8> { storage[start..<start + count] }

    /// Whether both have the same bytes.
    public func equals(_ other: String) -> Bool { other.utf8.count == count && other.utf8.elementsEqual(bytes) }

    @usableFromInline
    func hasSameBytes(as other: StaticString) -> Bool {
        other.withUTF8Buffer { wanted in
            let span = storage.span
            for index in 0..<wanted.count where span[start &+ index] != wanted[index] { return false }
            return true
        }
    }
}

extension JSONText: Hashable {
    /// Whether both have the same bytes.
    public static func == (left: JSONText, right: JSONText) -> Bool {
        guard left.count == right.count else { return false }
        let (mine, other) = (left.storage.span, right.storage.span)
        for index in 0..<left.count where mine[left.start &+ index] != other[right.start &+ index] { return false }
        return true
    }

    /// Whether the text equals a literal. The length decides most comparisons without a call.
    @inlinable
    public static func == (left: JSONText, right: StaticString) -> Bool {
        left.count == right.utf8CodeUnitCount && left.hasSameBytes(as: right)
    }

    /// Whether the text differs from a literal.
    @inlinable
    public static func != (left: JSONText, right: StaticString) -> Bool { !(left == right) }

    /// Lets a `switch` over a text name its cases with literals.
    @inlinable
    public static func ~= (pattern: StaticString, text: JSONText) -> Bool { text == pattern }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in bytes { hasher.combine(byte) }
    }
}

extension JSONText: CustomStringConvertible {
    /// The text itself.
    public var description: String { string }
}
