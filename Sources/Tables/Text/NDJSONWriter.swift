internal import JSON

/// Writes one JSON object per line. Numbers are exact; what is not there is `null`.
public struct NDJSONWriter: TableWriter {
    private let columns: [TableColumn]
    private var writer = JSONWriter(capacity: 4096)
    private var bytes: [UInt8] = []

    public init(columns: [TableColumn]) { self.columns = columns }

    public mutating func append(_ row: [TableValue]) {
        precondition(row.count == columns.count, "a row has one value per column")
        writer.reset()
        writer.beginObject()
        for (column, value) in zip(columns, row) {
            writer.key(dynamic: column.name)
            write(value)
        }
        writer.endObject()
        bytes += writer.bytes
        bytes.append(UInt8(ascii: "\n"))
    }

    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    public mutating func finish() {}

    private mutating func write(_ value: TableValue) {
        switch value {
        case .null: writer.null()
        case .text(let text): writer.string(text)
        case .integer(let number): writer.int(number)
        case .flag(let flag): writer.bool(flag)
        case .decimal:
            var text: [UInt8] = []
            value.appendPlain(to: &text)
            writer.raw(text)
        case .moment, .date:
            var text: [UInt8] = []
            value.appendPlain(to: &text)
            writer.string(String(decoding: text, as: UTF8.self))
        }
    }
}
