import FleetCore
import JSON
import Tables
import TestSupport
import Testing

@Suite struct ParquetTests {
    static let columns = [
        TableColumn("number", .integer), TableColumn("maybe", .integer, optional: true),
        TableColumn("value", .decimal(scale: 15), optional: true), TableColumn("text", .text, optional: true),
        TableColumn("at", .moment, optional: true), TableColumn("day", .date), TableColumn("flag", .flag),
        TableColumn("perhaps", .flag, optional: true),
    ]

    static func file(_ rows: [[TableValue]], _ columns: [TableColumn] = columns, group: Int = 100) -> [UInt8] {
        var writer = ParquetWriter(columns: columns, creator: "tests", rowsPerGroup: group)
        var bytes: [UInt8] = []
        for row in rows {
            writer.append(row)
            bytes += writer.take()
        }
        writer.finish()
        return bytes + writer.take()
    }

    static let small: [[TableValue]] = [
        [.integer(.max), .null, .decimal(4721, scale: 3), .text("ü"), .moment(1), .date(0), .flag(true), .null],
        [.integer(.min), .integer(-1), .null, .null, .null, .date(-1), .flag(false), .flag(true)],
        [
            .integer(0), .integer(2), .decimal(.min, scale: 0), .text(""), .moment(-1), .date(20_000), .flag(true),
            .flag(false),
        ],
    ]

    @Test func `a small table has exactly the bytes that an independent reader once read`() {
        #expect(Self.file(Self.small) == Fixtures.bytes("tables/small.parquet"))
    }

    @Test func `a table without rows is a file without groups`() {
        let bytes = Self.file([])
        #expect(bytes.starts(with: "PAR1".utf8) && bytes.suffix(4).elementsEqual("PAR1".utf8))
    }

    /// Prints every row as JSON, numbers as text; and refuses what the schema should not be.
    private static let script = """
        import sys, json, pyarrow as pa, pyarrow.parquet as pq
        table = pq.read_table(sys.argv[1])
        wanted = {"number": pa.int64(), "maybe": pa.int64(), "value": pa.decimal128(38, 15), "text": pa.string(),
            "at": pa.timestamp("us", tz="UTC"), "day": pa.date32(), "flag": pa.bool_(), "perhaps": pa.bool_()}
        for field in table.schema: assert field.type == wanted[field.name], field
        assert not table.schema.field("number").nullable and table.schema.field("text").nullable
        print(pq.ParquetFile(sys.argv[1]).metadata.num_row_groups)
        at = table.column("at").cast(pa.int64()).to_pylist()
        day = table.column("day").cast(pa.int32()).to_pylist()
        for row, at, day in zip(table.to_pylist(), at, day):
            value = None if row["value"] is None else format(row["value"], "f")
            print(json.dumps([row["number"], row["maybe"], value, row["text"], at, day, row["flag"], row["perhaps"]]))
        """

    private static func shown(_ row: [TableValue]) -> JSONValue {
        .array(
            zip(row, columns).map { value, column in
                switch value {
                case .null: .null
                case .integer(let number), .moment(let number): .number(.integer(number))
                case .date(let days): .number(.integer(Int64(days)))
                case .flag(let flag): .bool(flag)
                case .text(let text): .string(text)
                case .decimal(let number, let scale): .string(padded(number, scale))
                }
            }
        )
    }

    /// With fifteen digits behind the point, as Python's decimals are printed.
    private static func padded(_ number: Int64, _ scale: Int) -> String {
        let parts = FixedPoint.text(number, scale: scale).split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        return "\(parts[0]).\(fraction)\(String(repeating: "0", count: 15 - fraction.count))"
    }

    private static func random(_ generator: inout SeededGenerator) -> [TableValue] {
        func maybe(_ value: TableValue) -> TableValue { Bool.random(using: &generator) ? value : .null }
        let numbers: [Int64] = [.min, -1, 0, 1, .max, Int64.random(in: .min ... .max, using: &generator)]
        let scale = Int.random(in: 0...15, using: &generator)
        let text = String(repeating: "añ🚢", count: Int.random(in: 0...20, using: &generator))
        return [
            .integer(numbers.randomElement(using: &generator)!), maybe(.integer(numbers[5])),
            maybe(.decimal(numbers.randomElement(using: &generator)!, scale: scale)), maybe(.text(text)),
            maybe(.moment(Int64.random(in: -1_000_000_000_000_000...4_000_000_000_000_000, using: &generator))),
            .date(Int32.random(in: -20_000...40_000, using: &generator)), .flag(Bool.random(using: &generator)),
            maybe(.flag(Bool.random(using: &generator))),
        ]
    }

    @Test func `an independent reader reads what was written, with its types, over several groups`() async throws {
        guard let python = await Python.with("pyarrow") else { return }
        for seed in 1...3 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let rows = Self.small + (0..<Int(997 * seed)).map { _ in Self.random(&generator) }
            let lines = try await python.run(Self.script, on: Self.file(rows, group: 250))
            #expect(lines.first == String((rows.count + 249) / 250))
            let read = try lines.dropFirst().map { try JSONValue(parsing: String($0)) }
            #expect(read == rows.map(Self.shown), "seed \(seed)")
        }
        #expect(try await python.run(Self.script, on: Self.file([])) == ["0"])
    }
}
