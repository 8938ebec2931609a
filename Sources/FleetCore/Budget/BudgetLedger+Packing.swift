extension BudgetLedger {
    private static let version: UInt8 = 1

    /// The bytes that are stored: numbers of seven bits a byte, one after another.
    public var packed: [UInt8] {
        var packer = Packer()
        packer.bytes.append(Self.version)
        packer.list(uses) { packer, use in
            packer.put(use.latest.microseconds)
            packer.put(Int64(use.pot.rawValue))
            packer.put(use.count)
        }
        packer.list(holdings) { packer, holding in
            packer.put(Int64(bitPattern: holding.holder))
            packer.put(Int64(holding.pot.rawValue))
            for number in [holding.life, holding.turn, holding.granted, holding.settled, holding.waiting] {
                packer.put(number)
            }
            packer.put(holding.expires.microseconds)
        }
        packer.list([foreign].compactMap(\.self)) { packer, foreign in
            packer.put(foreign.count)
            packer.put(foreign.until.microseconds)
        }
        packer.list([stated].compactMap(\.self)) { packer, stated in
            packer.put(stated.limit)
            packer.put(stated.at.microseconds)
        }
        packer.list([blockedUntil].compactMap(\.self)) { $0.put($1.microseconds) }
        packer.list([percent].compactMap(\.self)) { $0.put(Int64($1)) }
        packer.put(shares.began.microseconds)
        for counts in [shares.current, shares.previous] {
            packer.list(counts.sorted { $0.key < $1.key }) { packer, share in
                packer.put(share.key)
                packer.put(share.value)
            }
        }
        return packer.bytes
    }

    /// Reads what ``packed`` wrote; nil when it is something else.
    public init?(packed bytes: [UInt8]) {
        guard bytes.first == Self.version else { return nil }
        var reader = Unpacker(bytes: bytes, position: 1)
        uses = reader.list { reader in
            Use(latest: reader.instant(), pot: reader.pot(), count: reader.number())
        }
        holdings = reader.list { reader in
            var holding = Holding(
                holder: UInt64(bitPattern: reader.number()),
                pot: reader.pot(),
                life: reader.number(),
                turn: reader.number(),
                expires: Instant(microseconds: 0)
            )
            (holding.granted, holding.settled, holding.waiting) = (reader.number(), reader.number(), reader.number())
            holding.expires = reader.instant()
            return holding
        }
        foreign = reader.list { Foreign(count: $0.number(), until: $0.instant()) }.first
        stated = reader.list { Stated(limit: $0.number(), at: $0.instant()) }.first
        blockedUntil = reader.list { $0.instant() }.first
        percent = reader.list { Int(clamping: $0.number()) }.first
        shares.began = reader.instant()
        shares.current = Dictionary(reader.list { ($0.number(), $0.number()) }) { $0 + $1 }
        shares.previous = Dictionary(reader.list { ($0.number(), $0.number()) }) { $0 + $1 }
        guard reader.isWhole else { return nil }
    }
}

/// Writes whole numbers, small ones in one byte.
private struct Packer {
    var bytes: [UInt8] = []

    mutating func put(_ number: Int64) {
        // The sign goes to the lowest bit, so that small negative numbers are short too.
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func list<Element>(_ elements: [Element], _ put: (inout Packer, Element) -> Void) {
        self.put(Int64(elements.count))
        for element in elements { put(&self, element) }
    }
}

/// Reads them back. After the first fault everything is zero and `isWhole` is false.
private struct Unpacker {
    let bytes: [UInt8]
    var position: Int
    private(set) var failed = false

    init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    var isWhole: Bool { !failed && position == bytes.count }

    mutating func number() -> Int64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.count, !failed else { break }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
        }
        failed = true
        return 0
    }

    mutating func instant() -> Instant { Instant(microseconds: number()) }

    mutating func pot() -> BudgetPot {
        guard let pot = BudgetPot(rawValue: UInt8(clamping: number())) else {
            failed = true
            return .general
        }
        return pot
    }

    mutating func list<Element>(_ read: (inout Unpacker) -> Element) -> [Element] {
        let count = number()
        guard count >= 0, count <= bytes.count else {
            failed = true
            return []
        }
        var elements: [Element] = []
        for _ in 0..<count where !failed { elements.append(read(&self)) }
        return elements
    }
}
