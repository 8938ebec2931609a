internal import CRabbitMQ
internal import Glibc

extension String {
    /// Copies a text of the library; bytes that are not UTF-8 are replaced, as they can only come from a foreign publisher.
    init(copying bytes: amqp_bytes_t) {
        guard unsafe bytes.len > 0, let start = unsafe bytes.bytes else {
            self = ""
            return
        }
        self = unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: bytes.len), as: UTF8.self)
    }
}

/// Gives back the previous string when the same bytes come again, which spares an allocation per message for exchange names,
/// content types and the like.
struct RepeatedText {
    private var last = ""

    mutating func read(_ bytes: amqp_bytes_t) -> String {
        let raw = unsafe UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)
        let same = last.withUTF8 { text in
            guard text.count == raw.count else { return false }
            return unsafe raw.isEmpty || memcmp(text.baseAddress!, raw.baseAddress!, raw.count) == 0
        }
        if !same { last = unsafe String(copying: bytes) }
        return last
    }
}

extension Properties {
    struct Repeated {
        var contentType = RepeatedText()
        var type = RepeatedText()
    }

    init(copying source: UnsafePointer<amqp_basic_properties_t>, repeated: inout Repeated) {
        let flags = unsafe source.pointee._flags
        func has(_ bit: Int) -> Bool { flags & amqp_flags_t(1 << bit) != 0 }
        if has(15) { contentType = unsafe repeated.contentType.read(source.pointee.content_type) }
        if has(14) { contentEncoding = unsafe String(copying: source.pointee.content_encoding) }
        if has(13) { headers = unsafe [Field](copying: source.pointee.headers, depth: 0) }
        if has(11) { priority = unsafe source.pointee.priority }
        if has(10) { correlationID = unsafe String(copying: source.pointee.correlation_id) }
        if has(9) { replyTo = unsafe String(copying: source.pointee.reply_to) }
        if has(8) { expiration = unsafe String(copying: source.pointee.expiration) }
        if has(7) { messageID = unsafe String(copying: source.pointee.message_id) }
        if has(6) { timestamp = unsafe source.pointee.timestamp }
        if has(5) { type = unsafe repeated.type.read(source.pointee.type) }
        if has(4) { userID = unsafe String(copying: source.pointee.user_id) }
        if has(3) { appID = unsafe String(copying: source.pointee.app_id) }
    }
}

extension [Field] {
    init(copying table: amqp_table_t, depth: Int) {
        self = []
        guard unsafe table.num_entries > 0, let entries = unsafe table.entries else { return }
        let count = unsafe Int(table.num_entries)
        reserveCapacity(count)
        for index in 0..<count {
            let entry = unsafe entries[index]
            append(Field(unsafe String(copying: entry.key), unsafe FieldValue(copying: entry.value, depth: depth)))
        }
    }
}

extension FieldValue {
    /// Nothing deeper than `maximumDepth` is looked at, so that a hostile header costs us no stack.
    init(copying source: amqp_field_value_t, depth: Int) {
        let value = unsafe source.value
        switch unsafe UInt8(source.kind) {
        case UInt8(ascii: "t"): self = unsafe .bool(value.boolean != 0)
        case UInt8(ascii: "b"): self = unsafe .int(Int64(value.i8))
        case UInt8(ascii: "B"): self = unsafe .int(Int64(value.u8))
        case UInt8(ascii: "s"): self = unsafe .int(Int64(value.i16))
        case UInt8(ascii: "u"): self = unsafe .int(Int64(value.u16))
        case UInt8(ascii: "I"): self = unsafe .int(Int64(value.i32))
        case UInt8(ascii: "i"): self = unsafe .int(Int64(value.u32))
        case UInt8(ascii: "l"), UInt8(ascii: "L"): self = unsafe .int(value.i64)
        case UInt8(ascii: "f"): self = unsafe .double(Double(value.f32))
        case UInt8(ascii: "d"): self = unsafe .double(value.f64)
        case UInt8(ascii: "D"): self = unsafe .double(Self.double(value.decimal))
        case UInt8(ascii: "S"): self = unsafe .string(String(copying: value.bytes))
        case UInt8(ascii: "x"):
            self = unsafe .bytes(Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case UInt8(ascii: "T"): self = unsafe .timestamp(value.u64)
        case UInt8(ascii: "F"):
            self =
                depth >= Self.maximumDepth ? .omitted : unsafe .table([Field](copying: value.table, depth: depth + 1))
        case UInt8(ascii: "A"):
            self = depth >= Self.maximumDepth ? .omitted : unsafe .array(Self.elements(value.array, depth: depth + 1))
        default: self = .null
        }
    }

    private static func elements(_ array: amqp_array_t, depth: Int) -> [FieldValue] {
        guard unsafe array.num_entries > 0, let entries = unsafe array.entries else { return [] }
        return unsafe (0..<Int(array.num_entries)).map { unsafe FieldValue(copying: entries[$0], depth: depth) }
    }

    private static func double(_ decimal: amqp_decimal_t) -> Double {
        var divisor = 1.0
        for _ in 0..<decimal.decimals { divisor *= 10 }
        return Double(decimal.value) / divisor
    }
}
