/// Limits and manners of a client. Every value has a working default except the user agent's product name.
public struct HTTPClientOptions: Sendable {
    /// Sent as `User-Agent` with every request.
    public var userAgent: String
    /// Origins, such as `http://127.0.0.1:8080`, that may be plain http and may resolve to private addresses.
    /// Everything else must be https and resolve to a public address.
    public var allowedOrigins: [String] = []
    /// Time limit for name resolution, connection and handshake.
    public var connectTimeout: Duration = .seconds(5)
    /// A transfer slower than `lowSpeedBytesPerSecond` for this long is given up.
    public var lowSpeedTime: Duration = .seconds(15)
    /// See `lowSpeedTime`; 0 turns the rule off.
    public var lowSpeedBytesPerSecond = 128
    /// Connections to one host; further requests wait for one, within their deadline.
    public var connectionsPerHost = 64
    /// Connections in total, idle ones included.
    public var connectionsInTotal = 256
    /// A PEM file that replaces the system's certificate authorities.
    public var certificateAuthorityFile: String?
    /// Bytes of response header lines before the transfer is given up.
    public var maximumHeaderBytes = 64 << 10

    public init(userAgent: String = "flotilla") {
        self.userAgent = userAgent
    }
}
