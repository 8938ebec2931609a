import JSON
import Testing

/// Documents that any JSON parser must accept or refuse.
@Suite struct GrammarTests {
    static let accepted: [String] = [
        "[]", " [] ", "\t\r\n{}\n", "null", "true", "false", "0", "-0", "\"\"", "[[]]", "[{}]", "{\"\":0}",
        "[1,2,3]", "[1 , 2 ]", "{\"a\":1,\"b\":2}", "{\"a\":{\"b\":{\"c\":[]}}}", "{\"a\":1,\"a\":2}",
        "[0.1]", "[-0.0]", "[1e0]", "[1E+2]", "[1e-2]", "[123.456e78]", "[1e400]", "[-1e-400]", "[0e1]", "[0.0e00001]",
        "[123456789012345678901234567890]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\u0000\"]", "[\"\\u00e9\\u20AC\"]",
        "[\"\\ud83d\\ude00\"]", "[\"\\uDBFF\\uDFFF\"]", "[\"é€😀\"]", "[\"\u{2028}\u{2029}\u{7f}\"]",
        "[\"\u{10FFFF}\u{FFFF}\"]", "[\"a/b\"]", "[\"\\u0060\\u012a\\u12AB\"]", "[\"seven77\"]", "[\"eight888\"]",
        "[\"nine 9999\"]",
        "{\"\\u0000\":1}", "[1.0,\"x\",null,true,false,{}]", "\"root\"", "-1", "[\n]",
    ]

    static let refused: [String] = [
        "", " ", "[", "]", "{", "}", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1]]", "[]x", "[] []", "{}}",
        "[1", "[1,",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "{\"a\":1", "{\"a\":1,", "{\"a\"", "{\"a", "{\"a\":1]", "[1}", "[{]", "{[: \"x\"}", "{\"a\":\"b\"}#",
        "tru", "trux", "TRUE", "nul", "nulll", "fals", "falsy", "undefined", "NaN", "Infinity", "-Infinity", "[nan]",
        "01", "-01", "00", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1E-", "0x1F", "1_000", "1e1.5", "--1", "1-",
        "-a", "2.e+3",
        "0e", "0e+", "[1.0.0]", "[1eE2]", "- 1", "[-]", "[1a]", "[0 .1]",
        "\"", "\"abc", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"",
        "\"\\U0041\"",
        "\"\\a\"", "\"\\'\"", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1f}\"", "\"1234567\n\"", "'a'", "\"a\" b",
        "\\u0022a\\u0022",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\udbff\\u0041\"",
        "\"\\ud83d\\ude0\"",
        "/**/[]", "[] // x", "[/*x*/1]", "\u{FEFF}[]", "[\u{a0}1]", "[\u{c}1]", "<null>", "*", "[\"a\",\n4\n,1,",
        "{\"a\":/*c*/1}",
        "{\"a\":true,\"a\"", "[\"x\"", "[\"x\",", "[false, nul]", "[\"\\uD834\\uDd\"]", "[1,\n1\n,1", "{\"id\":0,,}",
        "\u{2060}[]",
    ]

    @Test(arguments: accepted) func `what the grammar allows is read and passed over alike`(text: String) throws {
        var json = JSONReader(Array(text.utf8))
        try json.finish()
        _ = try JSONValue(parsing: text)
    }

    @Test(arguments: refused) func `what the grammar forbids is refused by reading and by passing over`(text: String) {
        var json = JSONReader(Array(text.utf8))
        let skipped = #expect(throws: JSONError.self) { try json.finish() }
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        if let skipped { #expect(0...text.utf8.count ~= skipped.offset) }
    }

    static let badUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE2, 0x82],
        [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x28, 0x80], [0xF0, 0x9F, 0x98, 0x28],
        [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: badUTF8) func `broken UTF-8 is refused at every distance from a word's border`(bad: [UInt8]) {
        for lead in 0..<9 {
            for tail in 0..<9 {
                let body =
                    [0x22] + [UInt8](repeating: 0x61, count: lead) + bad + [UInt8](repeating: 0x61, count: tail) + [
                        0x22
                    ]
                var json = JSONReader(body)
                let error = #expect(throws: JSONError.self) { try json.finish() }
                #expect(error?.kind == .invalidUTF8)
                #expect(error?.offset == lead + 1)
            }
        }
    }

    @Test func `every proper prefix of a document is refused`() throws {
        let text = Array(#"{"a":[1.5e3,"x\u00e9\ud83d\ude00é",true,null],"b":{"c":false}}"#.utf8)
        for length in 0..<text.count {
            var json = JSONReader(Array(text.prefix(length)))
            #expect(throws: JSONError.self) { try json.finish() }
        }
        var whole = JSONReader(text)
        try whole.finish()
    }

    @Test func `strings are decoded exactly`() throws {
        let cases: [(String, String)] = [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20ac\ud83d\ude00""#, "Aé€😀"),
            ("\"é€😀 plain\"", "é€😀 plain"), (#""\u0000""#, "\0"),
            (#""before\u0041after and more text""#, "beforeAafter and more text"),
        ]
        for (text, expected) in cases {
            var json = JSONReader(Array(text.utf8))
            #expect(try json.string() == expected)
        }
        var strict = JSONReader(Array(#""\u0000""#.utf8), limits: .strict)
        let error = #expect(throws: JSONError.self) { try strict.string() }
        #expect(error?.kind == .escapedNUL)
    }
}
