/// Base64, strict: one text for each byte string and no other. No line breaks, no other characters, unused bits zero.
public enum Base64 {
    public enum Alphabet: Sendable {
        /// With `+` and `/`.
        case standard
        /// With `-` and `_`, for addresses and file names.
        case url
    }

    /// Whether `=` fills the text up to a multiple of four.
    public enum Padding: Sendable {
        case required
        case none
        /// Reads both, writes none.
        case either
    }

    /// The text of some bytes.
    public static func encode(
        _ bytes: [UInt8],
        _ alphabet: Alphabet = .standard,
        padding: Padding = .required
    ) -> String {
        let digits = digits(alphabet)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            for digit in 0..<min(left + 1, 4) { text.append(digits[Int(group >> (18 - 6 * UInt32(digit)) & 63)]) }
            index += 3
        }
        if padding == .required { while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) } }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, or nil when it is not exactly the text that `encode` would write.
    public static func decode(
        _ text: String,
        _ alphabet: Alphabet = .standard,
        padding: Padding = .required
    ) -> [UInt8]? {
        decode(Array(text.utf8)[...], alphabet, padding: padding)
    }

    /// The same for ASCII bytes, for texts that must not pass through a `String`.
    public static func decode(
        _ text: ArraySlice<UInt8>,
        _ alphabet: Alphabet = .standard,
        padding: Padding = .required
    ) -> [UInt8]? {
        guard let digits = withoutPadding(text, padding), digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4 + 2)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for character in digits {
            guard let digit = value(of: character, alphabet) else { return nil }
            group = group << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
                group &= 1 << bits - 1
            }
        }
        return group == 0 ? bytes : nil
    }

    private static func withoutPadding(_ text: ArraySlice<UInt8>, _ padding: Padding) -> ArraySlice<UInt8>? {
        let fill = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        switch padding {
        case .none: return fill == 0 ? text : nil
        case .required: return text.count % 4 == 0 && fill <= 2 ? text.dropLast(fill) : nil
        case .either: return fill == 0 || text.count % 4 == 0 && fill <= 2 ? text.dropLast(fill) : nil
        }
    }

    private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): alphabet == .standard ? 62 : nil
        case UInt8(ascii: "/"): alphabet == .standard ? 63 : nil
        case UInt8(ascii: "-"): alphabet == .url ? 62 : nil
        case UInt8(ascii: "_"): alphabet == .url ? 63 : nil
        default: nil
        }
    }

    private static func digits(_ alphabet: Alphabet) -> [UInt8] { alphabet == .url ? urlDigits : standardDigits }
    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardDigits = Array((common + "+/").utf8)
    private static let urlDigits = Array((common + "-_").utf8)
}
