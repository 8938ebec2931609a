/// Follows the frames of a client's byte stream and refuses one without a mask, which wslay would take. Pure.
struct FrameGuard {
    private var header: [UInt8] = []
    private var payloadLeft: UInt64 = 0

    /// False when a frame that begins in `bytes` is not masked. What came before it in `bytes` is not told apart: the
    /// connection is failed as a whole.
    mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if payloadLeft > 0 {
                let step = min(payloadLeft, UInt64(bytes.count - index))
                payloadLeft -= step
                index += Int(step)
                continue
            }
            header.append(unsafe bytes[index])
            index += 1
            if header.count == 2, header[1] & 0x80 == 0 { return false }
            if header.count >= 2, header.count == headerLength {
                payloadLeft = payloadLength
                header.removeAll(keepingCapacity: true)
            }
        }
        return true
    }

    /// First two bytes, longer lengths, mask.
    private var headerLength: Int {
        switch header[1] & 0x7F {
        case 126: 8
        case 127: 14
        default: 6
        }
    }

    private var payloadLength: UInt64 {
        let short = header[1] & 0x7F
        guard short >= 126 else { return UInt64(short) }
        return header[2..<(short == 126 ? 4 : 10)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
