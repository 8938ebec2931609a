/// A fixed set of names, found by their bytes without allocating: open addressing at half load over one array of bytes.
public struct NameTable: Sendable {
    /// Index of a name plus one, or zero where the slot is free. The count is a power of two.
    private let slots: [UInt16]
    /// All names, one after the other.
    private let bytes: [UInt8]
    /// Where each name ends in `bytes`; the first begins at zero.
    private let ends: [Int]

    /// A table of distinct names, at most 32,767.
    public init(_ names: [String]) {
        precondition(names.count < 1 << 15, "a name table holds fewer than 32,768 names")
        var capacity = 8
        while capacity < names.count * 2 { capacity *= 2 }
        var slots = [UInt16](repeating: 0, count: capacity)
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for (index, name) in names.enumerated() {
            let utf8 = Array(name.utf8)
            var slot = NameTable.hash(utf8.span) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt16(index + 1)
            bytes += utf8
            ends.append(bytes.count)
        }
        self.slots = slots
        self.bytes = bytes
        self.ends = ends
    }

    /// The position of a name in the array the table was made from, or nil.
    public func index(of name: Span<UInt8>) -> Int? {
        var slot = NameTable.hash(name) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if equals(index, name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func equals(_ index: Int, _ name: Span<UInt8>) -> Bool {
        let start = index == 0 ? 0 : ends[index - 1]
        guard ends[index] - start == name.count else { return false }
        for offset in name.indices where bytes[start + offset] != name[offset] { return false }
        return true
    }

    /// FNV-1a, whose high bits are folded in because the table uses the low ones.
    private static func hash(_ name: Span<UInt8>) -> Int {
        var hash: UInt32 = 2_166_136_261
        for index in name.indices { hash = (hash ^ UInt32(name[index])) &* 16_777_619 }
        return Int(hash ^ hash >> 15)
    }
}
