/// Well-formed UTF-8 by table 3-7 of the Unicode standard.
enum UTF8Check {
    /// Length of the sequence of two to four bytes at `index`, or 0 when it is malformed or cut by `end`.
    @inline(__always)
    static func sequenceLength(_ bytes: Span<UInt8>, at index: Int, end: Int) -> Int {
        let lead = bytes[index]
        // Most of the world's scripts: three bytes with nothing special about the second.
        if lead &- 0xE1 < 0x0C {
            guard index &+ 3 <= end else { return 0 }
            return bytes[index &+ 1] & 0xC0 == 0x80 && bytes[index &+ 2] & 0xC0 == 0x80 ? 3 : 0
        }
        return rareLength(lead, bytes, at: index, end: end)
    }

    private static func rareLength(_ lead: UInt8, _ bytes: Span<UInt8>, at index: Int, end: Int) -> Int {
        let length: Int
        let second: ClosedRange<UInt8>
        switch lead {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard index &+ length <= end, second.contains(bytes[index &+ 1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[index &+ offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
