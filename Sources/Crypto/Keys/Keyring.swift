internal import Runtime
internal import Synchronization

/// The keys that protect credentials at rest: one primary that seals, and older ones that still open.
///
/// An envelope is `version 1 · length of key id · key id · 12-byte random nonce · ciphertext · 16-byte tag`, sealed
/// with AES-256-GCM. The tag also covers everything before the nonce and the caller's associated data, which says to
/// whom the secret belongs: an envelope copied to another account does not open.
public final class Keyring: Sendable {
    /// The key that seals.
    public let primaryID: String
    private let keys: [String: Key]

    /// Most bytes that are sealed at once.
    public static let largestPlaintext = 1 << 20

    /// A key and how often it sealed in this process.
    private final class Key: Sendable {
        let bytes: KeyBytes
        let sealed: Atomic<UInt64>
        init(_ bytes: KeyBytes, sealed: UInt64) {
            self.bytes = bytes
            self.sealed = Atomic(sealed)
        }
    }

    /// Reads a key ring file, which must not be readable by others. Its lines are `id: base64 of 32 bytes`; with
    /// several keys one more line, `primary: id`, says which one seals. `#` begins a comment line.
    /// - Throws: `CryptoError.file` or `.malformedKey` with file and line.
    public convenience init(contentsOf path: String) throws(CryptoError) {
        var bytes: [UInt8]
        do throws(FileError) {
            bytes = try readFile(path, limit: 64 * 1024, isSecret: true)
        } catch { throw .file(path, error) }
        defer { wipe(&bytes) }
        try self.init(parsing: bytes, file: path)
    }

    /// The same for text that is in memory already; the caller wipes it.
    public convenience init(parsing text: [UInt8], file: String) throws(CryptoError) {
        try self.init(parsing: text, file: file, sealedBefore: 0)
    }

    init(parsing text: [UInt8], file: String, sealedBefore: UInt64) throws(CryptoError) {
        let parsed = try KeyringText(text, file: file)
        primaryID = parsed.primary
        keys = parsed.keys.mapValues { Key($0, sealed: sealedBefore) }
    }

    /// All key ids, sorted.
    public var ids: [String] { keys.keys.sorted() }

    /// Encrypts under the primary key.
    /// - Parameter associatedData: To whom the secret belongs; the same bytes are needed to open it.
    /// - Throws: `tooLarge`, `keyWornOut`.
    public func seal(_ plaintext: [UInt8], associatedData: [UInt8]) throws(CryptoError) -> [UInt8] {
        guard plaintext.count <= Self.largestPlaintext, associatedData.count <= Self.largestPlaintext else {
            throw .tooLarge(limit: Self.largestPlaintext)
        }
        guard let key = keys[primaryID] else { preconditionFailure("the key ring lost its primary key") }
        // NIST SP 800-38D §8.3: at most 2³² random 96-bit nonces under one key.
        guard key.sealed.add(1, ordering: .relaxed).newValue <= 1 << 32 else { throw .keyWornOut(primaryID) }
        let header = Envelope.header(keyID: primaryID)
        let nonce = randomBytes(Envelope.nonceSize)
        return try ErrorQueue.clean { () throws(CryptoError) in
            let cipher = try CipherContext(.aes256GCM, .seal, key: key.bytes, nonce: nonce[...])
            try cipher.authenticate(header + associatedData)
            let ciphertext = try cipher.finish(plaintext[...])
            return header + nonce + ciphertext + (try cipher.tag(size: Envelope.tagSize))
        }
    }

    /// Decrypts with the key that the envelope names. Either all of the plain text is authentic, or none is returned.
    /// - Throws: `truncated`, `unknownVersion`, `unknownKey`, `authenticationFailed`.
    public func open(_ envelope: [UInt8], associatedData: [UInt8]) throws(CryptoError) -> [UInt8] {
        let parts = try Envelope(envelope)
        guard let key = keys[parts.keyID] else { throw .unknownKey(parts.keyID) }
        return try ErrorQueue.clean { () throws(CryptoError) in
            let cipher = try CipherContext(.aes256GCM, .open, key: key.bytes, nonce: parts.nonce)
            try cipher.expect(tag: parts.tag)
            try cipher.authenticate(parts.header + associatedData)
            return try cipher.finish(parts.ciphertext)
        }
    }

    /// Whether an envelope should be opened and sealed again: it is whole, and not under the primary key.
    public func needsRewrap(_ envelope: [UInt8]) throws(CryptoError) -> Bool {
        try Envelope(envelope).keyID != primaryID
    }

    /// A line for a key ring file with a new random key.
    public static func makeKeyLine(id: String) throws(CryptoError) -> String {
        guard KeyringText.isID(Array(id.utf8)[...]) else {
            throw .malformedKey("`\(id)` cannot name a key; use 1 to 255 letters, digits, `-`, `_` or `.`")
        }
        var key = randomBytes(KeyringText.keySize)
        defer { wipe(&key) }
        return "\(id): \(Base64.encode(key))\n"
    }
}
