/// Encoded header tables of one field "a" that holds tables or arrays within one another.
enum NestedHeader {
    /// `levels` tables, each in the one before: 7 bytes a level.
    static func tables(levels: Int) -> [UInt8] {
        var bytes = length(levels * 7)
        for level in 1...levels { bytes += [1, UInt8(ascii: "a"), UInt8(ascii: "F")] + length((levels - level) * 7) }
        return bytes
    }

    /// A field with `levels` arrays, each in the one before: 5 bytes a level.
    static func arrays(levels: Int) -> [UInt8] {
        var bytes = length(2 + levels * 5) + [1, UInt8(ascii: "a")]
        for level in 1...levels { bytes += [UInt8(ascii: "A")] + length((levels - level) * 5) }
        return bytes
    }

    private static func length(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
