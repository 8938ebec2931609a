import Testing
import YAML

@Suite("YAML")
struct YAMLTests {
    private func fault(_ text: String) -> YAMLFault? { fault(bytes: Array(text.utf8)) }
    private func fault(bytes: [UInt8]) -> YAMLFault? {
        do throws(YAMLFault) {
            _ = try YAML.parse(bytes, file: "f.yaml")
            return nil
        } catch { return error }
    }

    @Test func `scalars keep their text and places are counted from one`() throws {
        let root = try YAML.parse(Array("a: no\nb:\n  - 012\n  - \"on\"\n".utf8), file: "f.yaml")
        guard case .mapping(let entries) = root.content else { return #expect(Bool(false)) }
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(entries[0].value == YAMLNode(.scalar("no", .plain), at: YAMLPosition(line: 1, column: 4)))
        guard case .sequence(let items) = entries[1].value.content else { return #expect(Bool(false)) }
        #expect(items[0] == YAMLNode(.scalar("012", .plain), at: YAMLPosition(line: 3, column: 5)))
        #expect(items[1] == YAMLNode(.scalar("on", .quoted), at: YAMLPosition(line: 4, column: 5)))
    }

    @Test func `an empty file is null`() throws {
        #expect(try YAML.parse([], file: "f.yaml").isNull)
        #expect(try YAML.parse(Array("# only a comment\n".utf8), file: "f.yaml").isNull)
    }

    @Test(arguments: [
        ("a: &x 1\n", "f.yaml:1:4: anchors"),
        ("a: 1\nb: *x\n", "f.yaml:2:4: aliases"),
        ("a: !!int 1\n", "f.yaml:1:4: tags"),
        ("a: [!x 1]\n", "f.yaml:1:5: tags"),
        ("a: {&x b: 1}\n", "f.yaml:1:5: anchors"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: `a` is already set on line 1"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document"),
        ("? [a]\n: 1\n", "f.yaml:1:3: a key must be a single value"),
        ("a: [1, 2\n", "f.yaml:2:1: not valid YAML"),
        ("a: b: c\n", "f.yaml:1:5: not valid YAML"),
        ("a:\n\t- 1\n", "f.yaml:2:1: not valid YAML"),
    ])
    func `what is refused is refused with its place`(text: String, expected: String) {
        let found = fault(text)?.description ?? "nothing"
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(fault(bytes: Array("a: ".utf8) + [0xFF, 0xFE])?.message.contains("UTF-8") == true)
        #expect(fault(bytes: Array("a: b\0c".utf8))?.message.contains("UTF-8") == true)
    }

    @Test func `a file one byte too large is refused and the largest is read`() throws {
        let limit = 256 * 1024
        let comment = "#" + String(repeating: "x", count: limit - 1)
        #expect(try YAML.parse(Array(comment.utf8), file: "f.yaml").isNull)
        #expect(fault(comment + "x")?.message.hasPrefix("the file has 262145 bytes") == true)
    }

    @Test func `depth 64 is read and 65 is refused`() throws {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        }
        _ = try YAML.parse(Array(nested(64).utf8), file: "f.yaml")
        #expect(fault(nested(65))?.description == "f.yaml:1:65: nested deeper than 64 levels; flatten it")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: ", "{? ", "[? "])
    func `200 KB of nesting are refused at once`(piece: String) {
        let text = String(repeating: piece, count: 200_000 / piece.utf8.count)
        let took = ContinuousClock().measure { #expect(fault(text) != nil) }
        #expect(took < .milliseconds(100), "took \(took)")
    }

    @Test(arguments: ["[],", "a: 1,", "'", "\"\\x41", "k: v\n", "- 1\n", "x ", "# \n", "%A b\n", "|\n x\n", "a\n\n"])
    func `no text of the largest size takes long`(piece: String) {
        let body = String(repeating: piece, count: 262_000 / piece.utf8.count)
        for opening in ["", "[", "{", "\""] {
            let took = ContinuousClock().measure { _ = fault(opening + body) }
            #expect(took < .seconds(2), "\(opening)\(piece) took \(took)")
        }
    }
}

@Suite("Reading YAML by schema")
struct YAMLReaderTests {
    private enum Lane: String, CaseIterable { case interactive, normal, bulk }

    private func faults(_ text: String, _ body: (MappingReader) -> Void) -> [String] {
        do throws(YAMLFaults) {
            try YAML.read(Array(text.utf8), file: "f.yaml", body)
            return []
        } catch { return error.faults.map(\.description) }
    }

    @Test func `values arrive in their types`() throws {
        let text = """
            name: no
            count: 1_000
            pause: 1h30m
            room: 64KiB
            lane: bulk
            open: true
            parts: [a, b]
            queues:
              fast: {prefetch: 8}
              slow: {prefetch: 2}
            """
        try YAML.read(Array(text.utf8), file: "f.yaml") { root in
            #expect(root.string("name") == "no")
            #expect(root.integer("count", in: 1...5000) == 1000)
            #expect(root.duration("pause") == .seconds(5400))
            #expect(root.size("room") == 65536)
            #expect(root.choice("lane") == Lane.bulk)
            #expect(root.boolean("open"))
            #expect(root.integer("absent", in: 0...9, default: 7) == 7)
            #expect(root.list("parts") { $0.string() } == ["a", "b"])
            let queues = root.entries("queues") { name, value in
                (name, value.mapping { $0.integer("prefetch", in: 1...100) })
            }
            #expect(queues.map(\.0) == ["fast", "slow"])
            #expect(queues.map(\.1) == [8, 2])
        }
    }

    @Test func `all faults come at once, in the order of the file`() {
        let found = faults("lane: bulc\ncount: 012\npause: 5\nextra: 1\nopen: yes\nnested: 3\n") { root in
            _ = root.boolean("open")
            _ = root.duration("pause", in: .seconds(1) ... .seconds(60))
            _ = root.integer("count", in: 1...9)
            _ = root.choice("lane", Lane.self)
            _ = root.string("name")
            root.mapping("nested") { _ = $0.string("inner") }
        }
        #expect(
            found == [
                "f.yaml:1:1: `name` is missing; add it here",
                "f.yaml:1:7: `lane` must be one of interactive, normal, bulk, not `bulc`; did you mean `bulk`?",
                "f.yaml:2:8: `count` must be a whole number from 1 to 9, not `012`",
                "f.yaml:3:8: `pause` must be a duration such as 500ms, 5s, 15m or 1h, from 1s to 1m, not `5`",
                "f.yaml:4:1: `extra` is not known here; known are count, lane, name, nested, open, pause",
                "f.yaml:5:7: `open` must be true or false, not `yes`",
                "f.yaml:6:9: `nested` must be a mapping, not a single value",
            ]
        )
    }

    @Test func `an unknown key is told the nearest one with its path`() {
        let found = faults("a:\n  prefetsh: 1\n") { root in
            root.mapping("a") { _ = $0.integer("prefetch", in: 0...9, default: 1) }
        }
        #expect(found == ["f.yaml:2:3: `a.prefetsh` is not known here; did you mean `prefetch`?"])
    }

    @Test func `meaning can add faults of its own`() {
        let found = faults("low: 5\nhigh: 3\n") { root in
            let low = root.integer("low", in: 0...9)
            if root.integer("high", in: 0...9) < low { root.fault("high", "must not be below `low`") }
        }
        #expect(found == ["f.yaml:2:7: `high` must not be below `low`"])
    }
}

@Suite("Quantities")
struct QuantityTests {
    @Test(arguments: [
        ("5s", 5_000_000), ("500ms", 500_000), ("15m", 900_000_000), ("1h30m", 5_400_000_000), ("0", 0), ("7us", 7),
        ("2d", 172_800_000_000),
    ])
    func `durations`(text: String, microseconds: Int) {
        #expect(Quantity.duration(text) == .microseconds(microseconds))
        #expect(Quantity.text(.microseconds(microseconds)) == text)
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "5S", "05s", "1m1h", "1s1s", "5sec", "1.5s", "99999999999999999d"])
    func `what is not a duration`(text: String) { #expect(Quantity.duration(text) == nil) }

    @Test(arguments: [("0", 0), ("512B", 512), ("64KiB", 65536), ("1MiB", 1 << 20), ("3GiB", 3 << 30)])
    func `sizes`(text: String, bytes: Int) {
        #expect(Quantity.size(text) == bytes)
        #expect(Quantity.text(bytes: bytes) == text)
    }

    @Test func `decimal sizes`() {
        #expect(Quantity.size("1MB") == 1_000_000)
        #expect(Quantity.size("2kB") == 2_000)
    }

    @Test(arguments: ["", "64", "KiB", "1.5MB", "-1B", "1mb", "9999999999999GiB"])
    func `what is not a size`(text: String) { #expect(Quantity.size(text) == nil) }

    @Test(arguments: [("0", 0), ("-5", -5), ("12_000", 12000), ("9223372036854775807", Int.max)])
    func `whole numbers`(text: String, value: Int) { #expect(Quantity.integer(text) == value) }

    @Test(arguments: ["", "-", "012", "+1", "1_", "_1", "1__0", "0x10", "1e3", "9223372036854775808", "１"])
    func `what is not a whole number`(text: String) { #expect(Quantity.integer(text) == nil) }

    @Test func `the nearest name allows a swap, and no far guesses`() {
        #expect(nearestName(to: "replya", among: ["replay", "show"]) == "replay")
        #expect(nearestName(to: "lsit", among: ["list", "last"]) == "list")
        #expect(nearestName(to: "xyz", among: ["list", "show"]) == nil)
    }
}
