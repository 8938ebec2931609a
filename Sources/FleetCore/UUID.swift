/// A 128-bit identifier. Ids made here are of version 7, so they sort by time and partitions by id are partitions by time.
public struct UUID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the canonical text form (36 characters, either case); nil for anything else.
    public init?(_ text: String) {
        self.init(utf8: Array(text.utf8))
    }

    /// Reads the canonical text form from bytes; nil for anything else.
    public init?(utf8 bytes: some Collection<UInt8>) {
        guard bytes.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (position, byte) in bytes.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.value(ofHexDigit: byte) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// A version 7 id: the given time in its first 48 bits, the rest from the generator.
    public static func version7(milliseconds: Int64, using generator: inout some RandomNumberGenerator) -> UUID {
        let random: UInt64 = generator.next()
        let high = UInt64(bitPattern: milliseconds) << 16 | 0x7000 | random >> 52
        return UUID(high: high, low: generator.next() >> 2 | 0x8000_0000_0000_0000)
    }

    /// The id of one job of a run: the same run, account and step give the same id, so planning again after a crash
    /// publishes nothing new. Keeps the run's time, so that the ledger's partitions hold.
    public static func ofJob(run: UUID, account: Int64, step: Int64) -> UUID {
        var mixed = run.low ^ (run.high << 21)
        mixed = Self.mix(mixed &+ UInt64(bitPattern: account) &* 0x9E37_79B9_7F4A_7C15)
        let first = Self.mix(mixed ^ UInt64(bitPattern: step) &* 0xD6E8_FEB8_6659_FD93)
        let second = Self.mix(first &+ UInt64(bitPattern: account) &+ run.low)
        return UUID(
            high: run.high & 0xFFFF_FFFF_FFFF_0000 | 0x7000 | first >> 52,
            low: second >> 2 | 0x8000_0000_0000_0000
        )
    }

    /// Whether the id says that it is of version 7.
    public var isVersion7: Bool { high >> 12 & 15 == 7 && low >> 62 == 2 }

    /// Milliseconds since 1970 that a version 7 id carries.
    public var milliseconds: Int64 { Int64(high >> 16) }

    public static func < (left: UUID, right: UUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The canonical lower-case form as bytes.
    public var utf8: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 36) { buffer, count in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index % 16))) & 15
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            count = 36
        }
    }

    public var description: String { String(decoding: utf8, as: UTF8.self) }

    private static func value(ofHexDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// A bijective 64-bit mixer: no two inputs collide.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value ^= value >> 31
        value &*= 0x7FB5_D329_728E_A185
        value ^= value >> 27
        value &*= 0x81DA_DEF4_BC2D_D44D
        return value ^ value >> 33
    }
}
