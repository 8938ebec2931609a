/// The binary forms of values as the server sends them (its `*_send` functions).
extension ArraySlice<UInt8> {
    func integer<Value: FixedWidthInteger>(_: Value.Type) throws(PostgresError) -> Value {
        guard count == MemoryLayout<Value>.size else { throw malformed("an integer of \(count) bytes") }
        return integer(at: startIndex)
    }

    /// Without a check of the whole length; the bytes must be there.
    func integer<Value: FixedWidthInteger>(at offset: Int, as _: Value.Type = Value.self) -> Value {
        unsafe withUnsafeBytes { bytes in
            unsafe Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset - startIndex, as: Value.self))
        }
    }

    func uuid() throws(PostgresError) -> UUIDValue {
        guard count == 16 else { throw malformed("a uuid of \(count) bytes") }
        return UUIDValue(high: integer(at: startIndex), low: integer(at: startIndex + 8))
    }

    func numericText() throws(PostgresError) -> String {
        guard count >= 8 else { throw malformed("a numeric of \(count) bytes") }
        let groups = Int(integer(at: startIndex) as Int16)
        let sign: UInt16 = integer(at: startIndex + 4)
        switch sign {
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: break
        }
        guard groups >= 0, count == 8 + 2 * groups else { throw malformed("a numeric cut short") }
        return NumericDigits(
            negative: sign == 0x4000,
            weight: integer(at: startIndex + 2),
            scale: integer(at: startIndex + 6),
            groups: (0..<groups).map { integer(at: startIndex + 8 + 2 * $0) }
        ).text
    }

    /// The elements of a one-dimensional array of integers without nulls, in one pass over memory.
    func integers<Value: FixedWidthInteger>(
        _ transform: (Value) -> Value
    ) throws(PostgresError) -> [Value] {
        let size = MemoryLayout<Value>.size
        guard count >= 12 else { throw malformed("an array of \(count) bytes") }
        if integer(at: startIndex) as Int32 == 0 { return [] }
        guard integer(at: startIndex) as Int32 == 1, count >= 20 else {
            throw malformed("an array of several dimensions")
        }
        let elements = Int(integer(at: startIndex + 12) as Int32)
        guard elements >= 0, count == 20 + elements * (4 + size) else { return try checkedIntegers(transform) }
        var regular = true
        let values = unsafe [Value](unsafeUninitializedCapacity: elements) { target, initialized in
            unsafe withUnsafeBytes { bytes in
                var place = 20
                for index in 0..<elements {
                    let length = unsafe Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
                    if length != size { regular = false }
                    let value = unsafe Value(bigEndian: bytes.loadUnaligned(fromByteOffset: place + 4, as: Value.self))
                    unsafe target.initializeElement(at: index, to: transform(value))
                    place += 4 + size
                }
            }
            initialized = elements
        }
        return regular ? values : try checkedIntegers(transform)
    }

    /// The careful way, which says what is wrong.
    private func checkedIntegers<Value: FixedWidthInteger>(
        _ transform: (Value) -> Value
    ) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        try forEachElement { element throws(PostgresError) in
            guard let element else { throw PostgresError(.decoding, "an array holds a null element") }
            values.append(transform(try element.integer(Value.self)))
        }
        return values
    }

    /// Calls `element` with each value of a one-dimensional array, nil for null.
    func forEachElement(
        _ element: (ArraySlice<UInt8>?) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        guard count >= 12 else { throw malformed("an array of \(count) bytes") }
        let dimensions: Int32 = integer(at: startIndex)
        if dimensions == 0 { return }
        guard dimensions == 1, count >= 20 else { throw malformed("an array of \(dimensions) dimensions") }
        let size: Int32 = integer(at: startIndex + 12)
        var position = startIndex + 20
        for _ in 0..<size {
            guard endIndex - position >= 4 else { throw malformed("an array cut short") }
            let length = Int(integer(at: position) as Int32)
            position += 4
            guard length >= 0 else {
                try element(nil)
                continue
            }
            guard endIndex - position >= length else { throw malformed("an array cut short") }
            try element(self[position..<position + length])
            position += length
        }
    }
}

func malformed(_ what: String) -> PostgresError {
    PostgresError(.decoding, "the server sent \(what)")
}

/// From the server's days since 2000 to days since 1970; the infinities keep their marks.
func unixDate(_ days: Int32) -> Int32 {
    days == .max || days == .min ? days : days &+ Epoch.days
}

/// From the server's microseconds since 2000 to microseconds since 1970; the infinities keep their marks.
func unixTimestamp(_ microseconds: Int64) -> Int64 {
    microseconds == .max || microseconds == .min ? microseconds : microseconds &+ Epoch.microseconds
}
