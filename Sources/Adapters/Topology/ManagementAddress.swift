/// Where a broker's management API is, who asks, and about which virtual host.
public struct ManagementAddress: Sendable {
    /// Scheme, host and port: `http://127.0.0.1:15672`. Never holds a password.
    public let origin: String
    /// What stands before `/api`, for an API behind a proxy.
    let path: [String]
    let user: String
    let password: String
    public let virtualHost: String

    /// - Parameters:
    ///   - url: `http[s]://[user:password@]host[:port][/path]`; nil takes the broker's host and the usual port.
    ///   - broker: `amqp[s]://[user:password@]host[:port][/virtual-host]`. Gives the virtual host, and the user and
    ///     password where `url` has none.
    /// - Throws: `ManagementError`; its message never quotes an address, which may hold a password.
    public init(url: String?, broker: String?) throws(ManagementError) {
        let amqp = broker.flatMap(Self.parts)
        if broker != nil, amqp == nil {
            throw .badAddress("the broker's address is not of the form amqp://user:password@host/virtual-host")
        }
        guard let web = url.flatMap(Self.parts) ?? amqp.map(Self.usualAddress) else {
            throw .badAddress("no address of the management API: give --management http://user:password@host:15672")
        }
        guard web.scheme == "http" || web.scheme == "https", !web.host.isEmpty else {
            throw .badAddress("the address of the management API is not of the form http://user:password@host:15672")
        }
        origin = "\(web.scheme)://\(web.host)"
        path = web.path.split(separator: "/").map { Self.decoded($0) }
        user = web.user ?? amqp?.user ?? "guest"
        password = web.user != nil ? web.password ?? "" : amqp?.user != nil ? amqp?.password ?? "" : "guest"
        // In an AMQP address no path is the default virtual host, and "/" alone would be the one with the empty name.
        let name = amqp?.path.dropFirst() ?? ""
        virtualHost = name.isEmpty ? "/" : Self.decoded(name)
    }

    /// The host without its port.
    public var host: String {
        let rest = origin.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
        if rest.hasPrefix("[") { return String(rest.dropFirst().prefix { $0 != "]" }) }
        return String(rest.prefix { $0 != ":" })
    }

    private struct Parts {
        var scheme: String
        var user: String?
        var password: String?
        var host: String
        var path: Substring
    }

    private static func usualAddress(_ amqp: Parts) -> Parts {
        var web = amqp
        let secure = amqp.scheme == "amqps"
        web.scheme = secure ? "https" : "http"
        let host = amqp.host.hasPrefix("[") ? amqp.host.prefix { $0 != "]" } + "]" : amqp.host.prefix { $0 != ":" }
        web.host = "\(host):\(secure ? 15671 : 15672)"
        web.path = ""
        return web
    }

    private static func parts(_ text: String) -> Parts? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" }
        var parts = Parts(
            scheme: text[..<colon].lowercased(),
            host: String(authority),
            path: rest[authority.endIndex...]
        )
        if let at = authority.lastIndex(of: "@") {
            let name = authority[..<at].prefix { $0 != ":" }
            parts.user = decoded(name)
            if name.endIndex < at { parts.password = decoded(authority[authority.index(after: name.endIndex)..<at]) }
            parts.host = String(authority[authority.index(after: at)...])
        }
        return parts.host.isEmpty ? nil : parts
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
