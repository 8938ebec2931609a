/// Writes Thrift's compact protocol, as far as Parquet's headers need it: structures of integers, texts, lists.
struct ThriftWriter {
    enum Kind: UInt8 {
        case yes = 1
        case no = 2
        case byte = 3
        case int16 = 4
        case int32 = 5
        case int64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    private(set) var bytes: [UInt8] = []
    private var lastField: Int16 = 0

    /// A structure at the top, or as an element of a list.
    mutating func structure(_ body: (inout ThriftWriter) -> Void) {
        let outer = lastField
        lastField = 0
        body(&self)
        bytes.append(0)
        lastField = outer
    }

    mutating func structure(_ id: Int16, _ body: (inout ThriftWriter) -> Void) {
        header(id, .structure)
        structure(body)
    }

    mutating func int32(_ id: Int16, _ value: Int32) {
        header(id, .int32)
        zigzag(Int64(value))
    }

    mutating func int64(_ id: Int16, _ value: Int64) {
        header(id, .int64)
        zigzag(value)
    }

    mutating func flag(_ id: Int16, _ value: Bool) { header(id, value ? .yes : .no) }

    mutating func text(_ id: Int16, _ value: String) {
        header(id, .binary)
        element(text: value)
    }

    mutating func list<Element>(
        _ id: Int16,
        of kind: Kind,
        _ elements: [Element],
        _ body: (inout ThriftWriter, Element) -> Void
    ) {
        header(id, .list)
        if elements.count < 15 {
            bytes.append(UInt8(elements.count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            varint(UInt64(elements.count))
        }
        for element in elements { body(&self, element) }
    }

    mutating func element(text: String) {
        varint(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func element(int32: Int32) { zigzag(Int64(int32)) }

    private mutating func header(_ id: Int16, _ kind: Kind) {
        // Every field here follows its predecessor within fifteen.
        precondition(id > lastField && id - lastField < 16, "fields are written in ascending order")
        bytes.append(UInt8(id - lastField) << 4 | kind.rawValue)
        lastField = id
    }

    private mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    private mutating func varint(_ value: UInt64) { bytes.append(varint: value) }
}

extension [UInt8] {
    /// Seven bits per byte, the lowest first.
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(littleEndian value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<value.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
