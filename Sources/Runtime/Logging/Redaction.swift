internal import Synchronization

/// Keeps secrets out of log lines, error texts and dead letters.
///
/// Three nets: keys that name a secret, values registered when they were loaded, and shapes that betray one (user
/// information in an address, `token=…`, `Bearer …`). At most the last four characters of a long secret stay.
public enum Redaction {
    private static let registered = Mutex<[[UInt8]]>([])
    private static let most = 1024
    /// Shorter values would mask half of every line.
    private static let shortestRegistered = 8

    /// Masks every later occurrence of `secret`. Call it where a secret is loaded; values below 8 bytes are ignored.
    public static func register(_ secret: String) {
        let bytes = Array(secret.utf8)
        guard bytes.count >= shortestRegistered else { return }
        registered.withLock { known in
            guard !known.contains(bytes) else { return }
            if known.count == most { known.removeFirst() }
            known.append(bytes)
        }
    }

    /// Stops looking for a secret, for instance a token that was replaced.
    public static func forget(_ secret: String) {
        let bytes = Array(secret.utf8)
        registered.withLock { known in known.removeAll { $0 == bytes } }
    }

    /// Whether values under this key are always masked.
    public static func isSecretKey(_ key: String) -> Bool { isSecretName(key.utf8.map(lowercase)[...]) }

    /// What is shown of a secret: `…abcd` for one of 16 bytes or more, otherwise only `…`.
    public static func mask(_ secret: String) -> String {
        let last = secret.suffix(4)
        return secret.utf8.count >= 16 && last.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ? "…\(last)" : "…"
    }

    /// The text with everything masked that is known or looks like a secret.
    public static func scrub(_ text: String) -> String {
        var bytes = Array(text.utf8)
        var changed = maskRegistered(&bytes)
        changed = maskAddresses(&bytes) || changed
        changed = maskAssignments(&bytes) || changed
        return changed ? String(decoding: bytes, as: UTF8.self) : text
    }

    // MARK: Nets

    private static func maskRegistered(_ bytes: inout [UInt8]) -> Bool {
        guard bytes.count >= shortestRegistered else { return false }
        let secrets = registered.withLock { $0 }
        var changed = false
        for secret in secrets {
            var index = 0
            while index + secret.count <= bytes.count {
                guard bytes[index] == secret[0], bytes[index..<index + secret.count].elementsEqual(secret) else {
                    index += 1
                    continue
                }
                index = replace(index..<index + secret.count, in: &bytes)
                changed = true
            }
        }
        return changed
    }

    /// `scheme://user:password@host`: the password.
    private static func maskAddresses(_ bytes: inout [UInt8]) -> Bool {
        var changed = false
        var index = 0
        while let start = find(Array("://".utf8), in: bytes, from: index) {
            index = start + 3
            let rest = bytes[index...]
            let end =
                rest.firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\"") } ?? bytes.count
            guard let at = bytes[index..<end].lastIndex(of: UInt8(ascii: "@")),
                let colon = bytes[index..<at].firstIndex(of: UInt8(ascii: ":")), colon + 1 < at
            else { continue }
            index = replace(colon + 1..<at, in: &bytes)
            changed = true
        }
        return changed
    }

    /// `access_token=…`, `"password": "…"`, `Authorization: Bearer …`: the value.
    private static func maskAssignments(_ bytes: inout [UInt8]) -> Bool {
        var changed = false
        var index = 0
        while index < bytes.count {
            guard isWord(bytes[index]) else {
                index += 1
                continue
            }
            let wordEnd = bytes[index...].firstIndex { !isWord($0) } ?? bytes.count
            let word = bytes[index..<wordEnd].map(lowercase)
            let value =
                isSecretName(word[...])
                ? valueRange(after: wordEnd, in: bytes)
                : schemes.contains(word) ? credentialRange(after: wordEnd, in: bytes) : nil
            if let value {
                index = replace(value, in: &bytes)
                changed = true
            } else {
                index = wordEnd
            }
        }
        return changed
    }

    private static let schemes: [[UInt8]] = [Array("bearer".utf8), Array("basic".utf8), Array("oauth".utf8)]

    /// The value behind `=` or `:`, with or without quotes and one blank.
    private static func valueRange(after end: Int, in bytes: [UInt8]) -> Range<Int>? {
        var index = end
        if index < bytes.count, isQuote(bytes[index]) { index += 1 }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "=") || bytes[index] == UInt8(ascii: ":") else {
            return nil
        }
        index += 1
        while index < bytes.count, bytes[index] == 0x20 || isQuote(bytes[index]) { index += 1 }
        let stop = bytes[index...].firstIndex { endsValue($0) } ?? bytes.count
        // "Authorization: Bearer abc": the word behind is the credential.
        if schemes.contains(bytes[index..<stop].map(lowercase)) { return credentialRange(after: stop, in: bytes) }
        return index < stop ? index..<stop : nil
    }

    /// The credential behind one blank, if it is long enough to be one.
    private static func credentialRange(after end: Int, in bytes: [UInt8]) -> Range<Int>? {
        guard end < bytes.count, bytes[end] == 0x20 else { return nil }
        let stop = bytes[(end + 1)...].firstIndex { endsValue($0) } ?? bytes.count
        return stop - end > shortestRegistered ? end + 1..<stop : nil
    }

    /// Puts the mask in place and returns the offset behind it.
    private static func replace(_ range: Range<Int>, in bytes: inout [UInt8]) -> Int {
        let masked = Array(mask(String(decoding: bytes[range], as: UTF8.self)).utf8)
        bytes.replaceSubrange(range, with: masked)
        return range.lowerBound + masked.count
    }

    // MARK: Bytes

    private static let parts: [[UInt8]] = [
        "password", "passwd", "secret", "authorization", "cookie", "credential", "private_key", "api_key", "apikey",
        "signature",
    ].map { Array($0.utf8) }

    /// Names such as `access_token`, `client-secret`, `password`; not `tokens_expiring` or `token_state`.
    private static func isSecretName(_ name: ArraySlice<UInt8>) -> Bool {
        let name = name.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") ? UInt8(ascii: "_") : $0 }
        if name.count >= 5, name.suffix(5).elementsEqual("token".utf8) { return true }
        return parts.contains { find($0, in: name, from: 0) != nil }
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + needle.count <= bytes.count {
            if bytes[index] == needle[0], bytes[index..<index + needle.count].elementsEqual(needle) { return index }
            index += 1
        }
        return nil
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(lowercase(byte)) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    private static func endsValue(_ byte: UInt8) -> Bool {
        byte <= 0x20 || isQuote(byte) || "&;,)}]>".utf8.contains(byte)
    }
}
