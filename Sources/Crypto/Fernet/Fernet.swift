internal import Runtime

/// Reads Fernet tokens (AES-128-CBC and HMAC-SHA256), for credentials that older software wrote. Nothing here writes
/// them: what is read is sealed again with a `Keyring`.
public final class Fernet: Sendable {
    private let keys: [FernetKey]

    /// What a token holds.
    public struct Opened: Sendable, Equatable {
        public let plaintext: [UInt8]
        /// When it was made, in seconds since 1970; vouched for by the token.
        public let madeAt: Int64
    }

    /// - Parameter keys: Each 32 bytes in URL-safe base64, as Fernet writes them; the most likely one first.
    /// - Throws: `malformedKey`, naming the key by its number.
    public init(keys: [String]) throws(CryptoError) {
        guard !keys.isEmpty else { throw .malformedKey("no Fernet key is given") }
        var made: [FernetKey] = []
        for (index, text) in keys.enumerated() {
            guard let key = FernetKey(Array(text.utf8)[...]) else {
                throw .malformedKey("Fernet key \(index + 1) is not URL-safe base64 of 32 bytes")
            }
            made.append(key)
        }
        self.keys = made
    }

    /// Reads keys from a file that must not be readable by others, one per line; `#` begins a comment line.
    public init(contentsOf path: String) throws(CryptoError) {
        var text: [UInt8]
        do throws(FileError) {
            text = try readFile(path, limit: 64 * 1024, isSecret: true)
        } catch { throw .file(path, error) }
        defer { wipe(&text) }
        var made: [FernetKey] = []
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = line.filter { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            guard let key = FernetKey(line[...]) else {
                throw .malformedKey("\(path):\(index + 1): not URL-safe base64 of 32 bytes")
            }
            made.append(key)
        }
        guard !made.isEmpty else { throw .malformedKey("\(path):1: there is no key") }
        keys = made
    }

    /// Decrypts with whichever key vouches for the token.
    /// - Parameters:
    ///   - timeToLive: Refuses tokens older than this, and those dated more than a minute ahead; nil reads any age.
    ///   - now: Seconds since 1970; used with `timeToLive` only.
    /// - Throws: `authenticationFailed` for everything that is wrong with a token, whatever it is; `expired` for a
    ///   genuine one outside its time.
    public func open(_ token: String, timeToLive: Duration? = nil, now: Int64 = 0) throws(CryptoError) -> Opened {
        guard let bytes = Base64.decode(token, .url, padding: .either), let parts = FernetToken(bytes) else {
            throw .authenticationFailed
        }
        for key in keys where constantTimeEquals(key.sign(parts.signed)[...], parts.code) {
            if let timeToLive, parts.madeAt > now + 60 || now - parts.madeAt > timeToLive.components.seconds {
                throw .expired
            }
            return Opened(plaintext: try key.decrypt(parts), madeAt: parts.madeAt)
        }
        throw .authenticationFailed
    }
}
