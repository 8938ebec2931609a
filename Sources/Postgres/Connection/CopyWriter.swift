/// Takes the rows of a ``Connection/copyIn(table:columns:_:)``.
///
/// In a copy every value must have exactly the type of its column: `.int4` for `integer`, `.int8` for `bigint`, `.json`
/// for `jsonb`, `.text` for text and enumerations.
public final class CopyWriter {
    private var buffer = EncodeBuffer(capacity: 72 << 10)
    private let width: Int
    private let send: (borrowing EncodeBuffer) throws(PostgresError) -> Void
    /// Rows written so far.
    public private(set) var rowCount = 0

    init(width: Int, send: @escaping (borrowing EncodeBuffer) throws(PostgresError) -> Void) {
        self.width = width
        self.send = send
        // The signature of the binary form, no flags, no extension.
        buffer.append([0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00])
        buffer.append(0 as UInt64)
    }

    /// Writes one row, its values in the order of the columns. Throws `.encoding` when their number is wrong.
    public func row(_ build: (inout CopyRow) throws(PostgresError) -> Void) throws(PostgresError) {
        buffer.append(Int16(width))
        var row = CopyRow(writer: self)
        try build(&row)
        guard row.count == width else {
            throw PostgresError(.encoding, "a row of \(row.count) values was written to \(width) columns")
        }
        rowCount += 1
        if buffer.count >= 64 << 10 { try flush() }
    }

    /// Writes one row. The form with a closure allocates no list.
    public func row(_ values: Parameter...) throws(PostgresError) {
        try row { row throws(PostgresError) in
            for value in values { try row.append(value) }
        }
    }

    fileprivate func append(_ value: Parameter) throws(PostgresError) {
        if value == .null {
            buffer.append(-1 as Int32)
            return
        }
        let start = buffer.count
        buffer.append(0 as Int32)
        try buffer.append(value)
        guard let length = Int32(exactly: buffer.count - start - 4), length < 1 << 30 else {
            throw PostgresError(.encoding, "a value is longer than a gigabyte")
        }
        buffer.patch(length, at: start)
    }

    private func flush() throws(PostgresError) {
        try send(buffer)
        buffer.clear(keeping: 256 << 10)
    }

    /// The end mark.
    func finish() throws(PostgresError) {
        buffer.append(-1 as Int16)
        try flush()
    }
}

/// One row of a copy, as it is being written.
public struct CopyRow {
    fileprivate let writer: CopyWriter
    fileprivate(set) var count = 0

    fileprivate init(writer: CopyWriter) { self.writer = writer }

    /// The next column's value.
    public mutating func append(_ value: Parameter) throws(PostgresError) {
        count += 1
        try writer.append(value)
    }
}
