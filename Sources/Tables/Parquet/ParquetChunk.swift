/// The values of one column in one row group, in Parquet's plain encoding.
struct ParquetChunk {
    let column: TableColumn
    private(set) var count = 0
    private var values: [UInt8] = []
    /// Runs of cells that are there or not: only optional columns have them.
    private var runs: [(isThere: Bool, length: Int)] = []
    /// Flags are packed eight to a byte.
    private var bits = 0

    init(_ column: TableColumn) { self.column = column }

    /// Bytes held.
    var size: Int { values.count }

    mutating func append(_ value: TableValue) {
        count += 1
        let isThere = value != .null
        precondition(isThere || column.isOptional, "column \(column.name) has a value in every row")
        if column.isOptional {
            if runs.last?.isThere == isThere { runs[runs.count - 1].length += 1 } else { runs.append((isThere, 1)) }
        }
        if isThere { put(value) }
    }

    private mutating func put(_ value: TableValue) {
        switch (column.kind, value) {
        case (.integer, .integer(let number)): values.append(littleEndian: number)
        case (.moment, .moment(let microseconds)): values.append(littleEndian: microseconds)
        case (.date, .date(let days)): values.append(littleEndian: days)
        case (.decimal(let scale), .decimal(let number, let own)): put(Self.scaled(number, from: own, to: scale))
        case (.decimal(let scale), .integer(let number)): put(Self.scaled(number, from: 0, to: scale))
        case (.text, .text(let text)):
            values.append(littleEndian: UInt32(text.utf8.count))
            values += text.utf8
        case (.flag, .flag(let flag)):
            if bits & 7 == 0 { values.append(0) }
            if flag { values[values.count - 1] |= 1 << UInt8(bits & 7) }
            bits += 1
        default: preconditionFailure("a value of another kind was given to column \(column.name)")
        }
    }

    /// Sixteen bytes, the highest first.
    private mutating func put(_ number: Int128) {
        for shift in stride(from: 120, through: 0, by: -8) { values.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func scaled(_ number: Int64, from own: Int, to scale: Int) -> Int128 {
        precondition(own <= scale && scale <= 18, "a decimal has more digits than its column")
        return (own..<scale).reduce(Int128(number)) { product, _ in product * 10 }
    }

    /// Header and content of the one page that holds the chunk.
    func page() -> [UInt8] {
        var content: [UInt8] = []
        if column.isOptional {
            let levels = levels()
            content.append(littleEndian: UInt32(levels.count))
            content += levels
        }
        content += values
        var header = ThriftWriter()
        header.structure { page in
            page.int32(1, 0)  // a data page
            page.int32(2, Int32(content.count))
            page.int32(3, Int32(content.count))
            page.structure(5) { data in
                data.int32(1, Int32(count))
                data.int32(2, 0)  // values: plain
                data.int32(3, 3)  // levels: runs
                data.int32(4, 3)
            }
        }
        return header.bytes + content
    }

    /// Run lengths, each with its value in one byte.
    private func levels() -> [UInt8] {
        var bytes: [UInt8] = []
        for run in runs {
            bytes.append(varint: UInt64(run.length) << 1)
            bytes.append(run.isThere ? 1 : 0)
        }
        return bytes
    }
}
