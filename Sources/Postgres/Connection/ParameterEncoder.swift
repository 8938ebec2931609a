/// Turns the parameters of one statement after another into libpq's parallel arrays, in memory that is re-used.
@safe
final class ParameterEncoder {
    @unsafe struct Arguments {
        let count: CInt
        let types: UnsafePointer<UInt32>?
        let values: UnsafePointer<UnsafePointer<CChar>?>?
        let lengths: UnsafePointer<CInt>?
        let formats: UnsafePointer<CInt>?
    }

    private var buffer = EncodeBuffer()
    private(set) var types: [UInt32] = []
    private var offsets: [Int] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []
    private var values: [UnsafePointer<CChar>?] = unsafe []

    /// Bytes of the values encoded last.
    var byteCount: Int { buffer.count }

    /// Throws `.encoding` for a value that cannot be sent.
    func encode(_ parameters: [Parameter]) throws(PostgresError) {
        buffer.rewind()
        types.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        guard parameters.count <= 65_535 else { throw PostgresError(.encoding, "more than 65,535 parameters") }
        for parameter in parameters {
            let start = buffer.count
            try buffer.append(parameter)
            guard let length = CInt(exactly: buffer.count - start), length < 1 << 30 else {
                throw PostgresError(.encoding, "a parameter is longer than a gigabyte")
            }
            types.append(parameter.type)
            lengths.append(length)
            switch parameter {
            case .null:
                offsets.append(-1)
                formats.append(1)
            case .text:
                // Text form, which libpq measures up to the zero byte.
                buffer.append(0 as UInt8)
                offsets.append(start)
                formats.append(0)
            default:
                offsets.append(start)
                formats.append(1)
            }
        }
    }

    /// Lends pointers that are valid inside `body` only.
    func withArguments(_ body: (Arguments) -> Bool) -> Bool {
        unsafe buffer.withBytes { bytes in
            // An empty value must still have an address, otherwise it is null.
            let base = unsafe bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
            unsafe values.removeAll(keepingCapacity: true)
            for offset in offsets { unsafe values.append(offset < 0 ? nil : base + offset) }
            return unsafe types.withUnsafeBufferPointer { types in
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe lengths.withUnsafeBufferPointer { lengths in
                        unsafe formats.withUnsafeBufferPointer { formats in
                            unsafe body(
                                Arguments(
                                    count: CInt(types.count),
                                    types: types.baseAddress,
                                    values: values.baseAddress,
                                    lengths: lengths.baseAddress,
                                    formats: formats.baseAddress
                                )
                            )
                        }
                    }
                }
            }
        }
    }

    /// Gives memory back after big values.
    func trim() { buffer.clear() }
}
