/// Integers as decimal digits, without a `String` in between.
enum Decimal {
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var count = 0
        var rest = value.magnitude
        repeat {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            digits[count] = UInt8(truncatingIfNeeded: remainder) &+ UInt8(ascii: "0")
            count += 1
            rest = quotient
        } while rest > 0
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        for index in (0..<count).reversed() { bytes.append(digits[index]) }
    }
}
