public import Crypto
internal import Glibc
public import Platforms
internal import Runtime
internal import Synchronization

/// What a sealed value is and whose: the data that it is sealed with besides the key, so that it opens nowhere else.
public enum SealedPlace: Hashable, Sendable {
    case accessToken(account: Int64)
    case refreshToken(account: Int64)
    case appSecret(platform: String, login: String)
    case verifier(digest: [UInt8])
    case connectState

    var associatedData: [UInt8] {
        switch self {
        case .accessToken(let account): AccountAccess.associatedData(account: account)
        case .refreshToken(let account): Array("flotilla/account/\(account)/refresh".utf8)
        case .appSecret(let platform, let login): Array("flotilla/app/\(platform)/\(login)".utf8)
        case .verifier(let digest): Array("flotilla/connect/\(Base64.encode(digest))".utf8)
        case .connectState: Array("flotilla/connect".utf8)
        }
    }
}

/// Seals and opens tokens with the key ring of a file, which is read again when it changes: keys rotate under running
/// workers. Tokens that older software wrote as Fernet open too, where their keys are known.
public final class CredentialVault: Sendable {
    private struct State {
        var keyring: Keyring
        var stamp: Stamp?
    }

    /// What changes when a file does.
    private struct Stamp: Equatable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private let path: String?
    private let fernet: Fernet?
    private let state: Mutex<State>

    /// Reads the key ring, and the Fernet keys if there are any. Throws what is wrong with a file.
    public init(keyringFile: String, fernetKeysFile: String? = nil) throws(CryptoError) {
        path = keyringFile
        fernet = try fernetKeysFile.map { (path) throws(CryptoError) in try Fernet(contentsOf: path) }
        let stamp = Self.stamp(keyringFile)
        state = Mutex(State(keyring: try Keyring(contentsOf: keyringFile), stamp: stamp))
    }

    /// A vault whose keys do not change.
    public init(keyring: Keyring, fernet: Fernet? = nil) {
        path = nil
        self.fernet = fernet
        state = Mutex(State(keyring: keyring))
    }

    /// The keys as they are in the file now.
    public var keyring: Keyring {
        guard let path else { return state.withLock { $0.keyring } }
        let stamp = Self.stamp(path)
        return state.withLock { state in
            // A file that cannot be read at the moment, half written for instance, leaves the old keys in place.
            if stamp != state.stamp, let fresh = try? Keyring(contentsOf: path) {
                state = State(keyring: fresh, stamp: stamp)
            }
            return state.keyring
        }
    }

    /// Seals under the primary key.
    public func seal(_ secret: SecretText, as place: SealedPlace) throws(CryptoError) -> [UInt8] {
        var bytes = Array(secret.reveal().utf8)
        defer { wipe(&bytes) }
        return try keyring.seal(bytes, associatedData: place.associatedData)
    }

    /// Opens with the key that the value names; a key that is not known yet is looked for in the file.
    public func open(_ sealed: [UInt8], as place: SealedPlace) throws(CryptoError) -> SecretText {
        var bytes = try openBytes(sealed, place)
        defer { wipe(&bytes) }
        return SecretText(String(decoding: bytes, as: UTF8.self))
    }

    private func openBytes(_ sealed: [UInt8], _ place: SealedPlace) throws(CryptoError) -> [UInt8] {
        if Self.isFernet(sealed) {
            guard let fernet else { throw .unknownKey("fernet") }
            return try fernet.open(String(decoding: sealed, as: UTF8.self)).plaintext
        }
        let known = state.withLock { $0.keyring }
        do throws(CryptoError) {
            return try known.open(sealed, associatedData: place.associatedData)
        } catch {
            guard case .unknownKey = error else { throw error }
            return try keyring.open(sealed, associatedData: place.associatedData)
        }
    }

    /// Whether a value should be sealed again: it is under an old key, or a Fernet token.
    public func needsRewrap(_ sealed: [UInt8]) throws(CryptoError) -> Bool {
        if Self.isFernet(sealed) { return true }
        return try keyring.needsRewrap(sealed)
    }

    /// Fernet tokens are base64 and begin with the version 0x80; our envelopes begin with the byte 1.
    static func isFernet(_ sealed: [UInt8]) -> Bool { sealed.starts(with: "gAAAA".utf8) }

    private static func stamp(_ path: String) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt(status.st_ino),
            size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec
        )
    }
}
