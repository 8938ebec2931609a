/// Bytes on their way to the socket: encoded frames that the system has not taken yet.
///
/// Everything that is sent after the login goes through here, so that one system call carries many messages and no call
/// ever waits for the peer: librabbitmq's own publish blocks without limit under a memory alarm.
struct OutputBuffer {
    private(set) var bytes: [UInt8] = []
    private var head = 0
    /// How many bytes the system has taken over the life of the connection.
    private(set) var taken: UInt64 = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { head == bytes.count }
    /// The position in the stream after the last byte that was appended.
    var end: UInt64 { taken + UInt64(count) }

    /// Lends the unsent bytes.
    func withUnsent<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe bytes.withUnsafeBytes { try unsafe body(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    }

    /// Notes that the system took the first `count` unsent bytes.
    mutating func took(_ count: Int) {
        head += count
        taken += UInt64(count)
        if head == bytes.count {
            // One large burst should not keep its memory for ever.
            bytes.removeAll(keepingCapacity: bytes.capacity <= 512 << 10)
            head = 0
        } else if head > 256 << 10 {
            bytes.removeFirst(head)
            head = 0
        }
    }

    // MARK: Encoding

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func integer<T: FixedWidthInteger>(_ value: T) {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    mutating func raw(_ value: ArraySlice<UInt8>) { bytes.append(contentsOf: value) }

    /// At most 255 bytes; longer text must have been refused before.
    mutating func shortString(_ value: String) {
        var value = value
        value.withUTF8 { text in
            precondition(text.count <= 255, "a short string is longer than the protocol allows")
            bytes.append(UInt8(text.count))
            unsafe bytes.append(contentsOf: text)
        }
    }

    mutating func longString(_ value: String) {
        let start = reserveLength()
        bytes.append(contentsOf: value.utf8)
        patchLength(at: start)
    }

    /// Leaves room for a 32-bit length and returns where.
    mutating func reserveLength() -> Int {
        bytes.append(contentsOf: [0, 0, 0, 0])
        return bytes.count
    }

    /// Fills in the length of what was appended since `reserveLength`.
    mutating func patchLength(at start: Int) {
        let length = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[start - 4 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
    }

    /// Takes back what was appended after `mark`, a former `bytes.count`.
    mutating func truncate(to mark: Int) { bytes.removeLast(bytes.count - mark) }
}
