internal import CMicroHTTPD
internal import Glibc

/// Verifies that a request's head lies in memory exactly as RFC 9112 wants it sent, then copies it.
///
/// libmicrohttpd 0.9.75 parses the head in place and forgives what opens the door to request smuggling: lines that end in a
/// bare LF, folded lines, nameless fields, NUL and CR inside a line. What it hands out are pointers into the bytes as they
/// arrived, so their distances show what stood between them: one blank or colon, two bytes at each line end, nothing unaccounted for up
/// to the size of the whole head. Whatever was forgiven breaks that sum, and so would another parser: the check fails closed.
@safe
struct HeaderBlock {
    @unsafe
    private struct Field {
        let name: UnsafePointer<CChar>
        let nameLength: Int
        let value: UnsafePointer<CChar>
        let valueLength: Int
    }

    private var fields: [Field] = unsafe []

    /// The fields of the connection's current request, or nil when their bytes do not add up.
    mutating func read(
        _ connection: OpaquePointer,
        method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>,
        targetLength: Int
    ) -> HeaderFields? {
        unsafe fields.removeAll(keepingCapacity: true)
        unsafe withUnsafeMutablePointer(to: &self) { block in
            _ = unsafe MHD_get_connection_values_n(connection, .HEADER_KIND, fieldFound, block)
        }
        // Method, one blank, target, one blank, version.
        guard unsafe version - method == strlen(method) + 1 + targetLength + 1 else { return nil }
        let firstLineEnd = unsafe version + strlen(version)
        var end = unsafe firstLineEnd
        for index in unsafe fields.indices {
            let field = unsafe fields[index]
            guard unsafe field.name == end + 2, unsafe isColonAndBlanks(after: field) else { return nil }
            unsafe end = field.value + field.valueLength
        }
        // Two line ends: of the last line, and of the empty one.
        guard unsafe end + 4 == method + cmhd_header_size(connection) else { return nil }
        return unsafe copy(from: firstLineEnd, to: end)
    }

    private func isColonAndBlanks(after field: Field) -> Bool {
        let gap = unsafe field.value - (field.name + field.nameLength)
        guard gap >= 1, gap < 1024 else { return false }
        // The parser has put a NUL where the colon was.
        return (1..<gap).allSatisfy {
            unsafe field.name[field.nameLength + $0] == 0x20 || field.name[field.nameLength + $0] == 0x09
        }
    }

    private func copy(from start: UnsafePointer<CChar>, to end: UnsafePointer<CChar>) -> HeaderFields {
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: end - start))
        let lines = unsafe fields.map { field in
            let name = unsafe field.name - start
            let value = unsafe field.value - start
            var length = unsafe field.valueLength
            while length > 0, bytes[value + length - 1] == 0x20 || bytes[value + length - 1] == 0x09 { length -= 1 }
            return unsafe HeaderFields.Line(name: name..<name + field.nameLength, value: value..<value + length)
        }
        return HeaderFields(bytes: bytes, lines: lines)
    }

    fileprivate mutating func found(
        _ name: UnsafePointer<CChar>,
        _ nameLength: Int,
        _ value: UnsafePointer<CChar>,
        _ valueLength: Int
    ) {
        unsafe fields.append(Field(name: name, nameLength: nameLength, value: value, valueLength: valueLength))
    }
}

/// One field of `MHD_get_connection_values_n`; the context is the block that asked, valid for the length of that call.
@c
private func fieldFound(
    _ context: UnsafeMutableRawPointer?,
    _ kind: MHD_ValueKind,
    _ name: UnsafePointer<CChar>?,
    _ nameLength: Int,
    _ value: UnsafePointer<CChar>?,
    _ valueLength: Int
) -> MHD_Result {
    guard let context = unsafe context, let name = unsafe name, let value = unsafe value else { return .NO }
    unsafe context.assumingMemoryBound(to: HeaderBlock.self).pointee.found(name, nameLength, value, valueLength)
    return .YES
}
