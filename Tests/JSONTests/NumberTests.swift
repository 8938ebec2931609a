import JSON
import Testing

@Suite struct NumberTests {
    private func reader(_ text: String) -> JSONReader { JSONReader(Array(text.utf8)) }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("4294967296", 4_294_967_296),
        ] as [(String, Int64)]
    )
    func `integers are exact to 64 bits`(text: String, value: Int64) throws {
        var json = reader(text)
        #expect(try json.int64() == value)
        var whole = reader(text)
        #expect(try whole.wholeNumber() == value)
        var quoted = reader("\"\(text)\"")
        #expect(try quoted.int64OrQuoted() == value)
        #expect(JSONNumber(text: text)?.integralValue == value)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999",
        "123456789012345678901234567890", "-10000000000000000000",
    ])
    func `integers beyond 64 bits are reported and their text is kept`(text: String) throws {
        for whole in [false, true] {
            var json = reader(" \(text)")
            let error = #expect(throws: JSONError.self) { whole ? try json.wholeNumber() : try json.int64() }
            #expect(error?.kind == .numberOutOfRange)
            #expect(error?.offset == 1)
        }
        var quoted = reader("\"\(text)\"")
        #expect(throws: JSONError.self) { try quoted.int64OrQuoted() }
        var json = reader(text)
        #expect(try json.integerOrDecimal() == .decimal(text))
    }

    @Test(
        arguments: [
            ("12.0", 12), ("1e3", 1000), ("1E+3", 1000), ("-2.50e1", -25), ("120e-1", 12), ("0.0", 0), ("-0.0e9", 0),
            ("0e999999", 0),
            ("9.223372036854775807e18", .max), ("-9223372036854775808.000", .min), ("1000e-3", 1),
        ] as [(String, Int64)]
    )
    func `whole numbers are recognised however they are written`(text: String, value: Int64) throws {
        var json = reader(text)
        #expect(try json.wholeNumber() == value)
        #expect(JSONNumber(text: text)?.integralValue == value)
        var strict = reader(text)
        let error = #expect(throws: JSONError.self) { try strict.int64() }
        #expect(error?.kind == .notAnInteger)
    }

    @Test(arguments: ["1.5", "-0.1", "1e-1", "1e-400", "12.000000000000000000000001"])
    func `fractions are no whole numbers`(text: String) {
        var json = reader(text)
        let error = #expect(throws: JSONError.self) { try json.wholeNumber() }
        #expect(error?.kind == .notAnInteger)
    }

    @Test(arguments: ["1e19", "1e400", "9223372036854775807.9e0", "1e99999999999999999999"])
    func `whole numbers out of range are reported as such`(text: String) {
        var json = reader(text)
        let error = #expect(throws: JSONError.self) { try json.wholeNumber() }
        #expect(error?.kind == .numberOutOfRange)
    }

    @Test(
        arguments: [
            ("0.5", 0, 0, false), ("1.5", 0, 2, false), ("2.5", 0, 2, false), ("2.51", 0, 3, false),
            ("-1.5", 0, -2, false),
            ("0.125", 2, 12, false), ("0.135", 2, 14, false), ("0.1250001", 2, 13, false), ("3.14", 2, 314, true),
            ("3.14", 4, 31400, true), ("1.2e-3", 6, 1200, true), ("0.04", 1, 0, false), ("0.06", 1, 1, false),
            ("7", 3, 7000, true),
            ("0.05", 0, 0, false), ("0.99", 0, 1, false), ("1e-30", 6, 0, false), ("123.456000", 3, 123_456, true),
        ] as [(String, Int, Int64, Bool)]
    )
    func `fixed point is exact or rounds half to even and says so`(text: String, digits: Int, value: Int64, exact: Bool)
        throws
    {
        let number = try #require(JSONNumber(text: text))
        let fixed = try #require(number.fixedPoint(digits: digits))
        #expect(fixed.value == value)
        #expect(fixed.exact == exact)
    }

    @Test func `fixed point beyond 64 bits is nil`() {
        #expect(JSONNumber.integer(10).fixedPoint(digits: 18) == nil)
        #expect(JSONNumber.decimal("9.3e18").fixedPoint(digits: 0) == nil)
        #expect(JSONNumber.decimal("1e2").fixedPoint(digits: 18) == nil)
        #expect(JSONNumber.decimal("9223372036854775807.5").fixedPoint(digits: 0) == nil)
    }

    @Test func `doubles are finite or refused`() throws {
        var json = reader("[0.1,-1e3,5e-324,1e400]")
        try json.beginArray()
        for expected in [0.1, -1000, Double.leastNonzeroMagnitude] {
            _ = try json.nextElement()
            #expect(try json.double() == expected)
        }
        _ = try json.nextElement()
        #expect(throws: JSONError.self) { try json.double() }
    }

    @Test(arguments: ["", " 1", "1 ", "1x", "01", "+1", "NaN", "--1", "\"1\"", "[1]", "1,"])
    func `text that is no number makes none`(text: String) { #expect(JSONNumber(text: text) == nil) }

    @Test(arguments: ["\"\"", "\"1.5\"", "\"1e3\"", "\" 1\"", "\"x\"", "true", "null", "1.5"])
    func `quoted counts are plain integers or refused`(text: String) {
        var json = reader(text)
        #expect(throws: JSONError.self) { try json.int64OrQuoted() }
    }
}
