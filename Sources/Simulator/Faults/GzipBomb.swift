/// A small body that unpacks to a huge one: every byte after the first few stands for 1032 blanks.
enum GzipBomb {
    /// A gzip stream of at least so many blanks.
    static func bytes(unpacked: Int64) -> [UInt8] {
        var bits = BitWriter([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
        bits.write(1, 1)  // the last block
        bits.write(2, 2)  // with codes of its own
        bits.write(29, 5)  // 286 codes of literals and lengths
        bits.write(0, 5)  // 1 code of distances
        bits.write(15, 4)  // 19 lengths for the codes of lengths
        // In the order of RFC 1951: 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15.
        for length: UInt32 in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0] { bits.write(length, 3) }
        // Length 2 for the blank and the end, 1 for the longest match and for the distance of one; none for the others.
        bits.zeros(32)
        bits.length2()
        bits.zeros(138)
        bits.zeros(85)
        bits.length2()
        bits.zeros(28)
        bits.length1()
        bits.length1()
        bits.code(0b10, 2)  // a blank
        while !bits.isAligned { bits.match() }
        // Eight zero bits are four matches of 258 bytes.
        bits.bytes.append(contentsOf: repeatElement(0, count: Int(max(1, unpacked / 1032))))
        bits.code(0b11, 2)  // the end
        bits.align()
        return bits.bytes + [0, 0, 0, 0, 0, 0, 0, 0]
    }
}

/// Bits as RFC 1951 packs them.
private struct BitWriter {
    var bytes: [UInt8]
    private var used = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAligned: Bool { used == 0 }

    mutating func align() { used = 0 }

    /// A number, lowest bit first.
    mutating func write(_ value: UInt32, _ count: Int) {
        for place in 0..<count { bit(UInt8(value >> UInt32(place) & 1)) }
    }

    /// A code, highest bit first.
    mutating func code(_ value: UInt32, _ count: Int) {
        for place in (0..<count).reversed() { bit(UInt8(value >> UInt32(place) & 1)) }
    }

    /// A run of codes that are not used: 11 to 138.
    mutating func zeros(_ count: UInt32) {
        code(0, 1)
        write(count - 11, 7)
    }
    mutating func length1() { code(0b10, 2) }
    mutating func length2() { code(0b11, 2) }
    mutating func match() {
        bit(0)
        bit(0)
    }

    private mutating func bit(_ bit: UInt8) {
        if used == 0 { bytes.append(0) }
        bytes[bytes.count - 1] |= bit << UInt8(used)
        used = (used + 1) % 8
    }
}
