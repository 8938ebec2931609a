/// Why the bytes of a zone file were refused.
public struct TimeZoneFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, as a sentence part.
    public let reason: String
    /// The name the file was to be read under.
    public let name: String

    /// For example `time zone Mars/Base: the magic number is missing`.
    public var description: String { "time zone \(name): \(reason)" }
}

extension TimeZoneRules {
    /// Reads a compiled zone file (TZif, RFC 9636) of version 1, 2, 3 or 4.
    ///
    /// From version 2 on the 64-bit block and the rule in the last line are used. Leap second records are ignored, as
    /// POSIX time has none.
    ///
    /// - Throws: ``TimeZoneFileError`` when the bytes are cut short, contradict themselves, or exceed 256 KiB.
    public init(name: String, file bytes: [UInt8]) throws(TimeZoneFileError) {
        func refuse(_ reason: String) -> TimeZoneFileError { TimeZoneFileError(reason: reason, name: name) }
        guard bytes.count <= 256 << 10 else { throw refuse("the file is larger than 256 KiB") }
        guard var header = ZoneFileHeader(bytes, at: 0) else { throw refuse("the header is missing or cut short") }
        var wide = false
        if header.version >= 2 {
            guard let second = ZoneFileHeader(bytes, at: header.end(wide: false)) else {
                throw refuse("the 64-bit header is missing")
            }
            header = second
            wide = true
        }
        guard header.end(wide: wide) <= bytes.count else { throw refuse("the data is cut short") }
        guard header.types > 0 else { throw refuse("it has no local time type") }

        let size = wide ? 8 : 4
        let indexes = header.start + header.transitions * size
        let types = indexes + header.transitions
        func typeOffset(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: bytes.bigEndian(types + index * 6, 4)) }
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        for index in 0..<header.transitions {
            let second = bytes.bigEndian(header.start + index * size, size)
            let type = Int(bytes[indexes + index])
            guard type < header.types else { throw refuse("a transition names an unknown type") }
            if let last = transitions.last, second <= last { throw refuse("transitions are not ascending") }
            transitions.append(second)
            offsets.append(typeOffset(type))
        }
        guard offsets.allSatisfy({ abs(Int($0)) <= 26 * 3600 }), abs(Int(typeOffset(0))) <= 26 * 3600 else {
            throw refuse("an offset is over 26 hours")
        }
        let initial = typeOffset(0)
        var rule: PosixZoneRule?
        if wide {
            let start = header.end(wide: true) + 1
            guard start <= bytes.count, bytes[start - 1] == UInt8(ascii: "\n"),
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            else { throw refuse("the last line is missing") }
            if end > start {
                rule = PosixZoneRule(Array(bytes[start..<end]))
                if rule == nil { throw refuse("the rule in the last line cannot be read") }
            }
        }
        self.init(
            name: name,
            transitions: transitions,
            offsets: offsets,
            initialOffset: initial,
            continuation: rule
        )
    }
}

/// The 44 bytes before each data block of a zone file.
private struct ZoneFileHeader {
    var version: Int
    var start: Int
    var isUTC: Int
    var isStandard: Int
    var leaps: Int
    var transitions: Int
    var types: Int
    var characters: Int

    init?(_ bytes: [UInt8], at offset: Int) {
        guard offset + 44 <= bytes.count, bytes[offset..<offset + 4].elementsEqual("TZif".utf8) else { return nil }
        // Version 1 is a zero byte, later ones are the ASCII digit.
        version = bytes[offset + 4] == 0 ? 1 : Int(bytes[offset + 4]) - 48
        start = offset + 44
        isUTC = Int(bytes.bigEndian(offset + 20, 4))
        isStandard = Int(bytes.bigEndian(offset + 24, 4))
        leaps = Int(bytes.bigEndian(offset + 28, 4))
        transitions = Int(bytes.bigEndian(offset + 32, 4))
        types = Int(bytes.bigEndian(offset + 36, 4))
        characters = Int(bytes.bigEndian(offset + 40, 4))
        let counts = [isUTC, isStandard, leaps, transitions, types, characters]
        guard (1...9).contains(version), counts.allSatisfy({ (0...65_536).contains($0) }) else { return nil }
    }

    /// The offset just after the data block, whose times have 8 bytes when `wide` and 4 otherwise.
    func end(wide: Bool) -> Int {
        let size = wide ? 8 : 4
        return start + transitions * (size + 1) + types * 6 + characters + leaps * (size + 4) + isStandard + isUTC
    }
}

extension [UInt8] {
    /// The signed number in `count` bytes, most significant first. The caller has checked the bounds.
    fileprivate func bigEndian(_ offset: Int, _ count: Int) -> Int64 {
        var value: UInt64 = 0
        for index in offset..<offset + count { value = value << 8 | UInt64(self[index]) }
        let unused = 64 - count * 8
        return Int64(bitPattern: value << UInt64(unused)) >> Int64(unused)
    }
}
