import JSON
import Testing

@Suite struct ReaderTests {
    private func reader(_ text: String, _ limits: JSONReader.Limits = .standard) -> JSONReader {
        JSONReader(Array(text.utf8), limits: limits)
    }

    @Test func `keys and values come in order and unread values are skipped`() throws {
        var json = reader(
            #" { "a" : 1 , "skipped":{"x":[1,{"y":null}]}, "b":"two","c":[true,false,null],"d":-0.5e1 } "#
        )
        var seen: [String] = []
        try json.beginObject()
        while let key = try json.nextKey() {
            seen.append(key.string)
            switch key {
            case "a": #expect(try json.int64() == 1)
            case "b": #expect(try json.stringEquals("two"))
            case "c":
                try json.beginArray()
                #expect(try json.nextElement())
                #expect(try json.bool())
                #expect(try json.nextElement())
                #expect(try json.bool() == false)
                #expect(try json.nextElement())
                try json.null()
                #expect(try json.nextElement() == false)
            case "d": #expect(try json.integerOrDecimal() == .decimal("-0.5e1"))
            default: break
            }
        }
        try json.finish()
        #expect(seen == ["a", "skipped", "b", "c", "d"])
    }

    @Test func `a key compares with a literal whether or not it is escaped`() throws {
        var json = reader(#"{"val\u0075es":1,"values_and_more":2}"#)
        try json.beginObject()
        let escaped = try #require(try json.nextKey())
        #expect(escaped == "values")
        #expect(escaped != "value")
        #expect(escaped.equals("values"))
        let longer = try #require(try json.nextKey())
        #expect(longer != "values")
        #expect(longer == JSONText("values_and_more"))
        #expect(Set([longer]).contains(JSONText("values_and_more")))
    }

    @Test func `a raw slice is the value as it stands`() throws {
        let bytes = Array(#"{"keep": [1, {"a":"]"}] ,"b":2}"#.utf8)
        var json = JSONReader(bytes)
        try json.beginObject()
        _ = try json.nextKey()
        let range = try json.rawSlice()
        #expect(String(decoding: bytes[range], as: UTF8.self) == #"[1, {"a":"]"}]"#)
        #expect(try json.nextKey()?.string == "b")
        var again = JSONReader(bytes, range: range)
        try again.beginArray()
        #expect(try again.nextElement())
        #expect(try again.int64() == 1)
        try again.skipRest()
        try again.finish()
    }

    @Test func `the rest of a container can be skipped at any place`() throws {
        var json = reader(#"[{"a":1,"b":[1,2,[3]],"c":2},7]"#)
        try json.beginArray()
        #expect(try json.nextElement())
        try json.beginObject()
        #expect(try json.nextKey() == JSONText("a"))
        try json.skipRest()
        #expect(try json.nextElement())
        #expect(try json.int64() == 7)
        #expect(try json.nextElement() == false)
        try json.finish()
    }

    @Test func `peek names the kind and reads nothing`() throws {
        let kinds: [(String, JSONReader.Kind)] = [
            ("{}", .object), ("[]", .array), ("\"\"", .string), ("-1", .number), ("0", .number), ("true", .bool),
            ("false", .bool), ("null", .null),
        ]
        for (text, kind) in kinds {
            var json = reader(text)
            #expect(try json.peek() == kind)
            #expect(try json.peek() == kind)
            try json.skip()
            try json.finish()
        }
    }

    @Test func `a value of another kind is an error that names both, and the path`() throws {
        var json = reader(#"{"data":[{"values":[{"value":1},{"value":"no"}]}]}"#)
        try json.beginObject()
        _ = try json.nextKey()
        try json.beginArray()
        _ = try json.nextElement()
        try json.beginObject()
        _ = try json.nextKey()
        try json.beginArray()
        _ = try json.nextElement()
        _ = try json.nextElement()
        try json.beginObject()
        _ = try json.nextKey()
        let error = try #require(throws: JSONError.self) { try json.int64() }
        #expect(error.kind == .wrongType(expected: .number, found: .string))
        #expect(error.path == "$.data[0].values[1].value")
        #expect(error.offset == 41)
        #expect(error.description == "expected a number, found a string at byte 41 ($.data[0].values[1].value)")
    }

    @Test func `a path in an error is short and printable`() throws {
        let long = String(repeating: "k", count: 500)
        var json = reader("{\"\(long)\":{\"a\nb\u{1b}\":tru}}")
        let error = try #require(throws: JSONError.self) { try json.finish() }
        #expect(error.kind == .controlCharacter(10))
        #expect(error.path.utf8.count < 250)
        #expect(error.path.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func `duplicate keys are refused only on request, per object, escaped or not`() throws {
        let twice = #"{"a":1,"b":{"a":1},"\u0061":2}"#
        var tolerant = reader(twice)
        try tolerant.beginObject()
        while try tolerant.nextKey() != nil {}
        var strict = reader(twice, .strict)
        let error = try #require(throws: JSONError.self) {
            try strict.beginObject()
            while try strict.nextKey() != nil {}
        }
        #expect(error.kind == .duplicateKey)
        #expect(error.offset == 19)
        var siblings = reader(#"[{"a":1},{"a":1,"b":{"a":2}}]"#, .strict)
        try siblings.beginArray()
        while try siblings.nextElement() {
            try siblings.beginObject()
            while let key = try siblings.nextKey() {
                guard key == "b" else { continue }
                try siblings.beginObject()
                while try siblings.nextKey() != nil {}
            }
        }
        try siblings.finish()
    }

    @Test func `many keys are compared without growing quadratic`() throws {
        let keys = (0..<50_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        var json = reader("{\(keys)}", .strict)
        try json.beginObject()
        var count = 0
        while try json.nextKey() != nil { count += 1 }
        #expect(count == 50_000)
        var twice = reader("{\(keys),\"k49999\":0}", .strict)
        let error = #expect(throws: JSONError.self) {
            try twice.beginObject()
            while try twice.nextKey() != nil {}
        }
        #expect(error?.kind == .duplicateKey)
    }

    @Test(arguments: ["[", "{\"a\":"]) func `a bomb of a hundred thousand levels is refused at the limit`(level: String)
    {
        var json = reader(String(repeating: level, count: 100_000))
        let error = #expect(throws: JSONError.self) { try json.finish() }
        #expect(error?.kind == .tooDeep(limit: 64))
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: level, count: 100_000)) }
    }

    @Test func `sixty-four levels are read and the limit can be lower`() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        var json = reader(deep)
        try json.finish()
        var shallow = reader("[[[]]]", .init(depth: 2))
        #expect(throws: JSONError(kind: .tooDeep(limit: 2), offset: 2, path: "$[0][0]")) { try shallow.finish() }
    }

