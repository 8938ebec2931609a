/// The parts of a sealed envelope; none of them checked for authenticity.
struct Envelope {
    static let version: UInt8 = 1
    static let nonceSize = 12
    static let tagSize = 16

    let keyID: String
    /// Version, length and key id as they stand: covered by the tag.
    let header: [UInt8]
    let nonce: ArraySlice<UInt8>
    let ciphertext: ArraySlice<UInt8>
    let tag: ArraySlice<UInt8>

    static func header(keyID: String) -> [UInt8] { [version, UInt8(keyID.utf8.count)] + Array(keyID.utf8) }

    init(_ bytes: [UInt8]) throws(CryptoError) {
        guard let version = bytes.first else { throw .truncated }
        guard version == Self.version else { throw .unknownVersion(version) }
        guard bytes.count >= 2 else { throw .truncated }
        let headerSize = 2 + Int(bytes[1])
        guard bytes.count >= headerSize + Self.nonceSize + Self.tagSize else { throw .truncated }
        let id = bytes[2..<headerSize]
        guard KeyringText.isID(id) else { throw .unknownKey("(not a key id)") }
        keyID = String(decoding: id, as: UTF8.self)
        header = Array(bytes[..<headerSize])
        nonce = bytes[headerSize..<headerSize + Self.nonceSize]
        ciphertext = bytes[(headerSize + Self.nonceSize)..<(bytes.count - Self.tagSize)]
        tag = bytes[(bytes.count - Self.tagSize)...]
    }
}
