/// The object ids of the built-in types that this module speaks. They are fixed for all servers.
enum TypeID {
    /// Lets the server infer the type, as it does for a quoted literal.
    static let unknown: UInt32 = 0
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let date: UInt32 = 1082
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let timestamptzArray: UInt32 = 1185
    static let dateArray: UInt32 = 1182
    static let uuidArray: UInt32 = 2951

    /// Types whose binary form is no text: reading them as text would give garbage.
    private static let notText: Set<UInt32> = [
        bool, bytea, int8, int2, int4, oid, float4, float8, date, timestamp, timestamptz, numeric, uuid,
        boolArray, byteaArray, int2Array, int4Array, textArray, int8Array, float8Array, timestamptzArray, dateArray,
        uuidArray, 1115, 1231, 1083, 1266, 1186, 790,
    ]

    /// Text, names, enumerations, json and domains over them: the binary form is the text itself.
    static func isText(_ type: UInt32) -> Bool { !notText.contains(type) }
}

/// Between the epochs of Unix (1970) and of Postgres (2000).
enum Epoch {
    static let days: Int32 = 10_957
    static let microseconds: Int64 = 946_684_800_000_000
}