    @Test func `a document over the size limit is refused by the first read`() {
        let limits = JSONReader.Limits(bytes: 10)
        for use in [
            { (json: inout JSONReader) in try json.finish() }, { json in try json.beginArray() },
            { json in try json.skip() },
        ] {
            var json = reader("[         ]", limits)
            let error = #expect(throws: JSONError.self) { try use(&json) }
            #expect(error?.kind == .tooLarge(limit: 10))
        }
        var fits = reader("[        ]", limits)
        #expect(throws: Never.self) { try fits.finish() }
    }

    @Test func `reading past the value is an error, not a trap`() throws {
        var json = reader("[1]")
        try json.beginArray()
        #expect(throws: JSONError.self) { try json.int64() }
        var done = reader("1")
        _ = try done.int64()
        #expect(throws: JSONError.self) { try done.int64() }
        var object = reader("{}")
        try object.beginObject()
        #expect(throws: JSONError.self) { try object.nextElement() }
    }

    @Test func `a caller's own error carries the place`() throws {
        var json = reader(#"{"a":{}}"#)
        try json.beginObject()
        _ = try json.nextKey()
        #expect(json.makeError(.missingKey("id")).description == #"the key "id" is missing at byte 5 ($.a)"#)
    }
}

@Suite struct DuplicateKeyTests {
    /// Reads every object of a document.
    private func walk(_ json: inout JSONReader) throws(JSONError) {
        switch try json.peek() {
        case .object:
            try json.beginObject()
            while try json.nextKey() != nil { try walk(&json) }
        case .array:
            try json.beginArray()
            while try json.nextElement() { try walk(&json) }
        case .string, .number, .bool, .null: try json.skip()
        }
    }

    @Test(arguments: [
        #"{"a":{"a":{"a":1,"b":2},"b":1},"b":{"a":1}}"#, #"[[{"a":1},{"a":1}],[[{"a":1}]],{"a":1}]"#,
        #"{"a":[{"x":1},{"x":2}],"x":[[{"a":1}]],"b":{"x":{"x":{}}},"c":{"x":1}}"#,
    ]) func `the same key in different objects is none given twice`(text: String) throws {
        var json = JSONReader(Array(text.utf8), limits: .strict)
        try walk(&json)
        try json.finish()
    }

    @Test(arguments: [
        #"{"a":{"b":1},"a":2}"#, #"{"a":[{"a":1},[{"b":1}]],"b":{"a":{"a":1}},"a":0}"#, #"[{"x":1},{"x":1,"x":2}]"#,
        #"{"p":{"q":{"r":1,"s":2,"r":3}}}"#, #"{"p":{"q":{}},"q":{"p":1,"p":2}}"#,
    ]) func `a key given twice is found whatever stands between`(text: String) {
        var json = JSONReader(Array(text.utf8), limits: .strict)
        let error = #expect(throws: JSONError.self) { try walk(&json) }
        #expect(error?.kind == .duplicateKey)
    }

    @Test func `a wide object inside a wide object is checked as well`() {
        let inner = (0..<40).map { "\"i\($0)\":0" }.joined(separator: ",")
        let outer = (0..<40).map { "\"o\($0)\":{\(inner)}" }.joined(separator: ",")
        var good = JSONReader(Array("{\(outer)}".utf8), limits: .strict)
        #expect(throws: Never.self) { try walk(&good) }
        var bad = JSONReader(Array("{\(outer),\"last\":{\(inner),\"i3\":1}}".utf8), limits: .strict)
        #expect(throws: JSONError.self) { try walk(&bad) }
        var late = JSONReader(Array("{\(outer),\"o0\":1}".utf8), limits: .strict)
        #expect(throws: JSONError.self) { try walk(&late) }
    }
}
