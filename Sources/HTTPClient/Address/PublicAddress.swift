/// Decides whether an address belongs to the public internet. Pure; everything not plainly public is refused.
package enum PublicAddress {
    /// `address` in host byte order.
    package static func isPublic(v4 address: UInt32) -> Bool {
        !specialV4.contains { prefix, length in address >> (32 - length) == prefix >> (32 - length) }
    }

    /// The 16 bytes of the address, in network order, as two halves.
    package static func isPublic(v6 high: UInt64, _ low: UInt64) -> Bool {
        // 64:ff9b::/96: the network translates to IPv4, so the embedded address decides.
        if high == 0x0064_FF9B_0000_0000, low >> 32 == 0 { return isPublic(v4: UInt32(truncatingIfNeeded: low)) }
        // Only 2000::/3 is global unicast. This refuses ::, ::1, IPv4-mapped and -compatible addresses, unique-local,
        // link-local, site-local and multicast all at once.
        guard high >> 61 == 0b001 else { return false }
        return !specialV6.contains { prefix, length in high >> (64 - length) == prefix >> (64 - length) }
    }
}

/// The special-purpose blocks of IANA's IPv4 registry, multicast and the reserved rest.
private let specialV4: [(UInt32, UInt32)] = [
    (0x0000_0000, 8),  // this network
    (0x0A00_0000, 8),  // private
    (0x6440_0000, 10),  // carrier-grade translation
    (0x7F00_0000, 8),  // loopback
    (0xA9FE_0000, 16),  // link-local, cloud metadata
    (0xAC10_0000, 12),  // private
    (0xC000_0000, 24),  // protocol assignments
    (0xC000_0200, 24),  // documentation
    (0xC058_6300, 24),  // 6to4 relay
    (0xC0A8_0000, 16),  // private
    (0xC612_0000, 15),  // benchmarks
    (0xC633_6400, 24),  // documentation
    (0xCB00_7100, 24),  // documentation
    (0xE000_0000, 4),  // multicast
    (0xF000_0000, 4),  // reserved, broadcast
]

/// Special blocks inside 2000::/3; only the upper 64 bits matter.
private let specialV6: [(UInt64, UInt64)] = [
    (0x2001_0000_0000_0000, 23),  // protocol assignments, Teredo, ORCHID
    (0x2001_0DB8_0000_0000, 32),  // documentation
    (0x2002_0000_0000_0000, 16),  // 6to4 carries any IPv4 address
    (0x3FFF_0000_0000_0000, 20),  // documentation
]
