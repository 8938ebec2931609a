internal import Glibc

/// Whether a resolved socket address may be connected to; families other than IPv4 and IPv6 may not.
func isPublic(_ address: UnsafePointer<sockaddr>) -> Bool {
    switch unsafe Int32(address.pointee.sa_family) {
    case AF_INET:
        let v4 = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
        return PublicAddress.isPublic(v4: UInt32(bigEndian: v4.sin_addr.s_addr))
    case AF_INET6:
        let v6 = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
        return unsafe withUnsafeBytes(of: v6.sin6_addr) { bytes in
            let high = unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let low = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return PublicAddress.isPublic(v6: high, low)
        }
    default: return false
    }
}
