// The bytes: white space, strings, numbers, literals. Every scanner leaves `position` behind what it read.

extension JSONReader {
    /// A string between its quotes.
    struct StringToken {
        let start: Int
        let end: Int
        let escaped: Bool
    }

    /// A number in the grammar. `magnitude` holds only for integers that did not overflow.
    struct NumberToken {
        var start: Int
        var end: Int
        var negative: Bool
        var isInteger: Bool
        var overflowed: Bool
        var magnitude: UInt64
    }

    @inline(__always)
    mutating func skipWhitespace() { position = endOfWhitespace() }

    @inline(__always)
    private func endOfWhitespace() -> Int {
        let span = bytes.span
        var index = position
        while index < end {
            let byte = span[index]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            index &+= 1
        }
        return index
    }

    /// The first byte of the value here. Throws when the document ends or the caller is not at a value.
    @inline(__always)
    mutating func valueStart() throws(JSONError) -> UInt8 {
        guard valuePending else { throw failure(.noValueHere) }
        skipWhitespace()
        guard position < end else { throw failure(.unexpectedEnd) }
        return bytes[position]
    }

    // MARK: Strings

    /// Reads a string from its opening quote at `position`, checking escapes and UTF-8.
    mutating func scanString() throws(JSONError) -> StringToken {
        let from = position &+ 1
        var index = from
        var escaped = false
        while true {
            index = plainRun(from: index)
            guard index < end else { throw failure(.unexpectedEnd, at: end) }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                position = index &+ 1
                return StringToken(start: from, end: index, escaped: escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                index = try endOfEscape(at: index)
            case ..<0x20:
                throw failure(.controlCharacter(byte), at: index)
            case 0x80...:
                index = try endOfMultibyteRun(from: index)
            default:
                index &+= 1
            }
        }
    }

    /// Passes over characters beyond ASCII, checking each.
    private func endOfMultibyteRun(from start: Int) throws(JSONError) -> Int {
        let span = bytes.span
        var index = start
        repeat {
            let length = UTF8Check.sequenceLength(span, at: index, end: end)
            guard length > 0 else { throw failure(.invalidUTF8, at: index) }
            index &+= length
        } while index < end && span[index] >= 0x80
        return index
    }

    /// Passes over printable ASCII eight bytes at a time, up to a byte that needs a look or to the last seven.
    @inline(__always)
    private func plainRun(from start: Int) -> Int {
        let raw = bytes.span.bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= end {
            // Any eight bytes are a UInt64; the load checks its bounds.
            let word = unsafe UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // The lowest bit found is right; carries can only spoil higher ones.
            let below = (word &- (ones &* 0x20)) & ~word
            let quotes = (quote &- ones) & ~quote
            let backslashes = (backslash &- ones) & ~backslash
            let found = (word | below | quotes | backslashes) & tops
            guard found == 0 else { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        return index
    }

    /// Checks the escape whose backslash is at `index` and returns the offset behind it.
    private func endOfEscape(at index: Int) throws(JSONError) -> Int {
        guard index + 1 < end else { throw failure(.unexpectedEnd, at: end) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            let unit = try hexUnit(at: index)
            if unit == 0, limits.refusesNUL { throw failure(.escapedNUL, at: index) }
            guard unit & 0xF800 == 0xD800 else { return index + 6 }
            guard unit < 0xDC00, index + 7 < end, bytes[index + 6] == UInt8(ascii: "\\"),
                bytes[index + 7] == UInt8(ascii: "u"), try hexUnit(at: index + 6) & 0xFC00 == 0xDC00
            else { throw failure(.loneSurrogate, at: index) }
            return index + 12
        default:
            throw failure(.invalidEscape, at: index)
        }
    }

    /// The code unit of the `\uXXXX` whose backslash is at `index`.
    private func hexUnit(at index: Int) throws(JSONError) -> UInt32 {
        guard index + 6 <= end else { throw failure(.unexpectedEnd, at: end) }
        var unit: UInt32 = 0
        for digit in index + 2..<index + 6 {
            guard let value = Self.hexValue(bytes[digit]) else { throw failure(.invalidEscape, at: index) }
            unit = unit << 4 | value
        }
        return unit
    }

    private static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        default: nil
        }
    }

    /// The text of a scanned string: a window on the document, or a decoded copy when it has escapes.
    @inline(__always)
    func text(of token: StringToken) -> JSONText {
        guard token.escaped else {
            return JSONText(storage: bytes, start: token.start, count: token.end &- token.start)
        }
        let decoded = decode(token)
        return JSONText(storage: decoded, start: 0, count: decoded.count)
    }

