/// A value given to a statement or a copy.
///
/// All kinds travel in binary, except text, which the server reads like a quoted literal: it takes the type that the
/// place in the statement asks for.
public enum Parameter: Sendable, Hashable {
    case null
    case bool(Bool)
    case int2(Int16)
    case int4(Int32)
    case int8(Int64)
    case float8(Double)
    /// Must not contain a zero byte.
    case text(String)
    case bytes([UInt8])
    case uuid(UUIDValue)
    /// Days since 1970-01-01. `Int32.max` and `.min` are Postgres' `infinity` and `-infinity`.
    case date(Int32)
    /// Microseconds since 1970-01-01 UTC, a `timestamptz`. `Int64.max` and `.min` are `infinity` and `-infinity`.
    case timestamp(Int64)
    /// A decimal number as text, for instance `-12.50`; no exponent.
    case numeric(String)
    /// The text of a JSON document, sent as `jsonb`.
    case json(String)

    case boolArray([Bool])
    case int2Array([Int16])
    case int4Array([Int32])
    case int8Array([Int64])
    case float8Array([Double])
    case textArray([String])
    case bytesArray([[UInt8]])
    case uuidArray([UUIDValue])
    /// Days since 1970-01-01.
    case dateArray([Int32])
    /// Microseconds since 1970-01-01 UTC.
    case timestampArray([Int64])
    case optionalInt8Array([Int64?])
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
