/// Scheme, host and port of a URL, in the one spelling used for comparison.
struct Origin: Hashable, Sendable {
    /// `https://host` or `http://host:port`, lower-case, default port left out.
    let text: String
    let isSecure: Bool
    private let hostOffset: Int

    /// The host as written, for messages.
    var host: String {
        let authority = text.utf8.dropFirst(hostOffset)
        return String(Substring(authority))
    }

    /// Nil for anything but a plain absolute http or https URL: credentials, blanks, control and non-ASCII
    /// characters, backslashes, an empty host and an impossible port are all refused here, before libcurl's more
    /// forgiving parser sees them.
    init?(url: String) {
        var scheme = true
        let bytes = url.utf8
        if startsIgnoringCase(bytes, "https://") {
            hostOffset = 8
        } else if startsIgnoringCase(bytes, "http://") {
            hostOffset = 7
            scheme = false
        } else {
            return nil
        }
        isSecure = scheme
        var authorityEnd = bytes.endIndex
        var index = bytes.index(bytes.startIndex, offsetBy: hostOffset)
        let authorityStart = index
        var inAuthority = true
        while index < bytes.endIndex {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            if inAuthority {
                switch byte {
                case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"):
                    authorityEnd = index
                    inAuthority = false
                case UInt8(ascii: "@"), UInt8(ascii: "%"): return nil
                default: break
                }
            }
            index = bytes.index(after: index)
        }
        guard let authority = Self.normalised(bytes[authorityStart..<authorityEnd], defaultPort: scheme ? 443 : 80)
        else { return nil }
        text = (scheme ? "https://" : "http://") + authority
    }

    /// Host in lower case, and the port unless it is the scheme's own.
    private static func normalised(_ authority: Substring.UTF8View, defaultPort: Int) -> String? {
        var host = authority
        var port: Int?
        let bracket = authority.lastIndex(of: UInt8(ascii: "]"))
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")), bracket.map({ $0 < colon }) ?? true {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard !digits.isEmpty, digits.count <= 5, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                return nil
            }
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard value >= 1, value <= 65535 else { return nil }
            port = value
        }
        guard !host.isEmpty, bracket == nil || host.first == UInt8(ascii: "[") else { return nil }
        if bracket == nil, host.contains(UInt8(ascii: ":")) { return nil }
        let name = String(decoding: host.map(lowercased), as: UTF8.self)
        return port == nil || port == defaultPort ? name : "\(name):\(port!)"
    }
}

private func startsIgnoringCase(_ bytes: String.UTF8View, _ expected: StaticString) -> Bool {
    bytes.count > expected.utf8CodeUnitCount && equalsIgnoringCase(bytes.prefix(expected.utf8CodeUnitCount), expected)
}
