/// A number of a document, without loss.
public enum JSONNumber: Sendable, Hashable {
    /// An integer that fits 64 bits.
    case integer(Int64)
    /// Any other number, as the text that stood in the document (JSON's grammar).
    case decimal(String)

    /// The number written in `text`, or nil when that is not a number in JSON's grammar (white space included).
    public init?(text: String) {
        var reader = JSONReader(Array(text.utf8))
        guard let first = text.utf8.first, first > 0x20, let number = try? reader.integerOrDecimal(),
            reader.offset == text.utf8.count
        else { return nil }
        self = number
    }

    /// The number as JSON text.
    public var text: String {
        switch self {
        case .integer(let value): String(value)
        case .decimal(let text): text
        }
    }

    /// The value if it is whole and fits 64 bits, however it is written: `12`, `12.0`, `1.2e1`.
    public var integralValue: Int64? {
        guard let fixed = fixedPoint(digits: 0), fixed.exact else { return nil }
        return fixed.value
    }

    /// The nearest double, or nil where that would be infinite.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .decimal(let text):
            guard let value = Double(text), value.isFinite else { return nil }
            return value
        }
    }

    /// The value times 10 to the power of `digits` (0 to 18), as an integer.
    ///
    /// A remainder is rounded half to even, and `exact` says that there was none. Nil when it does not fit 64 bits.
    public func fixedPoint(digits: Int) -> (value: Int64, exact: Bool)? {
        switch self {
        case .integer(let value):
            var scaled = value
            for _ in 0..<digits {
                let (product, overflow) = scaled.multipliedReportingOverflow(by: 10)
                guard !overflow else { return nil }
                scaled = product
            }
            return (scaled, true)
        case .decimal(let text):
            return DecimalText(text).fixedPoint(digits: digits)
        }
    }
}

/// Sign, digits and exponent of a number's text: the value is `digits` times 10 to the power of `exponent`.
private struct DecimalText {
    private var negative = false
    private var digits: [UInt8] = []
    private var exponent = 0

    init(_ text: String) {
        var fractionDigits = 0
        var inFraction = false
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "-"): negative = true
            case UInt8(ascii: "."): inFraction = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if inFraction { fractionDigits += 1 }
                if !(digits.isEmpty && byte == UInt8(ascii: "0")) { digits.append(byte - UInt8(ascii: "0")) }
            default:
                exponent = Self.exponent(&bytes)
            }
        }
        exponent -= fractionDigits
    }

    /// What follows the `e`. Held within a million, far outside any value that fits.
    private static func exponent(_ bytes: inout String.UTF8View.Iterator) -> Int {
        var value = 0
        var negative = false
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "-"): negative = true
            case UInt8(ascii: "+"): break
            default: value = min(value * 10 + Int(byte) - 0x30, 1_000_000)
            }
        }
        return negative ? -value : value
    }

    func fixedPoint(digits scale: Int) -> (value: Int64, exact: Bool)? {
        guard !digits.isEmpty else { return (0, true) }
        let kept = digits.count + exponent + scale
        guard kept <= 19 else { return nil }
        var magnitude: UInt64 = 0
        for index in 0..<max(kept, 0) {
            // Nineteen digits always fit an unsigned 64-bit integer.
            magnitude = magnitude * 10 + UInt64(index < digits.count ? digits[index] : 0)
        }
        let rest = kept >= 0 ? digits.dropFirst(kept) : [0]
        let exact = kept >= 0 && rest.allSatisfy { $0 == 0 }
        if let first = rest.first, first >= 5 {
            let tie = first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
            if !tie || magnitude & 1 == 1 { magnitude += 1 }
        }
        if negative {
            guard magnitude <= Int64.min.magnitude else { return nil }
            return (0 &- Int64(truncatingIfNeeded: magnitude), exact)
        }
        guard let value = Int64(exactly: magnitude) else { return nil }
        return (value, exact)
    }
}
