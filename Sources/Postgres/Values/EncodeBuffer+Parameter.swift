/// The binary forms of the parameter kinds (the server's `*_recv` functions).
extension EncodeBuffer {
    /// Appends the value without its length. Text is not terminated. Null appends nothing.
    mutating func append(_ parameter: Parameter) throws(PostgresError) {
        switch parameter {
        case .null: break
        case .bool(let value): append(value ? 1 : 0 as UInt8)
        case .int2(let value): append(value)
        case .int4(let value): append(value)
        case .int8(let value): append(value)
        case .float8(let value): append(value.bitPattern)
        case .text(let value): try appendText(value)
        case .bytes(let value): append(value)
        case .uuid(let value):
            append(value.high)
            append(value.low)
        case .date(let value): append(try Self.check(date: value))
        case .timestamp(let value): append(try Self.check(timestamp: value))
        case .numeric(let value): try appendNumeric(value)
        case .json(let value):
            append(1 as UInt8)  // the version of the binary form of jsonb
            try appendText(value)
        default: try append(array: parameter)
        }
    }

    private mutating func append(array parameter: Parameter) throws(PostgresError) {
        switch parameter {
        case .boolArray(let values):
            appendHeader(values.count, TypeID.bool)
            append(elements: values.map { $0 ? 1 : 0 as UInt8 }) { $0 }
        case .int2Array(let values):
            appendHeader(values.count, TypeID.int2)
            append(elements: values) { $0 }
        case .int4Array(let values):
            appendHeader(values.count, TypeID.int4)
            append(elements: values) { $0 }
        case .int8Array(let values):
            appendHeader(values.count, TypeID.int8)
            append(elements: values) { $0 }
        case .float8Array(let values):
            appendHeader(values.count, TypeID.float8)
            append(elements: values.map(\.bitPattern)) { $0 }
        case .dateArray(let values):
            for value in values { _ = try Self.check(date: value) }
            appendHeader(values.count, TypeID.date)
            append(elements: values, Self.serverDate)
        case .timestampArray(let values):
            for value in values { _ = try Self.check(timestamp: value) }
            appendHeader(values.count, TypeID.timestamptz)
            append(elements: values, Self.serverTimestamp)
        case .uuidArray(let values):
            appendHeader(values.count, TypeID.uuid)
            reserve(values.count * 20)
            for value in values {
                append(16 as Int32)
                append(value.high)
                append(value.low)
            }
        case .textArray(let values):
            appendHeader(values.count, TypeID.text)
            for value in values { try appendElement(text: value) }
        case .bytesArray(let values):
            appendHeader(values.count, TypeID.bytea)
            for value in values {
                append(Int32(value.count))
                append(value)
            }
        case .optionalInt8Array(let values):
            appendHeader(values.count, TypeID.int8, nulls: true)
            reserve(values.count * 12)
            for value in values {
                guard let value else {
                    append(-1 as Int32)
                    continue
                }
                append(8 as Int32)
                append(value)
            }
        case .optionalTextArray(let values):
            appendHeader(values.count, TypeID.text, nulls: true)
            for value in values {
                if let value { try appendElement(text: value) } else { append(-1 as Int32) }
            }
        default: preconditionFailure("a scalar was taken for an array")
        }
    }

    /// Dimensions, whether nulls follow, element type, then size and lower bound of the one dimension.
    private mutating func appendHeader(_ count: Int, _ element: UInt32, nulls: Bool = false) {
        reserve(20)
        append(count == 0 ? 0 : 1 as Int32)
        append(nulls ? 1 : 0 as Int32)
        append(element)
        guard count > 0 else { return }
        append(Int32(count))
        append(1 as Int32)
    }

    private mutating func appendElement(text: String) throws(PostgresError) {
        let start = count
        append(0 as Int32)
        try appendText(text)
        patch(Int32(count - start - 4), at: start)
    }

    mutating func appendText(_ text: String) throws(PostgresError) {
        let start = count
        append(utf8: text)
        if hasZero(from: start) { throw PostgresError(.encoding, "text for Postgres cannot contain a zero byte") }
    }

    /// From days since 1970 to the server's days since 2000; the infinities keep their marks.
    static func serverDate(_ days: Int32) -> Int32 {
        days == .max || days == .min ? days : days &- Epoch.days
    }

    /// From microseconds since 1970 to the server's since 2000; the infinities keep their marks.
    static func serverTimestamp(_ microseconds: Int64) -> Int64 {
        microseconds == .max || microseconds == .min ? microseconds : microseconds &- Epoch.microseconds
    }

    private static func check(date: Int32) throws(PostgresError) -> Int32 {
        if date != .min, date < .min + Epoch.days { throw PostgresError(.encoding, "a date is out of range") }
        return serverDate(date)
    }

    private static func check(timestamp: Int64) throws(PostgresError) -> Int64 {
        if timestamp != .min, timestamp < .min + Epoch.microseconds {
            throw PostgresError(.encoding, "a timestamp is out of range")
        }
        return serverTimestamp(timestamp)
    }
}
