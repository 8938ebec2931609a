public import Runtime

/// Why something could not be sealed, opened or read. No description holds a key or a plain text.
public enum CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The envelope ends before its parts are complete.
    case truncated
    /// The envelope begins with a version that this program does not know.
    case unknownVersion(UInt8)
    /// The envelope was sealed under a key that the key ring does not hold.
    case unknownKey(String)
    /// Wrong key, wrong associated data, or changed bytes; which of them cannot be told. For Fernet, anything wrong
    /// with a token that no listed key vouches for.
    case authenticationFailed
    /// A Fernet token that is genuine and too old, or dated in the future.
    case expired
    /// More than may be sealed at once, in bytes.
    case tooLarge(limit: Int)
    /// A key has sealed 2³² messages in this process: random nonces are about to repeat. Add a key and make it primary.
    case keyWornOut(String)
    /// A key ring or a Fernet key is not written as it should be: `ring.keys:3: what and what to do`.
    case malformedKey(String)
    /// A key ring could not be read.
    case file(String, FileError)
    /// OpenSSL refused something that should always work; its own words.
    case library(String)

    public var description: String {
        switch self {
        case .truncated: "the envelope is cut off"
        case .unknownVersion(let version): "the envelope has version \(version), which this program does not know"
        case .unknownKey(let id): "the key ring has no key `\(id)`; add the key that sealed this"
        case .authenticationFailed: "not authentic: another key, another owner, or changed bytes"
        case .expired: "genuine but outside its time"
        case .tooLarge(let limit): "more than \(limit) bytes cannot be sealed at once"
        case .keyWornOut(let id): "key `\(id)` has sealed 2^32 messages; add a key and make it primary"
        case .malformedKey(let message): message
        case .file(let path, let error): "\(path) \(error)"
        case .library(let words): "OpenSSL: \(words)"
        }
    }
}
