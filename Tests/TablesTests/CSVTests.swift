import FleetCore
import JSON
import Tables
import TestSupport
import Testing

@Suite struct CSVTests {
    static let columns = [
        TableColumn("name", .text, optional: true), TableColumn("value", .decimal(scale: 15), optional: true),
    ]

    static func written(_ rows: [[TableValue]], _ columns: [TableColumn] = columns) -> String {
        var writer = CSVWriter(columns: columns)
        for row in rows { writer.append(row) }
        writer.finish()
        return String(decoding: writer.take(), as: UTF8.self)
    }

    static func read(_ bytes: [UInt8]) throws -> [CSVReader.Record] {
        var reader = try CSVReader(bytes)
        var records: [CSVReader.Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    static func utf16(_ text: String, littleEndian: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for unit in text.utf16 {
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            bytes += littleEndian ? [low, high] : [high, low]
        }
        return bytes
    }

    @Test func `what is written is read again, whatever the texts hold`() throws {
        var generator = SeededGenerator(seed: 4)
        let parts = ["a", "\"", ",", "\n", "\r\n", "ü", "🚢", " ", ";", "x y", "\t"]
        for _ in 0..<500 {
            let texts = (0..<3).map { _ in
                "t"
                    + (0..<Int.random(in: 0...6, using: &generator)).map { _ in parts.randomElement(using: &generator)!
                    }.joined()
            }
            let columns = (0..<3).map { TableColumn("c\($0)", .text) }
            let records = try Self.read(Array(Self.written([texts.map { .text($0) }], columns).utf8))
            #expect(records.count == 2)
            #expect(records[1].fields == texts)
        }
    }

    @Test func `lines end with carriage return and line feed, and only what needs quotes has them`() {
        let text = Self.written([
            [.text("plain"), .decimal(4721, scale: 3)], [.text("a,b"), .null], [.text("say \"x\""), .integer(7)],
        ])
        #expect(text == "name,value\r\nplain,4.721\r\n\"a,b\",\r\n\"say \"\"x\"\"\",7\r\n")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
    func `text that a spreadsheet would compute gets an apostrophe, numbers never`(_ text: String) throws {
        let written = Self.written([[.text(text), .decimal(-5, scale: 0)]])
        #expect(written.contains("\"'\(text)\""))
        #expect(written.hasSuffix(",-5\r\n"))
    }

    @Test func `the largest and smallest numbers are exact`() {
        let text = Self.written([
            [.null, .decimal(.max, scale: 15)], [.null, .decimal(.min, scale: 0)], [.null, .decimal(1, scale: 15)],
        ])
        #expect(
            text.split(separator: "\r\n").dropFirst() == [
                ",9223.372036854775807", ",-9223372036854775808", ",0.000000000000001",
            ]
        )
    }

    @Test func `files of spreadsheets and platforms are understood`() throws {
        let utf16: [UInt8] = [0xFF, 0xFE] + Self.utf16("a;ü\n1;2", littleEndian: true)
        #expect(try Self.read(utf16).map(\.fields) == [["a", "ü"], ["1", "2"]])
        let big: [UInt8] = [0xFE, 0xFF] + Self.utf16("a,b", littleEndian: false)
        #expect(try Self.read(big).map(\.fields) == [["a", "b"]])
        #expect(
            try Self.read([0xEF, 0xBB, 0xBF] + Array("a\tb\r1\t2\r".utf8)).map(\.fields) == [["a", "b"], ["1", "2"]]
        )
        let named = try Self.read(Array("sep=;\r\na,x;b\r\n\r\n1;2\r\n".utf8))
        #expect(named.map(\.fields) == [["a,x", "b"], ["1", "2"]])
        #expect(named.map(\.line) == [2, 4])
    }

    @Test func `a record knows its line, also behind quoted line ends`() throws {
        let records = try Self.read(Array("a,b\n\"1\n2\",x\n3,y".utf8))
        #expect(records.map(\.line) == [1, 2, 4])
    }

    @Test(arguments: [
        ("a,b\n\"open", "line 2: a quotation mark is opened and not closed"),
        ("a,b\n1,\"x\"y", "line 2: something follows a closing quotation mark"),
        ("a,b\n1,x\"y", "line 2: a quotation mark stands inside a field that does not begin with one"),
        ("a\0b", "the file holds zero bytes: it is not a text file"),
    ])
    func `a broken file is refused with its line`(_ text: String, _ reason: String) {
        #expect(throws: CSVReader.Fault.self) { try Self.read(Array(text.utf8)) }
        do { _ = try Self.read(Array(text.utf8)) } catch { #expect("\(error)" == reason) }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: CSVReader.Fault.self) { try Self.read([0x61, 0xC3, 0x28]) }
        #expect(throws: CSVReader.Fault.self) { try Self.read([0xFF, 0xFE, 0x61]) }
        #expect(throws: CSVReader.Fault.self) { try Self.read([0xFF, 0xFE, 0x00, 0xD8]) }
    }

    @Test func `an empty file has no records, an empty export its titles`() throws {
        #expect(try Self.read([]).isEmpty)
        #expect(Self.written([]) == "name,value\r\n")
    }

    @Test func `lines of JSON hold exact numbers and every column`() throws {
        var writer = NDJSONWriter(columns: Self.columns + [TableColumn("at", .moment), TableColumn("day", .date)])
        writer.append([.null, .decimal(.max, scale: 15), .moment(1_700_000_000_000_001), .date(19_000)])
        writer.finish()
        let line = String(decoding: writer.take(), as: UTF8.self)
        #expect(
            line
                == "{\"name\":null,\"value\":9223.372036854775807,\"at\":\"2023-11-14T22:13:20.000001Z\",\"day\":\"2022-01-08\"}\n"
        )
    }
}
