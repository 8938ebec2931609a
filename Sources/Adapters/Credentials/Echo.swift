internal import Glibc

/// Answers that repeat a secret. Platforms do: in the words of errors, in the addresses of further pages, in pages of HTML.
/// Whatever is read from an answer afterwards, logs, ledgers and messages cannot hold what is not in it any more.
public enum Echo {
    private static let mask = Array("[redacted]".utf8)
    /// Shorter texts occur by chance.
    private static let shortest = 8

    /// The bytes with every occurrence of a secret masked.
    public static func masked(_ bytes: [UInt8], _ secrets: [String]) -> [UInt8] {
        var bytes = bytes
        for secret in secrets where secret.utf8.count >= shortest {
            guard var found = first(of: secret, in: bytes, from: 0) else { continue }
            var masked: [UInt8] = []
            var rest = 0
            while true {
                masked += bytes[rest..<found]
                masked += mask
                rest = found + secret.utf8.count
                guard let next = first(of: secret, in: bytes, from: rest) else { break }
                found = next
            }
            bytes = masked + bytes[rest...]
        }
        return bytes
    }

    /// A text with every occurrence of a secret masked.
    public static func masked(_ text: String, _ secrets: [String]) -> String {
        let bytes = Array(text.utf8)
        let masked = masked(bytes, secrets)
        return masked.count == bytes.count && masked == bytes ? text : String(decoding: masked, as: UTF8.self)
    }

    /// Where a secret begins: the C library finds its first byte, several of them per nanosecond.
    private static func first(of secret: String, in bytes: [UInt8], from offset: Int) -> Int? {
        var secret = secret
        return bytes.withUnsafeBytes { buffer in
            secret.withUTF8 { wanted -> Int? in
                guard let base = buffer.baseAddress, let start = wanted.baseAddress, let first = wanted.first else {
                    return nil
                }
                var place = offset
                while place + wanted.count <= buffer.count {
                    let room = buffer.count - wanted.count + 1 - place
                    guard let found = memchr(base + place, CInt(first), room) else { return nil }
                    if memcmp(found, start, wanted.count) == 0 { return UnsafeRawPointer(found) - base }
                    place = UnsafeRawPointer(found) - base + 1
                }
                return nil
            }
        }
    }
}
