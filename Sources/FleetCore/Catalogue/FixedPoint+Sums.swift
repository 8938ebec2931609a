extension FixedPoint {
    /// `numerator / denominator` in units of ten to the minus `scale`, rounded half to even; nil when the denominator is not
    /// positive or the result does not fit.
    public static func quotient(_ numerator: Int64, _ denominator: Int64, scale: Int) -> Int64? {
        guard denominator > 0 else { return nil }
        return Int64(exactly: rounded(Int128(numerator) * Int128(Decimal.power(scale)), by: Int128(denominator)))
    }

    /// A mean times its weight, in thousandths: what means are added up by. Nil when it does not fit.
    public static func product(mean: Int64, scale: Int, weight: Int64) -> Int64? {
        let product = Int128(mean) * Int128(weight)
        if scale <= 3 {
            let (scaled, overflow) = product.multipliedReportingOverflow(by: Int128(Decimal.power(3 - scale)))
            return overflow ? nil : Int64(exactly: scaled)
        }
        return Int64(exactly: rounded(product, by: Int128(Decimal.power(scale - 3))))
    }

    /// The mean that a sum of ``product(mean:scale:weight:)`` comes to; nil without weight.
    public static func mean(ofProducts sum: Int64, weight: Int64, scale: Int) -> Int64? {
        guard weight > 0 else { return nil }
        let digits = scale - 3
        if digits < 0 {
            return Int64(exactly: rounded(Int128(sum), by: Int128(weight) * Int128(Decimal.power(-digits))))
        }
        return Int64(exactly: rounded(Int128(sum) * Int128(Decimal.power(digits)), by: Int128(weight)))
    }

    /// Half to even; the divisor is positive.
    private static func rounded(_ dividend: Int128, by divisor: Int128) -> Int128 {
        var (quotient, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
        let doubled = rest.magnitude * 2
        if doubled > divisor.magnitude || doubled == divisor.magnitude && quotient & 1 != 0 {
            quotient += dividend < 0 ? -1 : 1
        }
        return quotient
    }
}
