/// Why bytes were refused, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What was wrong.
    public enum Kind: Equatable, Sendable {
        /// The document ends inside a value.
        case unexpectedEnd
        /// A byte that cannot stand at this place.
        case unexpectedByte(UInt8)
        /// Something other than white space follows the value.
        case trailingBytes
        /// More nesting than the limit allows.
        case tooDeep(limit: Int)
        /// More bytes than the limit allows.
        case tooLarge(limit: Int)
        /// An object names the same key twice and the limits refuse that.
        case duplicateKey
        /// A key that the caller requires is not there. Raised by callers through `JSONReader.makeError`.
        case missingKey(String)
        /// A value that the caller cannot use. Raised by callers through `JSONReader.makeError`.
        case invalidValue(String)
        /// Digits, sign, point or exponent do not form a JSON number.
        case invalidNumber
        /// An integer was asked for, and the number does not fit 64 bits.
        case numberOutOfRange
        /// An integer was asked for, and the number has a fraction.
        case notAnInteger
        /// A backslash is followed by something that is no escape.
        case invalidEscape
        /// Half of a surrogate pair.
        case loneSurrogate
        /// An escaped NUL, and the limits refuse that.
        case escapedNUL
        /// A raw control character inside a string.
        case controlCharacter(UInt8)
        /// A string is not UTF-8.
        case invalidUTF8
        /// A well-formed value of another kind than the caller asked for.
        case wrongType(expected: JSONReader.Kind, found: JSONReader.Kind)
        /// The caller asked for a value where there is none: a mistake in the calling code.
        case noValueHere
    }

    /// What was wrong.
    public let kind: Kind
    /// Offset of the offending byte in the bytes given to the reader.
    public let offset: Int
    /// Way to the offending place, such as `$.data[0].values`; at most about 200 bytes, printable ASCII.
    public let path: String

    /// An error at a known place.
    public init(kind: Kind, offset: Int, path: String) {
        self.kind = kind
        self.offset = offset
        self.path = path
    }
}

extension JSONError: CustomStringConvertible {
    /// One line for people: reason, byte offset and path, never any of the document's values.
    public var description: String { "\(kind.sentence) at byte \(offset) (\(path))" }
}

extension JSONError.Kind {
    /// The reason in words.
    public var sentence: String {
        switch self {
        case .unexpectedEnd: "the document ends too early"
        case .unexpectedByte(let byte): "unexpected byte 0x\(String(byte, radix: 16))"
        case .trailingBytes: "something follows the value"
        case .tooDeep(let limit): "nesting deeper than \(limit)"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        case .duplicateKey: "the same key appears twice"
        case .missingKey(let key): "the key \"\(key)\" is missing"
        case .invalidValue(let reason): reason
        case .invalidNumber: "malformed number"
        case .numberOutOfRange: "the integer does not fit 64 bits"
        case .notAnInteger: "an integer is required"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "half of a surrogate pair"
        case .escapedNUL: "NUL character in a string"
        case .controlCharacter(let byte): "control character 0x\(String(byte, radix: 16)) in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .wrongType(let expected, let found): "expected \(expected.noun), found \(found.noun)"
        case .noValueHere: "a value was asked for where none can stand"
        }
    }
}
