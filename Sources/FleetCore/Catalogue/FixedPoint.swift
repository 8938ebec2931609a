/// Decimal numbers as 64-bit integers in units of ten to the minus a scale, without passing through floating point.
///
/// Digits beyond the scale are rounded half to even, because ratios arrive with seventeen digits that were rounded before.
/// At scale zero nothing is rounded: a count that is not whole is a fault, since it means that we misread the metric.
public enum FixedPoint {
    /// Why a number was refused.
    public enum Fault: Error, Hashable, Sendable {
        /// The text is not a decimal number.
        case notANumber
        /// The scaled value does not fit into 64 bits.
        case overflow
        /// A count has a fractional part.
        case fractional
    }

    /// A change of unit on the way in: the number times `factor` times ten to `shift`.
    public struct Conversion: Hashable, Sendable {
        /// Whole-number factor, positive.
        public let factor: UInt32
        /// Power of ten.
        public let shift: Int

        /// No change.
        public static let identity = Conversion(factor: 1, shift: 0)
        /// Milliseconds to seconds.
        public static let milliseconds = Conversion(factor: 1, shift: -3)
        /// Minutes to seconds.
        public static let minutes = Conversion(factor: 60, shift: 0)
        /// Micro-amounts to whole ones.
        public static let micros = Conversion(factor: 1, shift: -6)
    }

    /// The number in a JSON number's text, in units of ten to the minus `scale` (0 to 18).
    ///
    /// - Throws: ``Fault`` when the text is not a number, the result does not fit, or a count is not whole.
    public static func parse(
        _ text: Span<UInt8>,
        scale: Int,
        _ conversion: Conversion = .identity
    ) throws(Fault) -> Int64 {
        var decimal = try Decimal(text)
        guard decimal.digits != 0 else { return 0 }
        decimal.exponent += scale + conversion.shift
        let product = UInt128(decimal.digits) * UInt128(conversion.factor)
        return try decimal.value(of: product, rounding: scale > 0)
    }

    /// The scaled form of a whole number.
    ///
    /// - Throws: ``Fault`` when the result does not fit or a count is not whole.
    public static func scaled(
        _ value: Int64,
        scale: Int,
        _ conversion: Conversion = .identity
    ) throws(Fault) -> Int64 {
        if scale == 0 && conversion == .identity { return value }
        guard value != 0 else { return 0 }
        let decimal = Decimal(
            negative: value < 0,
            digits: value.magnitude,
            exponent: scale + conversion.shift,
            inexact: false
        )
        let product = UInt128(decimal.digits) * UInt128(conversion.factor)
        return try decimal.value(of: product, rounding: scale > 0)
    }

    /// The number in a string of decimal digits with an optional minus, or nil for any other text. Platforms send counters
    /// beyond 2^53 so.
    public static func digits(_ text: Span<UInt8>) -> Int64? {
        let negative = text.count > 1 && text[0] == UInt8(ascii: "-")
        let start = negative ? 1 : 0
        guard text.count > start, text.count <= start + 19 else { return nil }
        var value: UInt64 = 0
        for index in start..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return Decimal.signed(value, negative: negative)
    }

    /// Appends the decimal text of a scaled value, without trailing zeros: 4721 at scale 3 is `4.721`.
    public static func append(_ value: Int64, scale: Int, to bytes: inout [UInt8]) {
        if scale == 0 || value == 0 {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: Decimal.power(scale))
        bytes.append(contentsOf: String(whole).utf8)
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.appendDigits(Int(fraction), width: scale)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }

    /// The decimal text of a scaled value.
    public static func text(_ value: Int64, scale: Int) -> String {
        var bytes: [UInt8] = []
        append(value, scale: scale, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
