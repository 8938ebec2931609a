/// The parts of a token: `0x80 · seconds since 1970, 8 bytes · initialisation vector, 16 · ciphertext · code, 32`.
struct FernetToken {
    let signed: ArraySlice<UInt8>
    let madeAt: Int64
    let vector: ArraySlice<UInt8>
    let ciphertext: ArraySlice<UInt8>
    let code: ArraySlice<UInt8>

    /// Nil for bytes that cannot be a token.
    init?(_ bytes: [UInt8]) {
        let before = 25
        let after = 32
        guard bytes.first == 0x80, bytes.count >= before + 16 + after, (bytes.count - before - after) % 16 == 0 else {
            return nil
        }
        guard let seconds = Int64(exactly: bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }), seconds < 1 << 53
        else {
            return nil
        }
        madeAt = seconds
        signed = bytes[..<(bytes.count - after)]
        vector = bytes[9..<before]
        ciphertext = bytes[before..<(bytes.count - after)]
        code = bytes[(bytes.count - after)...]
    }
}

/// A Fernet key: the first half signs, the second encrypts.
struct FernetKey: Sendable {
    private let signing: KeyBytes
    private let encryption: KeyBytes

    /// Nil unless the text is URL-safe base64 of 32 bytes.
    init?(_ text: ArraySlice<UInt8>) {
        var bytes = Base64.decode(text, .url, padding: .either) ?? []
        defer { wipe(&bytes) }
        guard bytes.count == 32 else { return nil }
        signing = KeyBytes(bytes[..<16])
        encryption = KeyBytes(bytes[16...])
    }

    func sign(_ message: ArraySlice<UInt8>) -> [UInt8] {
        unsafe signing.withBytes { unsafe hmacSHA256(message, key: $0) }
    }

    /// A wrong padding is told like a wrong code.
    func decrypt(_ token: FernetToken) throws(CryptoError) -> [UInt8] {
        try ErrorQueue.clean { () throws(CryptoError) in
            try CipherContext(.aes128CBC, .open, key: encryption, nonce: token.vector).finish(token.ciphertext)
        }
    }
}
