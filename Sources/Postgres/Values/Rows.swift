/// The answer to one statement: its rows, copied once into contiguous memory, and how many rows it touched.
public struct Rows: Sendable, RandomAccessCollection {
    let storage: RowsStorage

    /// Rows inserted, updated, deleted or selected, as the server counts them.
    public var affected: Int { storage.affected }
    /// The names of the columns.
    public var columns: [String] { storage.columns.map(\.name) }

    /// The position of the first row.
    public var startIndex: Int { 0 }
    /// The position behind the last row.
    public var endIndex: Int { storage.rowCount }

    /// The row at a position from zero.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < storage.rowCount, "a row was asked for beyond the last one")
        return Row(storage: storage, index: position)
    }

    /// The only row. Throws `.decoding` when there are none or several.
    public func only() throws(PostgresError) -> Row {
        guard count == 1 else { throw PostgresError(.decoding, "one row was expected and \(count) came") }
        return self[0]
    }
}

/// What all rows of an answer share.
final class RowsStorage: Sendable {
    struct Column: Sendable, Hashable {
        let name: String
        let type: UInt32
    }
    /// Where a value lies. A negative length is null.
    struct Cell: Sendable {
        let offset: Int
        let length: Int32
    }

    let columns: [Column]
    let cells: [Cell]
    let bytes: [UInt8]
    let rowCount: Int
    let affected: Int

    init(columns: [Column], cells: [Cell], bytes: [UInt8], rowCount: Int, affected: Int) {
        self.columns = columns
        self.cells = cells
        self.bytes = bytes
        self.rowCount = rowCount
        self.affected = affected
    }
}
