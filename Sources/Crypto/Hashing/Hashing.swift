internal import COpenSSL

/// The SHA-256 digest, 32 bytes.
public func sha256(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, size: 32) { unsafe EVP_sha256() } }

/// The SHA-1 digest, 20 bytes. Only for protocols that name it, such as the WebSocket handshake; it protects nothing.
public func sha1(_ bytes: [UInt8]) -> [UInt8] { unsafe digest(bytes, size: 20) { unsafe EVP_sha1() } }

/// The HMAC-SHA256 code of a message, 32 bytes. Compare it with `constantTimeEquals` only.
public func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    unsafe key.withUnsafeBufferPointer { unsafe hmacSHA256(message[...], key: $0) }
}

/// The same with a key that stays where it is.
func hmacSHA256(_ message: ArraySlice<UInt8>, key: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    ErrorQueue.clean {
        let done = unsafe message.withUnsafeBufferPointer { message in
            unsafe code.withUnsafeMutableBufferPointer { code in
                unsafe HMAC(
                    EVP_sha256(),
                    key.baseAddress,
                    CInt(key.count),
                    message.baseAddress,
                    message.count,
                    code.baseAddress,
                    nil
                )
            }
        }
        precondition(unsafe done != nil, "OpenSSL computed no HMAC")
    }
    return code
}

private func digest(_ bytes: [UInt8], size: Int, _ type: () -> OpaquePointer?) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: size)
    ErrorQueue.clean {
        let done = unsafe bytes.withUnsafeBytes { bytes in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, type(), nil)
            }
        }
        precondition(done == 1, "OpenSSL computed no digest")
    }
    return digest
}
