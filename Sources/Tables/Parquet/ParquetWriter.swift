/// Writes Apache Parquet: uncompressed, plain pages, one page per column and row group. Every reader of the format takes it.
///
/// Rows are held until their group is full, so memory stays that of one group.
public struct ParquetWriter: TableWriter {
    private struct Group {
        var rows: Int
        var bytes: Int
        var chunks: [(offset: Int, size: Int)]
    }

    /// Rows in a group unless said otherwise.
    public static let standardGroup = 32_768
    /// A group ends early with so many bytes.
    private static let bytesPerGroup = 64 << 20

    private let columns: [TableColumn]
    private let creator: String
    private let rowsPerGroup: Int
    private var chunks: [ParquetChunk]
    private var groups: [Group] = []
    private var bytes = Array("PAR1".utf8)
    /// How many bytes were taken.
    private var taken = 0

    /// - Parameter creator: the program, for people who look into the file.
    public init(columns: [TableColumn], creator: String, rowsPerGroup: Int = ParquetWriter.standardGroup) {
        precondition(rowsPerGroup > 0, "a group has rows")
        self.columns = columns
        self.creator = creator
        self.rowsPerGroup = rowsPerGroup
        chunks = columns.map { ParquetChunk($0) }
    }

    public mutating func append(_ row: [TableValue]) {
        precondition(row.count == columns.count, "a row has one value per column")
        for position in chunks.indices { chunks[position].append(row[position]) }
        let isFull = chunks.first.map { $0.count >= rowsPerGroup } ?? false
        if isFull || chunks.reduce(0, { $0 + $1.size }) >= Self.bytesPerGroup { endGroup() }
    }

    public mutating func take() -> [UInt8] {
        defer {
            taken += bytes.count
            bytes.removeAll(keepingCapacity: true)
        }
        return bytes
    }

    public mutating func finish() {
        endGroup()
        let footer = footer()
        bytes += footer
        bytes.append(littleEndian: UInt32(footer.count))
        bytes += "PAR1".utf8
    }

    private mutating func endGroup() {
        guard let rows = chunks.first?.count, rows > 0 else { return }
        var group = Group(rows: rows, bytes: 0, chunks: [])
        for chunk in chunks {
            let page = chunk.page()
            group.chunks.append((taken + bytes.count, page.count))
            group.bytes += page.count
            bytes += page
        }
        groups.append(group)
        chunks = columns.map { ParquetChunk($0) }
    }

    // MARK: The footer

    private func footer() -> [UInt8] {
        var writer = ThriftWriter()
        writer.structure { file in
            file.int32(1, 2)
            file.list(2, of: .structure, [nil] + columns) { list, column in
                list.structure { element in
                    if let column { column.describe(to: &element) } else { root(&element) }
                }
            }
            file.int64(3, Int64(groups.reduce(0) { $0 + $1.rows }))
            file.list(4, of: .structure, groups) { list, group in list.structure { describe(group, to: &$0) } }
            file.text(6, creator)
        }
        return writer.bytes
    }

    private func root(_ element: inout ThriftWriter) {
        element.text(4, "schema")
        element.int32(5, Int32(columns.count))
    }

    private func describe(_ group: Group, to writer: inout ThriftWriter) {
        writer.list(1, of: .structure, Array(zip(columns, group.chunks))) { list, part in
            let (column, place) = part
            list.structure { chunk in
                chunk.int64(2, Int64(place.offset))
                chunk.structure(3) { data in
                    data.int32(1, column.kind.physical.rawValue)
                    data.list(2, of: .int32, [0, 3]) { $0.element(int32: $1) }
                    data.list(3, of: .binary, [column.name]) { $0.element(text: $1) }
                    data.int32(4, 0)  // not compressed
                    data.int64(5, Int64(group.rows))
                    data.int64(6, Int64(place.size))
                    data.int64(7, Int64(place.size))
                    data.int64(9, Int64(place.offset))
                }
            }
        }
        writer.int64(2, Int64(group.bytes))
        writer.int64(3, Int64(group.rows))
    }
}
