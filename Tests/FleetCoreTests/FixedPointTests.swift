import FleetCore
import Testing

@Suite struct FixedPointTests {
    static func parse(
        _ text: String,
        _ scale: Int,
        _ conversion: FixedPoint.Conversion = .identity
    ) throws(FixedPoint.Fault) -> Int64 {
        try FixedPoint.parse(text.utf8.span, scale: scale, conversion)
    }

    @Test(arguments: [
        ("0", 0, 0), ("-0", 0, 0), ("18234", 0, 18234), ("-7", 0, -7), ("42.0", 0, 42), ("1e3", 0, 1000),
        ("4.2E1", 0, 42), ("420e-1", 0, 42), ("9223372036854775807", 0, Int64.max),
        ("-9223372036854775808", 0, Int64.min), ("9007199254740993", 0, 9_007_199_254_740_993),
        ("4.721", 3, 4721), ("36875.5", 3, 36_875_500), ("1.2835", 9, 1_283_500_000),
        ("0.013392857142857142", 15, 13_392_857_142_857), ("0.02734375", 15, 27_343_750_000_000),
        ("0.0000000000000005", 15, 0), ("0.0000000000000015", 15, 2), ("0.00000000000000050001", 15, 1),
        ("1.0000000000000000000000001", 3, 1000), ("1e-400", 3, 0), ("0e400", 0, 0), ("2.5", 3, 2500),
        ("0.0005", 3, 0), ("0.0015", 3, 2), ("-0.0015", 3, -2), ("100000000000000000000e-5", 0, 1_000_000_000_000_000),
    ])
    func `numbers are exact at their scale and round half to even beyond it`(text: String, scale: Int, value: Int64)
        throws
    {
        #expect(try Self.parse(text, scale) == value)
    }

    @Test(arguments: [
        ("9223372036854775808", 0), ("-9223372036854775809", 0), ("1e19", 0), ("1e400", 0), ("9223372036854776", 3),
        ("10000", 15), ("99999999999999999999999", 0),
    ])
    func `what does not fit is an overflow`(text: String, scale: Int) {
        #expect(throws: FixedPoint.Fault.overflow) { try Self.parse(text, scale) }
    }

    @Test(arguments: ["3.5", "0.1", "1e-1", "1.0000000000000000000000001", "35e-1"])
    func `a count that is not whole is a fault`(text: String) {
        #expect(throws: FixedPoint.Fault.fractional) { try Self.parse(text, 0) }
    }

    @Test(arguments: ["", "-", ".5", "5.", "1e", "1e+", "--1", "+1", "0x10", "1 ", "NaN", "1.2.3", "1e5x", "١"])
    func `what is not a number is said`(text: String) {
        #expect(throws: FixedPoint.Fault.notANumber) { try Self.parse(text, 3) }
    }

    @Test func `units change without loss`() throws {
        #expect(try Self.parse("4721", 9, .milliseconds) == 4_721_000_000)
        #expect(try Self.parse("36875500", 3, .milliseconds) == 36_875_500)
        #expect(try Self.parse("1283.5", 9, .milliseconds) == 1_283_500_000)
        #expect(try Self.parse("12", 3, .minutes) == 720_000)
        #expect(try FixedPoint.scaled(4721, scale: 9, .milliseconds) == 4_721_000_000)
        #expect(try FixedPoint.scaled(-5, scale: 0) == -5)
        #expect(throws: FixedPoint.Fault.overflow) { try FixedPoint.scaled(.max, scale: 3) }
        #expect(throws: FixedPoint.Fault.fractional) { try FixedPoint.scaled(15, scale: 0, .milliseconds) }
    }

    @Test(arguments: [
        (4721, 3, "4.721"), (36_875_500, 3, "36875.5"), (0, 15, "0"), (-5, 3, "-0.005"), (1000, 3, "1"),
        (18234, 0, "18234"), (Int64.min, 3, "-9223372036854775.808"), (1, 18, "0.000000000000000001"),
    ])
    func `text has no trailing zeros and reads back`(value: Int64, scale: Int, text: String) throws {
        #expect(FixedPoint.text(value, scale: scale) == text)
        #expect(try Self.parse(text, scale) == value)
    }

    @Test func `every scaled value reads back from its text`() throws {
        var state: UInt64 = 11
        for index in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Int64(bitPattern: state) >> Int64(index % 60)
            let scale = index % 19
            #expect(try Self.parse(FixedPoint.text(value, scale: scale), scale) == value)
        }
    }

    @Test func `strings of digits are numbers and nothing else is`() {
        #expect(FixedPoint.digits("9223372036854775807".utf8.span) == .max)
        #expect(FixedPoint.digits("-12".utf8.span) == -12)
        for text in ["", "-", "1.0", " 1", "1e3", "9223372036854775808", "abc", "99999999999999999999"] {
            #expect(FixedPoint.digits(text.utf8.span) == nil)
        }
    }
}
