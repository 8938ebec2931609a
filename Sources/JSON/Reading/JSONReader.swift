/// A pull parser: the caller walks the document in order and takes only what it wants, and no tree is built.
///
/// ```swift
/// var reader = JSONReader(body)
/// try reader.beginObject()
/// while let key = try reader.nextKey() {
///     switch key {
///     case "name": name = try reader.string()
///     case "count": count = try reader.int64()
///     default: break  // a value left unread is skipped by the next call
///     }
/// }
/// try reader.finish()
/// ```
///
/// Everything that is passed over is checked too: grammar, UTF-8, escapes, depth. After an error the reader is of no
/// further use. A copy of a reader is an independent place in the same bytes.
public struct JSONReader: Sendable {
    /// What kind of value stands at the reader's place.
    public enum Kind: Sendable, Equatable, CaseIterable {
        /// `{…}`
        case object
        /// `[…]`
        case array
        /// `"…"`
        case string
        /// An integer or decimal.
        case number
        /// `true` or `false`
        case bool
        /// `null`
        case null
    }

    /// How much, and what, is accepted.
    public struct Limits: Sendable {
        /// The deepest nesting, 1 to 64.
        public var depth: Int
        /// The largest document in bytes.
        public var bytes: Int
        /// Whether a key given twice in an object that is read (not skipped) is an error.
        public var refusesDuplicateKeys: Bool
        /// Whether `\u0000` is an error; a Postgres text cannot hold it.
        public var refusesNUL: Bool

        /// Depth 64, 8 MiB, duplicates and NUL accepted: for answers of platforms.
        public static let standard = Limits()
        /// As `standard`, with duplicates and NUL refused: for messages in which identity or money depends on a key.
        public static let strict = Limits(refusesDuplicateKeys: true, refusesNUL: true)

        /// Limits with the defaults of `standard`. Depth is held within 1 to 64.
        public init(
            depth: Int = 64,
            bytes: Int = 8 << 20,
            refusesDuplicateKeys: Bool = false,
            refusesNUL: Bool = false
        ) {
            self.depth = min(max(depth, 1), 64)
            self.bytes = bytes
            self.refusesDuplicateKeys = refusesDuplicateKeys
            self.refusesNUL = refusesNUL
        }
    }

    /// A number as it stands in the document.
    public typealias Number = JSONNumber
    /// The key of a member, comparable with literals without allocation.
    public typealias Key = JSONText

    let bytes: [UInt8]
    let start: Int
    let end: Int
    let limits: Limits
    var position: Int
    /// Whether a value stands at `position` (after white space) that nobody has read yet.
    var valuePending: Bool
    var depth = 0
    /// One bit per level, lowest for the outermost: set for an object, clear for an array.
    private var objectLevels: UInt64 = 0
    /// One bit per level: set once the first member or element was reached, so a comma must come next.
    private var startedLevels: UInt64 = 0
    private var seen = SeenKeys()

    /// A reader at the start of `bytes`. A document over the size limit is refused by the first read.
    public init(_ bytes: [UInt8], limits: Limits = .standard) {
        self.init(bytes, range: 0..<bytes.count, limits: limits)
    }

