internal import FleetCore

/// Writes comma-separated values by RFC 4180, with a line of names first.
///
/// Text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) is written
/// with an apostrophe before it. Numbers are never changed.
public struct CSVWriter: TableWriter {
    private let columns: [TableColumn]
    private var bytes: [UInt8] = []

    public init(columns: [TableColumn]) {
        self.columns = columns
        line(columns.map { .text($0.name) })
    }

    public mutating func append(_ row: [TableValue]) {
        precondition(row.count == columns.count, "a row has one value per column")
        line(row)
    }

    public mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    public mutating func finish() {}

    private mutating func line(_ values: [TableValue]) {
        for (position, value) in values.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(value)
        }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func append(_ value: TableValue) {
        switch value {
        case .text(let text): append(text)
        default: value.appendPlain(to: &bytes)
        }
    }

    private mutating func append(_ text: String) {
        let utf8 = Array(text.utf8)
        let isFormula = utf8.first.map { Self.formulaStarts.contains($0) } ?? false
        guard isFormula || utf8.contains(where: Self.special.contains) else {
            bytes += utf8
            return
        }
        bytes.append(UInt8(ascii: "\""))
        if isFormula { bytes.append(UInt8(ascii: "'")) }
        for byte in utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let formulaStarts = Set("=+-@\t\r".utf8)
    private static let special = Set("\",\r\n".utf8)
}

extension TableValue {
    /// Appends everything but text the way all text formats show it; nothing for null.
    func appendPlain(to bytes: inout [UInt8]) {
        switch self {
        case .null: break
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .decimal(let value, let scale): FixedPoint.append(value, scale: scale, to: &bytes)
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .moment(let microseconds): Instant(microseconds: microseconds).append(to: &bytes)
        case .date(let days): CivilDate(daysSinceEpoch: days).append(to: &bytes)
        case .flag(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        }
    }
}
