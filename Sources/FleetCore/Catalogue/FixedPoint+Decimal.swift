extension FixedPoint {
    /// A number as its text says it: up to nineteen significant digits, a power of ten, and whether digits were cut.
    struct Decimal {
        var negative: Bool
        var digits: UInt64
        var exponent: Int
        /// Digits that are not zero were cut from the end.
        var inexact: Bool

        init(negative: Bool, digits: UInt64, exponent: Int, inexact: Bool) {
            self.negative = negative
            self.digits = digits
            self.exponent = exponent
            self.inexact = inexact
        }

        /// Reads digits, an optional fraction and an optional exponent, to the end of the text.
        init(_ text: Span<UInt8>) throws(Fault) {
            self.init(negative: false, digits: 0, exponent: 0, inexact: false)
            var index = 0
            if index < text.count, text[index] == UInt8(ascii: "-") {
                negative = true
                index += 1
            }
            let whole = index
            while index < text.count, let digit = Decimal.digit(text[index]) {
                take(digit, fraction: false)
                index += 1
            }
            guard index > whole else { throw .notANumber }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                index += 1
                let start = index
                while index < text.count, let digit = Decimal.digit(text[index]) {
                    take(digit, fraction: true)
                    index += 1
                }
                guard index > start else { throw .notANumber }
            }
            if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
                exponent += try Decimal.power(text, from: index + 1)
                index = text.count
            }
            guard index == text.count else { throw .notANumber }
        }

        private mutating func take(_ digit: UInt64, fraction: Bool) {
            if digits < 1_000_000_000_000_000_000 {
                digits = digits * 10 + digit
                if fraction { exponent -= 1 }
            } else {
                if digit != 0 { inexact = true }
                if !fraction { exponent += 1 }
            }
        }

        /// The exponent that ends a number; clamped, because beyond a few hundred every answer is zero or too large.
        private static func power(_ text: Span<UInt8>, from start: Int) throws(Fault) -> Int {
            var index = start
            var negative = false
            if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
                negative = text[index] == UInt8(ascii: "-")
                index += 1
            }
            guard index < text.count else { throw .notANumber }
            var value = 0
            while index < text.count {
                guard let digit = digit(text[index]) else { throw .notANumber }
                value = min(value * 10 + Int(digit), 100_000)
                index += 1
            }
            return negative ? -value : value
        }

        /// `product` times ten to the exponent as a signed 64-bit integer.
        func value(of product: UInt128, rounding: Bool) throws(Fault) -> Int64 {
            var result = product
            if exponent >= 0 {
                guard !inexact else { throw .overflow }
                for _ in 0..<min(exponent, 40) {
                    let (next, overflow) = result.multipliedReportingOverflow(by: 10)
                    guard !overflow else { throw .overflow }
                    result = next
                }
            } else {
                // A product has at most 29 digits: beyond that everything rounds to zero.
                let places = min(-exponent, 31)
                var divisor: UInt128 = 1
                for _ in 0..<places { divisor *= 10 }
                let (quotient, rest) = product.quotientAndRemainder(dividingBy: divisor)
                result = quotient
                guard rounding || (rest == 0 && !inexact) else { throw .fractional }
                let half = divisor / 2
                if rest > half || (rest == half && (inexact || quotient & 1 == 1)) { result += 1 }
            }
            guard result <= UInt128(UInt64.max), let value = Decimal.signed(UInt64(result), negative: negative) else {
                throw .overflow
            }
            return value
        }

        static func digit(_ byte: UInt8) -> UInt64? {
            let digit = byte &- UInt8(ascii: "0")
            return digit <= 9 ? UInt64(digit) : nil
        }

        static func signed(_ magnitude: UInt64, negative: Bool) -> Int64? {
            if negative {
                guard magnitude <= Int64.min.magnitude else { return nil }
                return Int64(truncatingIfNeeded: 0 &- magnitude)
            }
            return Int64(exactly: magnitude)
        }

        /// Ten to a power of at most 18.
        static func power(_ exponent: Int) -> UInt64 {
            var value: UInt64 = 1
            for _ in 0..<exponent { value *= 10 }
            return value
        }
    }
}
