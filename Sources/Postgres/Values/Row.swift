/// One row of an answer. Values are read by the column's position from zero, as a type that the column must have.
///
/// Every accessor throws `.decoding` when the column does not exist, has another type, or is null; the `optional…` forms
/// return nil for null.
public struct Row: Sendable {
    let storage: RowsStorage
    let index: Int

    /// Whether the value is null.
    public func isNull(_ column: Int) throws(PostgresError) -> Bool { try cell(column).length < 0 }

    /// Reads `boolean`.
    public func bool(_ column: Int) throws(PostgresError) -> Bool { try required(optionalBool(column), column) }
    /// Nil for null.
    public func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        try read(column, "bool", [TypeID.bool]) { _, bytes throws(PostgresError) in try bytes.integer(UInt8.self) != 0 }
    }

    /// Reads `smallint`.
    public func int2(_ column: Int) throws(PostgresError) -> Int16 { try required(optionalInt2(column), column) }
    /// Nil for null.
    public func optionalInt2(_ column: Int) throws(PostgresError) -> Int16? {
        try read(column, "int2", [TypeID.int2]) { _, bytes throws(PostgresError) in try bytes.integer(Int16.self) }
    }

    /// Reads `integer` and `smallint`.
    public func int4(_ column: Int) throws(PostgresError) -> Int32 { try required(optionalInt4(column), column) }
    /// Nil for null.
    public func optionalInt4(_ column: Int) throws(PostgresError) -> Int32? {
        try read(column, "int4", [TypeID.int4, TypeID.int2]) { _, bytes throws(PostgresError) in
            bytes.count == 2 ? Int32(try bytes.integer(Int16.self)) : try bytes.integer(Int32.self)
        }
    }

    /// Reads `bigint`, `integer`, `smallint` and `oid`.
    public func int8(_ column: Int) throws(PostgresError) -> Int64 { try required(optionalInt8(column), column) }
    /// Nil for null.
    public func optionalInt8(_ column: Int) throws(PostgresError) -> Int64? {
        try read(column, "int8", [TypeID.int8, TypeID.int4, TypeID.int2, TypeID.oid]) {
            type,
            bytes throws(PostgresError) in
            if type == TypeID.oid { return Int64(try bytes.integer(UInt32.self)) }
            switch bytes.count {
            case 2: return Int64(try bytes.integer(Int16.self))
            case 4: return Int64(try bytes.integer(Int32.self))
            default: return try bytes.integer(Int64.self)
            }
        }
    }

    /// Reads `double precision` and `real`.
    public func float8(_ column: Int) throws(PostgresError) -> Double { try required(optionalFloat8(column), column) }
    /// Nil for null.
    public func optionalFloat8(_ column: Int) throws(PostgresError) -> Double? {
        try read(column, "float8", [TypeID.float8, TypeID.float4]) { _, bytes throws(PostgresError) in
            bytes.count == 4
                ? Double(Float(bitPattern: try bytes.integer(UInt32.self)))
                : Double(bitPattern: try bytes.integer(UInt64.self))
        }
    }

    /// Reads text, names, enumerations, `json` and `jsonb`.
    public func text(_ column: Int) throws(PostgresError) -> String { try required(optionalText(column), column) }
    /// Nil for null.
    public func optionalText(_ column: Int) throws(PostgresError) -> String? {
        let type = try self.column(column).type
        guard TypeID.isText(type) else { throw mismatch(column, "text") }
        return try read(column, "text", [type]) { type, bytes throws(PostgresError) in
            String(decoding: type == TypeID.jsonb ? bytes.dropFirst() : bytes[...], as: UTF8.self)
        }
    }

    /// Reads `bytea`.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try required(optionalBytes(column), column) }
    /// Nil for null.
    public func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try read(column, "bytea", [TypeID.bytea]) { _, bytes throws(PostgresError) in [UInt8](bytes) }
    }

    /// Reads `uuid`.
    public func uuid(_ column: Int) throws(PostgresError) -> UUIDValue { try required(optionalUUID(column), column) }
    /// Nil for null.
    public func optionalUUID(_ column: Int) throws(PostgresError) -> UUIDValue? {
        try read(column, "uuid", [TypeID.uuid]) { _, bytes throws(PostgresError) in try bytes.uuid() }
    }

    /// Days since 1970-01-01.
    public func date(_ column: Int) throws(PostgresError) -> Int32 { try required(optionalDate(column), column) }
    /// Nil for null.
    public func optionalDate(_ column: Int) throws(PostgresError) -> Int32? {
        try read(column, "date", [TypeID.date]) { _, bytes throws(PostgresError) in
            try unixDate(bytes.integer(Int32.self))
        }
    }

    /// Microseconds since 1970-01-01 UTC, from `timestamptz`, or from a `timestamp` taken as UTC.
    public func timestamp(_ column: Int) throws(PostgresError) -> Int64 {
        try required(optionalTimestamp(column), column)
    }
    /// Nil for null.
    public func optionalTimestamp(_ column: Int) throws(PostgresError) -> Int64? {
        try read(column, "timestamptz", [TypeID.timestamptz, TypeID.timestamp]) { _, bytes throws(PostgresError) in
            try unixTimestamp(bytes.integer(Int64.self))
        }
    }

    /// A `numeric` as plain decimal text with all its digits.
    public func numericText(_ column: Int) throws(PostgresError) -> String {
        try required(optionalNumericText(column), column)
    }
    /// Nil for null.
    public func optionalNumericText(_ column: Int) throws(PostgresError) -> String? {
        try read(column, "numeric", [TypeID.numeric]) { _, bytes throws(PostgresError) in try bytes.numericText() }
    }
}

// MARK: - Reading

extension Row {
    func column(_ column: Int) throws(PostgresError) -> RowsStorage.Column {
        guard column >= 0, column < storage.columns.count else {
            throw PostgresError(.decoding, "column \(column) of \(storage.columns.count) was asked for")
        }
        return storage.columns[column]
    }

    func cell(_ column: Int) throws(PostgresError) -> RowsStorage.Cell {
        _ = try self.column(column)
        return storage.cells[index * storage.columns.count + column]
    }

    func read<Value>(
        _ column: Int,
        _ wanted: String,
        _ types: [UInt32],
        _ decode: (UInt32, ArraySlice<UInt8>) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value? {
        let type = try self.column(column).type
        guard types.contains(type) else { throw mismatch(column, wanted) }
        let cell = storage.cells[index * storage.columns.count + column]
        guard cell.length >= 0 else { return nil }
        return try decode(type, storage.bytes[cell.offset..<cell.offset + Int(cell.length)])
    }

    func required<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        if let value { return value }
        throw PostgresError(.decoding, "column \(column) (\(storage.columns[column].name)) is null")
    }

    func mismatch(_ column: Int, _ wanted: String) -> PostgresError {
        let found = storage.columns[column]
        return PostgresError(
            .decoding,
            "column \(column) (\(found.name)) was read as \(wanted) but has type id \(found.type)"
        )
    }
}