    /// A reader over a part of `bytes`, as found by `rawSlice`. Offsets in errors count from the start of `bytes`.
    public init(_ bytes: [UInt8], range: Range<Int>, limits: Limits = .standard) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies outside the bytes")
        self.bytes = bytes
        self.limits = limits
        start = range.lowerBound
        end = range.upperBound
        position = range.lowerBound
        valuePending = range.count <= limits.bytes
    }

    /// Offset of the next byte to read.
    public var offset: Int { position }

    // MARK: Containers

    /// Enters an object. Throws `wrongType` when the value is another one.
    public mutating func beginObject() throws(JSONError) {
        guard try valueStart() == UInt8(ascii: "{") else { throw wrongType(.object) }
        try enter(object: true)
    }

    /// Enters an array. Throws `wrongType` when the value is another one.
    public mutating func beginArray() throws(JSONError) {
        guard try valueStart() == UInt8(ascii: "[") else { throw wrongType(.array) }
        try enter(object: false)
    }

    /// Goes to the next member of the current object, skipping the value of the last one if it was not read.
    ///
    /// Returns nil at the end, when the object is left.
    public mutating func nextKey() throws(JSONError) -> Key? {
        if valuePending { try skip() }
        guard try advanceToKey() else { return nil }
        let keyOffset = position
        let token = try scanString()
        let key = text(of: token)
        if limits.refusesDuplicateKeys, !seen.insert(key, depth: depth) {
            throw failure(.duplicateKey, at: keyOffset)
        }
        try expectColon()
        return key
    }

    /// Goes to the next element of the current array, skipping the last one if it was not read.
    ///
    /// Returns false at the end, when the array is left.
    public mutating func nextElement() throws(JSONError) -> Bool {
        if valuePending { try skip() }
        return try advanceToElement()
    }

    /// Skips what is left of the current object or array and leaves it.
    public mutating func skipRest() throws(JSONError) {
        guard depth > 0 else { throw failure(.noValueHere) }
        if valuePending { try skip() }
        let outer = depth - 1
        while depth > outer {
            if try advance() { try skip() }
        }
    }

    /// Checks that the value is complete and that only white space follows.
    public mutating func finish() throws(JSONError) {
        if end - start > limits.bytes { throw failure(.tooLarge(limit: limits.bytes), at: start) }
        if depth == 0, valuePending { try skip() }
        skipWhitespace()
        guard depth == 0 else { throw failure(position < end ? .unexpectedByte(bytes[position]) : .unexpectedEnd) }
        guard position == end else { throw failure(.trailingBytes) }
    }

    // MARK: Passing over

    /// Passes over the value here, checking it completely. Needs no stack, however deep the value.
    public mutating func skip() throws(JSONError) {
        let outer = depth
        repeat {
            switch try valueStart() {
            case UInt8(ascii: "\""):
                _ = try scanString()
                valuePending = false
            case UInt8(ascii: "{"): try enter(object: true)
            case UInt8(ascii: "["): try enter(object: false)
            default: try skipScalar()
            }
            while depth > outer {
                if try advance() { break }
            }
        } while depth > outer
    }

    /// Passes over the value here and returns where it stands in the bytes, for archives and for reading it later.
    public mutating func rawSlice() throws(JSONError) -> Range<Int> {
        _ = try valueStart()
        let from = position
        try skip()
        return from..<position
    }

    /// An error of the caller's own at the reader's place, for values that are well-formed and still unusable.
    public func makeError(_ kind: JSONError.Kind) -> JSONError { failure(kind) }

    // MARK: Levels

    private mutating func enter(object: Bool) throws(JSONError) {
        guard depth < limits.depth else { throw failure(.tooDeep(limit: limits.depth)) }
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: depth)
        if object { objectLevels |= bit } else { objectLevels &= ~bit }
        startedLevels &= ~bit
        depth += 1
        position += 1
        valuePending = false
        if object, limits.refusesDuplicateKeys { seen.begin(depth: depth) }
    }

    /// Goes to the next value of whatever container this is; false when it ended.
    private mutating func advance() throws(JSONError) -> Bool {
        guard objectLevels & levelBit != 0 else { return try advanceToElement() }
        guard try advanceToKey() else { return false }
        _ = try scanString()
        try expectColon()
        return true
    }

    private var levelBit: UInt64 { depth == 0 ? 0 : 1 << UInt64(truncatingIfNeeded: depth &- 1) }

    private mutating func advanceToKey() throws(JSONError) -> Bool {
        guard objectLevels & levelBit != 0 else { throw failure(.noValueHere) }
        guard let byte = try separate(closing: UInt8(ascii: "}")) else { return false }
        guard byte == UInt8(ascii: "\"") else { throw failure(.unexpectedByte(byte)) }
        return true
    }

    private mutating func advanceToElement() throws(JSONError) -> Bool {
        guard depth > 0, objectLevels & levelBit == 0 else { throw failure(.noValueHere) }
        guard let byte = try separate(closing: UInt8(ascii: "]")) else { return false }
        // Without this a comma before the bracket would surface only at the next read.
        guard byte != UInt8(ascii: "]") else { throw failure(.unexpectedByte(byte)) }
        valuePending = true
        return true
    }

    /// Passes the comma between two members; nil when the closing byte was found and the level left.
    @inline(__always)
    private mutating func separate(closing: UInt8) throws(JSONError) -> UInt8? {
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd) }
        let byte = bytes[position]
        let bit = levelBit
        if byte == closing {
            position += 1
            depth -= 1
            return nil
        }
        guard startedLevels & bit != 0 else {
            startedLevels |= bit
            return byte
        }
        guard byte == UInt8(ascii: ",") else { throw failure(.unexpectedByte(byte)) }
        position += 1
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd) }
        return bytes[position]
    }

    @inline(__always)
    private mutating func expectColon() throws(JSONError) {
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd) }
        guard bytes[position] == UInt8(ascii: ":") else { throw failure(.unexpectedByte(bytes[position])) }
        position += 1
        valuePending = true
    }
}

extension JSONReader.Kind {
    /// The kind with its article, for messages.
    public var noun: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}
