// Queries and forms: `name=value&name=value`, percent-encoded.

extension [Field] {
    /// The fields of a query or form; names without `=` have an empty value, and what is no good escape stays as it is.
    init(form text: some StringProtocol) {
        self = text.utf8.split(separator: UInt8(ascii: "&")).map { part in
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return Field(String(formPart: halves[0]), halves.count == 2 ? String(formPart: halves[1]) : "")
        }
    }

    /// The fields as a query or form.
    var formEncoded: [UInt8] {
        var bytes: [UInt8] = []
        for (index, field) in enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes.appendQueryPart(field.name)
            bytes.append(UInt8(ascii: "="))
            bytes.appendQueryPart(field.value)
        }
        return bytes
    }

    /// The value of the first field of a name, or nil.
    subscript(name: String) -> String? { first { $0.name == name }?.value }
}

extension String {
    /// A name or value of a form with its escapes resolved.
    init(formPart bytes: some Collection<UInt8>) {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(String.hexadecimal)
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                decoded.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        self.init(decoding: decoded, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): (byte | 0x20) - 87
        default: nil
        }
    }
}
