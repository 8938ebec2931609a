/// One-dimensional arrays. A null inside throws `.decoding`, except in the `optional…Elements` forms.
extension Row {
    /// Reads `boolean[]`.
    public func boolArray(_ column: Int) throws(PostgresError) -> [Bool] {
        try array(column, "bool[]", [TypeID.boolArray]) { bytes throws(PostgresError) in
            try bytes.integer(UInt8.self) != 0
        }
    }

    /// Reads `smallint[]`.
    public func int2Array(_ column: Int) throws(PostgresError) -> [Int16] {
        try integers(column, "int2[]", TypeID.int2Array) { $0 }
    }

    /// Reads `integer[]`.
    public func int4Array(_ column: Int) throws(PostgresError) -> [Int32] {
        try integers(column, "int4[]", TypeID.int4Array) { $0 }
    }

    /// Reads `bigint[]`.
    public func int8Array(_ column: Int) throws(PostgresError) -> [Int64] {
        try integers(column, "int8[]", TypeID.int8Array) { $0 }
    }

    /// Reads `double precision[]`.
    public func float8Array(_ column: Int) throws(PostgresError) -> [Double] {
        try array(column, "float8[]", [TypeID.float8Array]) { bytes throws(PostgresError) in
            Double(bitPattern: try bytes.integer(UInt64.self))
        }
    }

    /// Reads `text[]`, `varchar[]`, `name[]` and arrays of enumerations.
    public func textArray(_ column: Int) throws(PostgresError) -> [String] {
        try array(column, "text[]", [textArrayType(column)]) { bytes throws(PostgresError) in
            String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Reads `uuid[]`.
    public func uuidArray(_ column: Int) throws(PostgresError) -> [UUIDValue] {
        try array(column, "uuid[]", [TypeID.uuidArray]) { bytes throws(PostgresError) in try bytes.uuid() }
    }

    /// Days since 1970-01-01.
    public func dateArray(_ column: Int) throws(PostgresError) -> [Int32] {
        try integers(column, "date[]", TypeID.dateArray, unixDate)
    }

    /// Microseconds since 1970-01-01 UTC.
    public func timestampArray(_ column: Int) throws(PostgresError) -> [Int64] {
        try integers(column, "timestamptz[]", TypeID.timestamptzArray, unixTimestamp)
    }

    /// Reads `bigint[]` that may hold nulls.
    public func optionalInt8Elements(_ column: Int) throws(PostgresError) -> [Int64?] {
        try elements(column, "int8[]", [TypeID.int8Array]) { bytes throws(PostgresError) in
            try bytes.integer(Int64.self)
        }
    }

    /// Reads `text[]` that may hold nulls.
    public func optionalTextElements(_ column: Int) throws(PostgresError) -> [String?] {
        try elements(column, "text[]", [textArrayType(column)]) { bytes throws(PostgresError) in
            String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The column's own type when it may be an array of something textual, otherwise `text[]`.
    private func textArrayType(_ column: Int) throws(PostgresError) -> UInt32 {
        let type = try self.column(column).type
        return TypeID.isText(type) && type != TypeID.text && type != TypeID.jsonb ? type : TypeID.textArray
    }

    private func integers<Value: FixedWidthInteger>(
        _ column: Int,
        _ wanted: String,
        _ type: UInt32,
        _ transform: (Value) -> Value
    ) throws(PostgresError) -> [Value] {
        let values = try read(column, wanted, [type]) { _, bytes throws(PostgresError) in
            try bytes.integers(transform)
        }
        return try required(values, column)
    }

    private func array<Value>(
        _ column: Int,
        _ wanted: String,
        _ types: [UInt32],
        _ decode: (ArraySlice<UInt8>) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        let values = try read(column, wanted, types) { _, bytes throws(PostgresError) in
            var values: [Value] = []
            try bytes.forEachElement { element throws(PostgresError) in
                guard let element else { throw PostgresError(.decoding, "column \(column) holds a null element") }
                values.append(try decode(element))
            }
            return values
        }
        return try required(values, column)
    }

    private func elements<Value>(
        _ column: Int,
        _ wanted: String,
        _ types: [UInt32],
        _ decode: (ArraySlice<UInt8>) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value?] {
        let values = try read(column, wanted, types) { _, bytes throws(PostgresError) in
            var values: [Value?] = []
            try bytes.forEachElement { element throws(PostgresError) in
                if let element { values.append(try decode(element)) } else { values.append(nil) }
            }
            return values
        }
        return try required(values, column)
    }
}
