/// `numeric` on the wire: groups of four decimal digits, the weight of the first group in powers of 10,000, a sign, and
/// how many digits follow the point.
extension EncodeBuffer {
    mutating func appendNumeric(_ text: String) throws(PostgresError) {
        guard let number = NumericDigits(text) else {
            throw PostgresError(.encoding, "a numeric parameter is no plain decimal number")
        }
        append(Int16(number.groups.count))
        append(number.weight)
        append(number.negative ? 0x4000 : 0 as UInt16)
        append(number.scale)
        for group in number.groups { append(group) }
    }
}

/// A decimal number taken apart the way the server stores it.
struct NumericDigits: Equatable {
    var negative = false
    var weight: Int16 = 0
    var scale: Int16 = 0
    var groups: [Int16] = []

    /// Reads `-12.50`, `7`, `.5`; nothing with an exponent or spaces; at most 16,000 digits.
    init?(_ text: String) {
        var digits: [UInt8] = []
        var point: Int?
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: negative = true
            case UInt8(ascii: "+") where index == 0: break
            case UInt8(ascii: ".") where point == nil: point = digits.count
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - UInt8(ascii: "0"))
            default: return nil
            }
        }
        guard !digits.isEmpty, digits.count <= 16_000 else { return nil }
        let whole = point ?? digits.count
        scale = Int16(digits.count - whole)
        // Align both sides of the point to groups of four.
        digits.insert(contentsOf: repeatElement(0, count: (4 - whole % 4) % 4), at: 0)
        digits.append(contentsOf: repeatElement(0, count: (4 - digits.count % 4) % 4))
        groups = stride(from: 0, to: digits.count, by: 4).map { start in
            digits[start..<start + 4].reduce(0) { $0 * 10 + Int16($1) }
        }
        weight = Int16((whole + 3) / 4 - 1)
        while groups.last == 0 { groups.removeLast() }
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        if groups.isEmpty { (negative, weight) = (false, 0) }
    }

    init(negative: Bool, weight: Int16, scale: Int16, groups: [Int16]) {
        (self.negative, self.weight, self.scale, self.groups) = (negative, weight, scale, groups)
    }

    /// Plain decimal text with exactly `scale` digits after the point.
    var text: String {
        var text = negative ? "-" : ""
        if weight < 0 { text += "0" }
        if weight >= 0 {
            for index in 0...Int(weight) {
                let group = index < groups.count ? groups[index] : 0
                text += index == 0 ? String(group) : Self.padded(group)
            }
        }
        guard scale > 0 else { return text }
        var fraction = ""
        var index = Int(weight) + 1
        while fraction.utf8.count < Int(scale) {
            fraction += Self.padded(index >= 0 && index < groups.count ? groups[index] : 0)
            index += 1
        }
        return text + "." + fraction.prefix(Int(scale))
    }

    private static func padded(_ group: Int16) -> String {
        let text = String(group)
        return String(repeating: "0", count: 4 - text.utf8.count) + text
    }
}
