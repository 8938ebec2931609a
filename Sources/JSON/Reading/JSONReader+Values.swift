// The values a caller takes: each reads exactly one value and leaves the reader behind it.

extension JSONReader {
    /// The kind of the value here, without reading it. Throws when the bytes start no value.
    public mutating func peek() throws(JSONError) -> Kind {
        let byte = try valueStart()
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw failure(.unexpectedByte(byte))
        }
    }

    /// The string here. Throws `wrongType` for any other value.
    public mutating func string() throws(JSONError) -> String { try text().string }

    /// The string here without copying it, for comparisons with literals and for lookups.
    public mutating func text() throws(JSONError) -> JSONText {
        guard try valueStart() == UInt8(ascii: "\"") else { throw wrongType(.string) }
        let token = try scanString()
        valuePending = false
        return text(of: token)
    }

    /// The UTF-8 bytes of the string here, escapes resolved; a window on the document where it has none.
    public mutating func stringBytes() throws(JSONError) -> ArraySlice<UInt8> { try text().bytes }

    /// Reads the string here and says whether it is `expected`.
    public mutating func stringEquals(_ expected: StaticString) throws(JSONError) -> Bool { try text() == expected }

    /// The integer here. Throws `notAnInteger` for a fraction or exponent, `numberOutOfRange` beyond 64 bits.
    public mutating func int64() throws(JSONError) -> Int64 {
        let token = try number()
        guard token.isInteger else { throw failure(.notAnInteger, at: token.start) }
        guard let value = Self.int64(token) else { throw failure(.numberOutOfRange, at: token.start) }
        return value
    }

    /// As `int64`, and also accepts whole numbers written with a fraction or exponent, such as `12.0` or `1e3`.
    public mutating func wholeNumber() throws(JSONError) -> Int64 {
        let token = try number()
        if token.isInteger, let value = Self.int64(token) { return value }
        guard let fixed = makeNumber(token).fixedPoint(digits: 0) else {
            throw failure(.numberOutOfRange, at: token.start)
        }
        guard fixed.exact else { throw failure(.notAnInteger, at: token.start) }
        return fixed.value
    }

    /// As `int64`, and also accepts an integer inside a string: several platforms quote their counts.
    public mutating func int64OrQuoted() throws(JSONError) -> Int64 {
        guard try valueStart() == UInt8(ascii: "\"") else { return try int64() }
        let place = position
        let digits = try text()
        guard let number = JSONNumber(text: digits.string) else { throw failure(.notAnInteger, at: place) }
        switch number {
        case .integer(let value): return value
        case .decimal("-0"): return 0
        case .decimal(let text):
            let whole = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 0x30 < 10 }
            throw failure(whole ? .numberOutOfRange : .notAnInteger, at: place)
        }
    }

    /// The number here: an exact integer where it is one and fits, otherwise its text.
    public mutating func integerOrDecimal() throws(JSONError) -> Number { makeNumber(try number()) }

    /// The number here as the nearest double. Throws `numberOutOfRange` where that would be infinite.
    public mutating func double() throws(JSONError) -> Double {
        let token = try number()
        guard let value = makeNumber(token).doubleValue else { throw failure(.numberOutOfRange, at: token.start) }
        return value
    }

    /// The boolean here.
    public mutating func bool() throws(JSONError) -> Bool {
        let byte = try valueStart()
        guard byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f") else { throw wrongType(.bool) }
        try skipScalar()
        return byte == UInt8(ascii: "t")
    }

    /// Reads `null`. Throws `wrongType` for any other value.
    public mutating func null() throws(JSONError) {
        guard try takeNull() else { throw wrongType(.null) }
    }

    /// Reads `null` if it stands here, and says whether it did; any other value stays unread.
    public mutating func takeNull() throws(JSONError) -> Bool {
        guard try valueStart() == UInt8(ascii: "n") else { return false }
        try skipScalar()
        return true
    }

    private mutating func number() throws(JSONError) -> NumberToken {
        let byte = try valueStart()
        guard byte &- 0x30 < 10 || byte == UInt8(ascii: "-") else { throw wrongType(.number) }
        let token = try scanNumber()
        valuePending = false
        return token
    }

    private static func int64(_ token: NumberToken) -> Int64? {
        guard token.isInteger, !token.overflowed else { return nil }
        guard token.negative else { return Int64(exactly: token.magnitude) }
        guard token.magnitude <= Int64.min.magnitude else { return nil }
        return 0 &- Int64(truncatingIfNeeded: token.magnitude)
    }

    private func makeNumber(_ token: NumberToken) -> JSONNumber {
        // "-0" keeps its text: the integer would lose the sign.
        if let value = Self.int64(token), !(value == 0 && token.negative) { return .integer(value) }
        return .decimal(String(decoding: bytes[token.start..<token.end], as: UTF8.self))
    }
}
