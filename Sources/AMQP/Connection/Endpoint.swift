/// Where a broker is and how to log in: the parsed form of an `amqp` or `amqps` address.
///
/// `amqps://user:password@host:5671/vhost?cacertfile=ca.pem&certfile=me.pem&keyfile=me.key&heartbeat=15`. The virtual host
/// defaults to `/`, the port to 5672 (5671 with TLS), user and password to `guest`.
public struct Endpoint: Sendable, Equatable {
    /// Which certificates to trust and to show. The peer's name is always verified, TLS 1.2 is the minimum.
    public struct TLS: Sendable, Equatable {
        /// A PEM file of authorities; the system's own set when nil.
        public var authorities: String?
        /// A PEM chain and its key, shown to the broker when it asks.
        public var certificate: String?
        public var key: String?

        public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }
    }

    public var host: String
    public var port: Int
    public var user: String
    public var password: String
    public var virtualHost: String
    public var tls: TLS?
    /// The interval that is proposed to the broker, 15 s by default; the peer counts as dead after two of them in silence.
    public var heartbeat: Duration = .seconds(15)
    /// The limit of each step of connecting: TCP and TLS together, then the login. 5 s by default.
    public var connectTimeout: Duration = .seconds(5)
    /// The largest frame in bytes that is proposed to the broker. More than the default makes deep headers dangerous.
    public var frameMaximum = 131_072

    /// Throws `AMQPError` with code `invalidEndpoint`; the message never contains the password.
    public init(url: String) throws(AMQPError) {
        func fault(_ message: String) -> AMQPError { AMQPError(.invalidEndpoint, message, at: "broker address") }
        let text = Substring(url)
        let rest: Substring
        if text.hasPrefix("amqps://") {
            rest = text.dropFirst(8)
            tls = TLS()
        } else if text.hasPrefix("amqp://") {
            rest = text.dropFirst(7)
        } else {
            throw fault("it must begin with amqp:// or amqps://")
        }
        let (beforeQuery, query) = Self.split(rest, at: "?")
        let (authority, path) = Self.split(beforeQuery, at: "/")
        let hostPart: Substring
        if let at = authority.lastIndex(of: "@") {
            let (name, secret) = Self.split(authority[..<at], at: ":")
            guard let name = Self.decode(name), let secret = Self.decode(secret ?? "") else {
                throw fault("user or password holds a broken percent sequence")
            }
            (user, password) = (name, secret)
            hostPart = authority[authority.index(after: at)...]
        } else {
            (user, password) = ("guest", "guest")
            hostPart = authority
        }
        let portPart: Substring?
        if hostPart.hasPrefix("["), let end = hostPart.firstIndex(of: "]") {
            host = String(hostPart[hostPart.index(after: hostPart.startIndex)..<end])
            let after = hostPart[hostPart.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw fault("text after the bracketed host") }
            portPart = after.isEmpty ? nil : after.dropFirst()
        } else {
            let (name, number) = Self.split(hostPart, at: ":")
            (host, portPart) = (String(name), number)
        }
        guard !host.isEmpty else { throw fault("the host is missing") }
        if let portPart {
            guard let number = Int(portPart), (1...65_535).contains(number) else {
                throw fault("the port is not 1 to 65535")
            }
            port = number
        } else {
            port = tls == nil ? 5672 : 5671
        }
        guard let vhost = Self.decode(path ?? "") else {
            throw fault("the virtual host holds a broken percent sequence")
        }
        virtualHost = vhost.isEmpty ? "/" : vhost
        for pair in (query ?? "").split(separator: "&") {
            let (name, value) = Self.split(pair, at: "=")
            guard let value = Self.decode(value ?? "") else {
                throw fault("the option \(name) holds a broken percent sequence")
            }
            try set(option: String(name), to: value)
        }
    }

    private mutating func set(option: String, to value: String) throws(AMQPError) {
        func fault(_ message: String) -> AMQPError { AMQPError(.invalidEndpoint, message, at: "broker address") }
        switch option {
        case "heartbeat":
            guard let seconds = Int(value), (1...3600).contains(seconds) else {
                throw fault("heartbeat is not 1 to 3600 s")
            }
            heartbeat = .seconds(seconds)
        case "connection_timeout":
            guard let milliseconds = Int(value), (1...60_000).contains(milliseconds) else {
                throw fault("connection_timeout is not 1 to 60000 ms")
            }
            connectTimeout = .milliseconds(milliseconds)
        case "cacertfile", "certfile", "keyfile":
            guard tls != nil else { throw fault("\(option) needs amqps://") }
            if option == "cacertfile" { tls?.authorities = value }
            if option == "certfile" { tls?.certificate = value }
            if option == "keyfile" { tls?.key = value }
        default:
            throw fault("unknown option \(option)")
        }
    }

    private static func split(_ text: Substring, at separator: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func decode(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Endpoint: CustomStringConvertible {
    /// The address without user and password, for logs.
    public var description: String {
        "\(tls == nil ? "amqp" : "amqps")://\(host):\(port)/\(virtualHost == "/" ? "" : virtualHost)"
    }
}