    /// Resolves the escapes of a string that was checked by `scanString`.
    @inline(never)
    func decode(_ token: StringToken) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(token.end - token.start)
        var index = token.start
        while index < token.end {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                decoded.append(byte)
                index += 1
                continue
            }
            let escape = bytes[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, length) = checkedScalar(at: index - 2)
                decoded.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
                index += length - 2
            default: decoded.append(escape)
            }
        }
        return decoded
    }

    /// The scalar of a checked `\uXXXX` or pair of them, and how many bytes it takes.
    private func checkedScalar(at index: Int) -> (Unicode.Scalar, Int) {
        func unit(_ at: Int) -> UInt32 {
            (at + 2..<at + 6).reduce(0) { $0 << 4 | (Self.hexValue(bytes[$1]) ?? 0) }
        }
        let first = unit(index)
        guard first & 0xF800 == 0xD800 else { return (Unicode.Scalar(first) ?? "\u{FFFD}", 6) }
        let value = 0x10000 + (first - 0xD800) << 10 + (unit(index + 6) - 0xDC00)
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
    }

    // MARK: Numbers and literals

    /// Reads a number at `position`, whose first byte is a digit or a minus sign.
    mutating func scanNumber() throws(JSONError) -> NumberToken {
        let token = try numberToken()
        position = token.end
        return token
    }

    private func numberToken() throws(JSONError) -> NumberToken {
        var token = NumberToken(
            start: position,
            end: position,
            negative: false,
            isInteger: true,
            overflowed: false,
            magnitude: 0
        )
        let span = bytes.span
        var index = position
        if span[index] == UInt8(ascii: "-") {
            token.negative = true
            index &+= 1
        }
        let digits = index
        while index < end, span[index] &- 0x30 < 10 {
            token.magnitude = token.magnitude &* 10 &+ UInt64(span[index] &- 0x30)
            index &+= 1
        }
        let count = index &- digits
        guard count > 0, count == 1 || span[digits] != UInt8(ascii: "0") else {
            throw failure(index < end || count > 0 ? .invalidNumber : .unexpectedEnd, at: index)
        }
        // Nineteen digits always fit an unsigned 64-bit integer; twenty or more never fit a signed one.
        token.overflowed = count > 19
        if index < end, span[index] == UInt8(ascii: ".") {
            token.isInteger = false
            index = try endOfDigits(from: index &+ 1)
        }
        if index < end, span[index] | 0x20 == UInt8(ascii: "e") {
            token.isInteger = false
            index &+= 1
            if index < end, span[index] == UInt8(ascii: "+") || span[index] == UInt8(ascii: "-") { index &+= 1 }
            index = try endOfDigits(from: index)
        }
        token.end = index
        return token
    }

    /// Passes over one digit or more.
    private func endOfDigits(from start: Int) throws(JSONError) -> Int {
        var index = start
        while index < end, bytes[index] &- 0x30 < 10 { index &+= 1 }
        guard index > start else { throw failure(index < end ? .invalidNumber : .unexpectedEnd, at: index) }
        return index
    }

    /// Passes over a literal whose first byte is at `position`.
    mutating func scanLiteral(_ literal: StaticString) throws(JSONError) {
        let length = literal.utf8CodeUnitCount
        for offset in 0..<length {
            guard position + offset < end else { throw failure(.unexpectedEnd, at: end) }
            let byte = bytes[position + offset]
            guard byte == literal.utf8Start[offset] else { throw failure(.unexpectedByte(byte), at: position + offset) }
        }
        position += length
    }

    /// Passes over a number or literal.
    mutating func skipScalar() throws(JSONError) {
        switch try peek() {
        case .number: _ = try scanNumber()
        case .bool: try scanLiteral(bytes[position] == UInt8(ascii: "t") ? "true" : "false")
        default: try scanLiteral("null")
        }
        valuePending = false
    }

    // MARK: Errors

    @inline(never)
    func failure(_ kind: JSONError.Kind, at offset: Int? = nil) -> JSONError {
        let place = offset ?? position
        // A document over the size limit has no value pending, so its first read ends here.
        if end - start > limits.bytes {
            return JSONError(kind: .tooLarge(limit: limits.bytes), offset: start, path: "$")
        }
        return JSONError(kind: kind, offset: place, path: JSONPath.locate(place, in: bytes, from: start))
    }

    /// The error for a value of another kind, or for bytes that are no value at all.
    @inline(never)
    mutating func wrongType(_ expected: Kind) -> JSONError {
        do throws(JSONError) {
            return failure(.wrongType(expected: expected, found: try peek()))
        } catch {
            return error
        }
    }
}
