internal import COpenSSL

/// Bytes that nobody can guess. Traps when the system has no entropy to give: nothing safe could follow.
public func randomBytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= 1 << 20, "asked for \(count) random bytes")
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = unsafe bytes.withUnsafeMutableBufferPointer { unsafe RAND_bytes($0.baseAddress, CInt($0.count)) }
    precondition(filled == 1, "the system gave no random bytes")
    return bytes
}
