/// A whole document as a tree, for cold paths: settings, management answers, tests. Hot paths use `JSONReader`.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// Any number, without loss.
    case number(JSONNumber)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object, members in the order of the document.
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// The member's name.
        public var key: String
        /// The member's value.
        public var value: JSONValue

        /// A member.
        public init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Reads a complete document. Throws for anything `JSONReader` refuses under `limits`.
    public init(parsing bytes: [UInt8], limits: JSONReader.Limits = .standard) throws(JSONError) {
        var reader = JSONReader(bytes, limits: limits)
        self = try JSONValue(reading: &reader)
        try reader.finish()
    }

    /// Reads a complete document from a string.
    public init(parsing text: String, limits: JSONReader.Limits = .standard) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// Reads the one value at which `reader` stands. The reader's depth limit bounds the recursion.
    public init(reading reader: inout JSONReader) throws(JSONError) {
        switch try reader.peek() {
        case .null:
            try reader.null()
            self = .null
        case .bool: self = .bool(try reader.bool())
        case .number: self = .number(try reader.integerOrDecimal())
        case .string: self = .string(try reader.string())
        case .array:
            var elements: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try JSONValue(reading: &reader)) }
            self = .array(elements)
        case .object:
            var members: [Member] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                members.append(Member(key.string, try JSONValue(reading: &reader)))
            }
            self = .object(members)
        }
    }
}

extension JSONValue {
    /// The member of that name, the last one if the document has several; nil for other kinds and unknown names.
    public subscript(key: String) -> JSONValue? { object?.last { $0.key == key }?.value }

    /// The element at `index`; nil for other kinds and outside the array.
    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// The string, if this is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The boolean, if this is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The number, if this is one.
    public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
    /// The integer, if this is a whole number within 64 bits, however written.
    public var int64: Int64? { number?.integralValue }
    /// The nearest double, if this is a number with a finite one.
    public var double: Double? { number?.doubleValue }
    /// The elements, if this is an array.
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The members, if this is an object.
    public var object: [Member]? { if case .object(let value) = self { value } else { nil } }
    /// Whether this is `null`.
    public var isNull: Bool { self == .null }
}

extension JSONValue {
    /// A whole number.
    public static func int(_ value: some BinaryInteger) -> JSONValue { .number(.integer(Int64(clamping: value))) }

    /// A string, or `null` for nil.
    public static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .number(.integer(value)) }
    /// A decimal, with the shortest text that reads back the same.
    public init(floatLiteral value: Double) { self = .number(.decimal(value.description)) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// `null`
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object, members in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
