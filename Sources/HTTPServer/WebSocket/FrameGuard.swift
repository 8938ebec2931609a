/// Follows the frames of a client's byte stream and refuses what wslay would take (a frame without a mask), would refuse
/// without a status (malformed control frames), or only when the payload comes (a length over the limit). Pure.
struct FrameGuard {
    let maximumBytes: Int
    private var header: [UInt8] = []
    private var payloadLeft: UInt64 = 0

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// The status to close with because of a frame that begins in `bytes`, nil when all are right. What came before it in
    /// `bytes` is not told apart: the connection is failed as a whole.
    mutating func fault(in bytes: UnsafeRawBufferPointer) -> UInt16? {
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
            if header.count == 2, !isStartAllowed { return 1002 }
            if header.count >= 2, header.count == headerLength {
                payloadLeft = payloadLength
                if payloadLeft > UInt64(Int64.max) { return 1002 }
                if payloadLeft > UInt64(maximumBytes) { return 1009 }
                header.removeAll(keepingCapacity: true)
            }
        }
        return nil
    }

    /// Masked; a control frame whole, short, and a close without half a status.
    private var isStartAllowed: Bool {
        let short = header[1] & 0x7F
        let isControl = header[0] & 0x08 != 0
        if header[1] & 0x80 == 0 { return false }
        return !isControl || (header[0] & 0x80 != 0 && short <= 125 && (header[0] & 0x0F != 8 || short != 1))
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
