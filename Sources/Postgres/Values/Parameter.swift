/// A value given to a statement or a copy.
///
/// All kinds travel in binary, except text, which the server reads like a quoted literal: it takes the type that the
/// place in the statement asks for.
public enum Parameter: Sendable, Hashable {
    /// Of whatever type the place asks for.
    case null
    /// `boolean`
    case bool(Bool)
    /// `smallint`
    case int2(Int16)
    /// `integer`
    case int4(Int32)
    /// `bigint`
    case int8(Int64)
    /// `double precision`
    case float8(Double)
    /// Must not contain a zero byte.
    case text(String)
    /// `bytea`
    case bytes([UInt8])
    /// `uuid`
    case uuid(UUIDValue)
    /// Days since 1970-01-01. `Int32.max` and `.min` are Postgres' `infinity` and `-infinity`.
    case date(Int32)
    /// Microseconds since 1970-01-01 UTC, a `timestamptz`. `Int64.max` and `.min` are `infinity` and `-infinity`.
    case timestamp(Int64)
    /// A decimal number as text, for instance `-12.50`; no exponent.
    case numeric(String)
    /// The text of a JSON document, sent as `jsonb`.
    case json(String)

    /// `boolean[]`
    case boolArray([Bool])
    /// `smallint[]`
    case int2Array([Int16])
    /// `integer[]`
    case int4Array([Int32])
    /// `bigint[]`
    case int8Array([Int64])
    /// `double precision[]`
    case float8Array([Double])
    /// `text[]`; no element may contain a zero byte.
    case textArray([String])
    /// `bytea[]`
    case bytesArray([[UInt8]])
    /// `uuid[]`
    case uuidArray([UUIDValue])
    /// Days since 1970-01-01.
    case dateArray([Int32])
    /// Microseconds since 1970-01-01 UTC.
    case timestampArray([Int64])
    /// `bigint[]` with nulls.
    case optionalInt8Array([Int64?])
    /// `text[]` with nulls.
    case optionalTextArray([String?])

    /// The type declared to the server.
    var type: UInt32 {
        switch self {
        case .null, .text: TypeID.unknown
        case .bool: TypeID.bool
        case .int2: TypeID.int2
        case .int4: TypeID.int4
        case .int8: TypeID.int8
        case .float8: TypeID.float8
        case .bytes: TypeID.bytea
        case .uuid: TypeID.uuid
        case .date: TypeID.date
        case .timestamp: TypeID.timestamptz
        case .numeric: TypeID.numeric
        case .json: TypeID.jsonb
        case .boolArray: TypeID.boolArray
        case .int2Array: TypeID.int2Array
        case .int4Array: TypeID.int4Array
        case .int8Array, .optionalInt8Array: TypeID.int8Array
        case .float8Array: TypeID.float8Array
        case .textArray, .optionalTextArray: TypeID.textArray
        case .bytesArray: TypeID.byteaArray
        case .uuidArray: TypeID.uuidArray
        case .dateArray: TypeID.dateArray
        case .timestampArray: TypeID.timestamptzArray
        }
    }
}
