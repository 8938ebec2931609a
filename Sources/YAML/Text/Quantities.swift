/// How people write quantities in configuration. Each function answers nil for text that is not exactly of its form.
public enum Quantity {
    /// A whole number: an optional minus, digits, `_` between digits (`12_000`). No leading zeros: `012` is
    /// octal to some readers and twelve to others.
    public static func integer(_ text: some StringProtocol) -> Int? {
        let negative = text.hasPrefix("-")
        let digits = negative ? text.dropFirst() : text[...]
        guard let first = digits.first, digits.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }) else {
            return nil
        }
        guard first != "_", digits.last != "_", !digits.hasDoubledUnderscore else { return nil }
        guard first != "0" || digits.utf8.count == 1 else { return nil }
        return Int((negative ? "-" : "") + String(digits.filter { $0 != "_" }))
    }

    /// `500us`, `250ms`, `5s`, `15m`, `1h`, `7d`, and sums from large to small such as `1h30m`. A bare `0` is zero;
    /// any other bare number has no unit and is refused.
    public static func duration(_ text: some StringProtocol) -> Duration? {
        if text == "0" { return .zero }
        var total: Int64 = 0
        var rest = Substring(text)
        var smallest = durationUnits.count
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isWholeNumber }
            let afterDigits = rest.dropFirst(digits.count)
            let name = afterDigits.prefix { $0.isASCII && $0.isLetter }
            guard let count = integer(digits), let unit = durationUnits.firstIndex(where: { $0.name == name }) else {
                return nil
            }
            guard unit < smallest else { return nil }
            smallest = unit
            let (part, tooLarge) = Int64(count).multipliedReportingOverflow(by: durationUnits[unit].microseconds)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !tooLarge, !overflow else { return nil }
            total = sum
            rest = afterDigits.dropFirst(name.count)
        }
        return .microseconds(total)
    }

    /// `0`, `512B`, `64KiB`, `8MiB`, `1GiB` (powers of 1024) or `1kB`, `1KB`, `1MB`, `1GB` (powers of 1000), in bytes.
    public static func size(_ text: some StringProtocol) -> Int? {
        if text == "0" { return 0 }
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        guard let count = integer(digits), let unit = sizeUnits.first(where: { $0.name == text[digits.endIndex...] })
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// `true` or `false`, and nothing else: `no`, `on` and `1` mean different things to different readers.
    public static func boolean(_ text: some StringProtocol) -> Bool? {
        text == "true" ? true : text == "false" ? false : nil
    }

    /// A duration as `duration(_:)` reads it, to the microsecond.
    public static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        guard rest > 0 else { return "0" }
        var text = ""
        for unit in durationUnits.reversed() where rest >= unit.microseconds {
            text += "\(rest / unit.microseconds)\(unit.name)"
            rest %= unit.microseconds
        }
        return text
    }

    /// A size as `size(_:)` reads it, in the largest unit that divides it.
    public static func text(bytes: Int) -> String {
        guard bytes > 0 else { return "0" }
        let unit = sizeUnits.last { $0.binary && bytes % $0.bytes == 0 } ?? sizeUnits[0]
        return "\(bytes / unit.bytes)\(unit.name)"
    }

    /// From small to large.
    private static let durationUnits: [(name: String, microseconds: Int64)] = [
        ("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]

    private static let sizeUnits: [(name: String, bytes: Int, binary: Bool)] = [
        ("B", 1, true), ("kB", 1_000, false), ("KB", 1_000, false), ("KiB", 1 << 10, true),
        ("MB", 1_000_000, false), ("MiB", 1 << 20, true), ("GB", 1_000_000_000, false), ("GiB", 1 << 30, true),
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension StringProtocol {
    fileprivate var hasDoubledUnderscore: Bool {
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte == UInt8(ascii: "_"), previous == byte { return true }
            previous = byte
        }
        return false
    }
}
