/// The address of a broker, a database or a web service. It may carry a password, so printing it leaves that out.
public struct ServiceURL: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// In lower case, without `://`.
    public let scheme: String
    /// As written, still percent-encoded; nil when absent.
    public let user: String?
    /// Every host that a connection may go to, from the authority and from `host` and `hostaddr` in the query, percent
    /// signs decoded. Empty, or beginning with `/`, for a Unix socket.
    public let hosts: [String]
    /// As written, without the question mark.
    public let query: [(name: String, value: String)]
    public let hasPassword: Bool
    private let text: String
    private let redacted: String

    /// Answers nil unless the text is `scheme://[user[:password]@]host[:port][,host…][/path][?name=value&…]`.
    public init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), let mark = text.firstRange(of: "://") else {
            return nil
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard let first = scheme.utf8.first, first >= 0x61, first <= 0x7A, scheme.utf8.allSatisfy(Self.isSchemeByte)
        else {
            return nil
        }
        let rest = text[mark.upperBound...].prefix { $0 != "#" }
        guard rest.endIndex == text.endIndex else { return nil }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest[authority.endIndex...]
        let path = tail.prefix { $0 != "?" }
        let queryText = tail[path.endIndex...].dropFirst()

        // The last @ ends the user part: a password may hold one that somebody forgot to encode.
        let at = authority.lastIndex(of: "@")
        let userPart = at.map { authority[..<$0] }
        let hostPart = at.map { authority[authority.index(after: $0)...] } ?? authority
        let name = userPart?.prefix { $0 != ":" }
        guard let authorityHosts = Self.hosts(in: hostPart) else { return nil }

        let query = queryText.split(separator: "&").map { pair in
            let key = pair.prefix { $0 != "=" }
            return (name: String(key), value: String(pair[key.endIndex...].dropFirst()))
        }
        let named = query.filter { ["host", "hostaddr"].contains($0.name) && !$0.value.isEmpty }
        let secretNames = query.filter { Self.namesSecret($0.name) }
        self.scheme = scheme
        self.user = name.map { String($0) }
        self.query = query
        self.text = text
        hosts =
            authorityHosts.filter { !$0.isEmpty || named.isEmpty }
            + named.flatMap { $0.value.split(separator: ",").map { Self.decoded($0) } }
        hasPassword = (userPart.map { $0.contains(":") } ?? false) || !secretNames.isEmpty
        let shownUser = name.map { "\($0)@" } ?? ""
        let shownPairs = query.map { "\($0.name)=\(Self.namesSecret($0.name) ? "…" : $0.value)" }
        let shownQuery = shownPairs.joined(separator: "&")
        redacted = "\(scheme)://\(shownUser)\(hostPart)\(path)\(shownQuery.isEmpty ? "" : "?\(shownQuery)")"
    }

    /// The whole text, password included; call it only where it is handed to the library that connects.
    public func reveal() -> String { text }

    public var description: String { redacted }
    public var debugDescription: String { redacted }
    /// Keeps `dump` and test failures from looking inside.
    public var customMirror: Mirror { Mirror(self, children: []) }

    public static func == (left: ServiceURL, right: ServiceURL) -> Bool { left.text == right.text }

    /// Whether a host can only be this machine: `localhost`, 127.0.0.0/8, `::1`, or a Unix socket.
    public static func isLoopback(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func hosts(in text: Substring) -> [String]? {
        var hosts: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part.hasPrefix("[") {
                guard let end = part.firstIndex(of: "]") else { return nil }
                guard isPort(part[part.index(after: end)...]) else { return nil }
                hosts.append(String(part[part.index(after: part.startIndex)..<end]))
            } else {
                let host = part.prefix { $0 != ":" }
                guard isPort(part[host.endIndex...]) else { return nil }
                hosts.append(decoded(host))
            }
        }
        return hosts.isEmpty ? [""] : hosts
    }

    /// Nothing, or a colon and a number that fits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.hasPrefix(":") && UInt16(text.dropFirst()) != nil)
    }

    private static func namesSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.contains("password") || name.contains("secret") || name.contains("token")
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
    }

    /// `%2F` and its like as what they stand for; anything malformed stays as written.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count >= 2 {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension StringProtocol {
    /// Where the first occurrence of a short text lies.
    fileprivate func firstRange(of other: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}
