/// Scheme, host and port of a URL, in the one spelling used for comparison.
struct Origin: Hashable, Sendable {
    /// `https://host` or `http://host:port`, lower-case, default port left out.
    let text: String
    let isSecure: Bool
    private let hostOffset: Int
    /// Where path and query begin in the URL that this was read from, and where they end.
    private let target: Range<Int>

    /// The host as written, for messages.
    var host: String {
        let authority = text.utf8.dropFirst(hostOffset)
        return String(Substring(authority))
    }

    /// Nil for anything but a plain absolute http or https URL: credentials, blanks, control and non-ASCII
    /// characters, backslashes, an empty host and an impossible port are all refused here, before libcurl's more
    /// forgiving parser sees them.
    init?(url: String) {
        let bytes = url.utf8.span
        if startsIgnoringCase(bytes, "https://") {
            (hostOffset, isSecure) = (8, true)
        } else if startsIgnoringCase(bytes, "http://") {
            (hostOffset, isSecure) = (7, false)
        } else {
            return nil
        }
        var authorityEnd = bytes.count
        var targetEnd = bytes.count
        for index in hostOffset..<bytes.count {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            let isInAuthority = authorityEnd == bytes.count
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"): if isInAuthority { authorityEnd = index }
            case UInt8(ascii: "#"):
                authorityEnd = min(authorityEnd, index)
                targetEnd = min(targetEnd, index)
            case UInt8(ascii: "@"), UInt8(ascii: "%"): if isInAuthority { return nil }
            default: break
            }
        }
        target = authorityEnd..<max(authorityEnd, targetEnd)
        var written: [UInt8] = []
        for index in hostOffset..<authorityEnd { written.append(bytes[index]) }
        guard let authority = Self.normalised(written[...], defaultPort: isSecure ? 443 : 80) else { return nil }
        text = (isSecure ? "https://" : "http://") + authority
    }

    /// Path and query of the URL that this was read from, as they are sent.
    func target(of url: String) -> String {
        let bytes = url.utf8
        let start = bytes.index(bytes.startIndex, offsetBy: target.lowerBound)
        let end = bytes.index(bytes.startIndex, offsetBy: target.upperBound)
        let text = String(Substring(bytes[start..<end]))
        return text.utf8.first == UInt8(ascii: "/") ? text : "/" + text
    }

    static func == (left: Origin, right: Origin) -> Bool { left.text == right.text }

    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Host in lower case, and the port unless it is the scheme's own.
    private static func normalised(_ authority: ArraySlice<UInt8>, defaultPort: Int) -> String? {
        var host = authority
        var port: Int?
        let bracket = authority.lastIndex(of: UInt8(ascii: "]"))
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")), bracket.map({ $0 < colon }) ?? true {
            host = authority[..<colon]
            let digits = authority[(colon + 1)...]
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

private func startsIgnoringCase(_ bytes: Span<UInt8>, _ expected: StaticString) -> Bool {
    guard bytes.count > expected.utf8CodeUnitCount else { return false }
    return unsafe UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount).enumerated()
        .allSatisfy { lowercased(bytes[$0]) == $1 }
}
