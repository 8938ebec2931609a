import JSON
import Testing

@Suite struct WriterTests {
    private func text(_ build: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        build(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test func `commas and colons come by themselves`() {
        let result = text { json in
            json.beginObject()
            json.field("version", 1)
            json.field("platform", "x")
            json.field("last", true)
            json.field("share", 0.25)
            json.field("money", .decimal("1.10"))
            json.field("absent", ifPresent: nil as String?)
            json.field("metrics", ["views", "reach"])
            json.field("days", [1, -2] as [Int64])
            json.object("values") { json in
                json.key(dynamic: "a\"b")
                json.null()
            }
            json.array("readings") { json in
                json.beginObject()
                json.endObject()
                json.beginArray()
                json.endArray()
                json.raw("[1,2]".utf8)
                json.string(static: "end")
            }
            json.endObject()
        }
        #expect(
            result
                == #"{"version":1,"platform":"x","last":true,"share":0.25,"money":1.10,"metrics":["views","reach"],"#
                + #""days":[1,-2],"values":{"a\"b":null},"readings":[{},[],[1,2],"end"]}"#
        )
    }

    @Test func `strings are escaped where JSON demands it and nowhere else`() throws {
        for value in (0..<0x100).map({ String(Unicode.Scalar(UInt8($0))) }) + [
            "a\u{2028}😀é/", "", "\"\"", "\\\\", "\r\n",
        ] {
            let written = text { $0.string("x\(value)y") }
            var json = JSONReader(Array(written.utf8))
            #expect(try json.string() == "x\(value)y")
        }
        #expect(
            text { $0.string("\"\\\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}/é") } == #""\"\\\b\f\n\r\t\u0001\u001f"#
                + "\u{7f}/é\""
        )
    }

    @Test func `integers and doubles are written exactly`() {
        let values: [Int64] = [0, 1, -1, 9, 10, 99, 100, .max, .min, .max - 1]
        for value in values { #expect(text { $0.int(value) } == String(value)) }
        for value in [0.1, 1e21, Double.leastNonzeroMagnitude, -2.5, 1e300] {
            #expect(Double(text { $0.double(value) }) == value)
        }
        for value in [Double.nan, .infinity, -.infinity] { #expect(text { $0.double(value) } == "null") }
    }

    @Test func `a writer can be used again`() {
        var writer = JSONWriter()
        writer.int(1)
        writer.reset()
        writer.int(2)
        #expect(writer.finish() == [0x32])
    }

    @Test func `an object left open traps`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            _ = writer.finish()
        }
    }
}

@Suite struct ValueTests {
    private let value: JSONValue = [
        "a": 1, "list": ["x", true, nil, 1.5], "object": ["k": "v"], "a": 2,
    ]

    @Test func `members and elements are found by key and index`() {
        #expect(value["a"]?.int64 == 2)
        #expect(value["list"]?[0]?.string == "x")
        #expect(value["list"]?[1]?.bool == true)
        #expect(value["list"]?[2]?.isNull == true)
        #expect(value["list"]?[3]?.double == 1.5)
        #expect(value["list"]?[4] == nil && value["list"]?[-1] == nil && value["nope"] == nil && value[0] == nil)
        #expect(value["object"]?["k"]?.string == "v")
        #expect(value["list"]?.array?.count == 4 && value["object"]?.object?.map(\.key) == ["k"])
    }

    @Test func `rendering is compact or pretty and keeps order and number text`() throws {
        let text = #"{"b":1.50,"a":[1e3,-0,12345678901234567890],"e":{},"f":[],"g":"\n"}"#
        let value = try JSONValue(parsing: text)
        #expect(value.description == text)
        #expect(
            value.pretty() == """
                {
                  "b": 1.50,
                  "a": [
                    1e3,
                    -0,
                    12345678901234567890
                  ],
                  "e": {},
                  "f": [],
                  "g": "\\n"
                }
                """
        )
        #expect(try JSONValue(parsing: value.pretty()) == value)
    }

    @Test func `duplicate keys are refused on request`() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"a":1,"a":2}"#, limits: .strict) }
    }
}
