import Testing

@testable import Postgres

@Suite("Encoding")
struct EncodingTests {
    private func bytes(_ parameter: Parameter) throws -> [UInt8] {
        var buffer = EncodeBuffer(capacity: 1)
        try buffer.append(parameter)
        return buffer.bytes
    }

    @Test func `integers are big endian`() throws {
        #expect(try bytes(.int2(-2)) == [0xFF, 0xFE])
        #expect(try bytes(.int4(0x0102_0304)) == [1, 2, 3, 4])
        #expect(try bytes(.int8(.min)) == [0x80, 0, 0, 0, 0, 0, 0, 0])
        #expect(try bytes(.bool(true)) == [1])
        #expect(try bytes(.float8(1)) == [0x3F, 0xF0, 0, 0, 0, 0, 0, 0])
    }

    @Test func `days and microseconds move from 1970 to 2000`() throws {
        #expect(try bytes(.date(10_957)) == [0, 0, 0, 0])
        #expect(try bytes(.date(0)) == [0xFF, 0xFF, 0xD5, 0x33])
        #expect(try bytes(.timestamp(946_684_800_000_001)) == [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(try bytes(.date(.max)) == [0x7F, 0xFF, 0xFF, 0xFF])
        #expect(throws: PostgresError.self) { try bytes(.date(.min + 1)) }
        #expect(throws: PostgresError.self) { try bytes(.timestampArray([0, .min + 1])) }
    }

    @Test func `an array has a header and a length before each element`() throws {
        let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 1]
        #expect(try bytes(.int2Array([7, -1])) == header + [0, 0, 0, 2, 0, 7, 0, 0, 0, 2, 0xFF, 0xFF])
    }

    @Test func `an empty array has no dimension`() throws {
        #expect(try bytes(.int8Array([])) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20])
    }

    @Test func `a null element has length minus one and is announced`() throws {
        let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1]
        #expect(
            try bytes(.optionalTextArray([nil, "é"])) == header + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2, 0xC3, 0xA9]
        )
    }

    @Test func `text with a zero byte is refused`() {
        #expect(throws: PostgresError.self) { try bytes(.text("a\0b")) }
        #expect(throws: PostgresError.self) { try bytes(.textArray(["fine", "\0"])) }
    }

    @Test func `a buffer gives memory back after a big value and works on`() throws {
        var buffer = EncodeBuffer(capacity: 16)
        try buffer.append(.bytes([UInt8](repeating: 7, count: 1 << 20)))
        #expect(buffer.count == 1 << 20)
        buffer.clear()
        #expect(buffer.count == 0)
        try buffer.append(.int2(1))
        #expect(buffer.bytes == [0, 1])
    }
}

@Suite("Numeric")
struct NumericTests {
    @Test(
        arguments: [
            ("0", 0, 0, [] as [Int16]), ("-0.00", 0, 2, []), ("1", 0, 0, [1]), ("12345", 1, 0, [1, 2345]),
            ("0.5", -1, 1, [5000]), ("10000", 1, 0, [1]), ("0.00001", -2, 5, [1000]), ("-12.50", 0, 2, [12, 5000]),
        ]
    )
    func `digits are grouped around the point`(text: String, weight: Int16, scale: Int16, groups: [Int16]) throws {
        let digits = try #require(NumericDigits(text))
        #expect(digits.weight == weight)
        #expect(digits.scale == scale)
        #expect(digits.groups == groups)
    }

    @Test(arguments: ["", "-", ".", "1e5", " 1", "1.2.3", "NaN", "0x1", "1-"])
    func `what is no plain number is refused`(text: String) {
        #expect(NumericDigits(text) == nil)
    }

    @Test func `every number up to some length comes back as it went`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let whole = String(UInt64.random(in: 0 ... .max, using: &generator) >> UInt64.random(in: 0...63))
            let fraction = (0..<Int.random(in: 0...12)).map { _ in String(Int.random(in: 0...9)) }.joined()
            let magnitude = fraction.isEmpty ? whole : whole + "." + fraction
            let isZero = !magnitude.contains { $0 != "0" && $0 != "." }
            let text = (Bool.random() && !isZero ? "-" : "") + magnitude
            #expect(try #require(NumericDigits(text)).text == text)
        }
    }
}

@Suite("Statement")
struct StatementTests {
    @Test(arguments: [
        ("COMMIT", true), ("  commit and chain", true), ("END", true), ("end;", true), ("endless", false),
    ])
    func `a commit is recognized`(text: String, expected: Bool) {
        #expect(Statement(dynamic: text).isCommit == expected)
    }

    @Test func `quotes in identifiers are doubled`() {
        #expect(Statement.quoted(identifier: "a\"b") == "\"a\"\"b\"")
    }

    @Test func `a null fits a prepared statement of any type`() throws {
        var prepared = PreparedStatements(limit: 2)
        let first = prepared.add("q", [.int8(1), .null])
        let entry = try #require(first)
        #expect(prepared.find("q", [.null, .null]) == entry)
        #expect(prepared.find("q", [.int4(1), .null]) == nil)
        #expect(prepared.find("q", [.int8(1), .int8(1)]) == nil)
        let added = prepared.add("q", [.null, .int8(1)])
        let second = try #require(added)
        #expect(second.types == [20, 20])
        #expect(prepared.find("q", [.int8(1), .int8(1)]) == second)
        let third = prepared.add("r", [])
        #expect(third == nil)
        prepared.remove("q", entry)
        let fourth = prepared.add("r", [])
        #expect(fourth?.name == "s3")
    }
}

@Suite("Address")
struct AddressTests {
    @Test func `a URL and keywords are both read, and the password never shows`() throws {
        let address = try PostgresAddress(url: "postgresql://me:s3cret@db.example:5433/fleet?sslmode=verify-full")
        #expect(address.keywords["password"] == "s3cret")
        #expect(address.keywords["sslmode"] == "verify-full")
        #expect(address.description == "host=db.example port=5433 dbname=fleet user=me sslmode=verify-full")
        #expect(address.masked("no password s3cret here") == "no password *** here")
        #expect(try PostgresAddress(url: "host=a dbname=b", password: "p").keywords["password"] == "p")
    }

    @Test func `an unreadable address is an error without its text`() throws {
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(url: "postgresql://u:s3cret@[::1/x") }
        #expect(error?.code == .badAddress)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test func `several hosts become several attempts`() throws {
        let address = try PostgresAddress(url: "postgresql://a:1,b:2/x?target_session_attrs=read-write")
        let attempts = address.attempts(applicationName: "n")
        #expect(attempts.map { $0["host"] } == ["a", "b"])
        #expect(attempts.map { $0["port"] } == ["1", "2"])
        #expect(attempts.allSatisfy { $0["target_session_attrs"] == "read-write" && $0["application_name"] == "n" })
    }

    @Test func `settings are escaped`() throws {
        var address = PostgresAddress(keywords: [:])
        address.settings = ["search_path": "a, b", "lock_timeout": "5s"]
        #expect(address.attempts(applicationName: "n")[0]["options"] == " -c lock_timeout=5s -c search_path=a,\\ b")
    }
}
