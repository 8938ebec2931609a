/// Where to accept connections: `127.0.0.1:9100`, `[::1]:9100`, `*:9100` for every interface. Port 0 takes a free
/// port, which the program logs once it listens.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An address, a host name, or `*`. IPv6 without brackets.
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Answers nil for text of another form.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" }) else { return nil }
        self.init(host: String(host), port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    /// Only this machine can connect.
    public var isLoopback: Bool { ServiceURL.isLoopback(host) }
}
