/// Where a server listens and what it tolerates.
public struct HTTPServerOptions: Sendable {
    /// A numeric IPv4 or IPv6 address. Default loopback.
    public var address = "127.0.0.1"
    /// 0 takes a free port; see `HTTPServer.port`.
    public var port: UInt16 = 0
    /// Request bodies up to this size; a longer declared body is answered 413 before it is read. A router may say otherwise
    /// for a route. Default 1 MiB.
    public var maximumBodyBytes = 1 << 20
    /// Request targets up to this size; longer ones are answered 414.
    public var maximumTargetBytes = 8 << 10
    /// Request line and header fields together; more is answered 431.
    public var maximumHeaderBytes = 16 << 10
    /// Header fields in a request; more is answered 431.
    public var maximumHeaderFields = 64
    /// Connections above this many are answered 503 and closed.
    public var maximumConnections = 1024
    /// Connections from one address above this many are answered 503 and closed.
    public var maximumConnectionsPerAddress = 1024
    /// A request's header must be complete this long after its connection was made, or after its first line.
    public var headerTimeout: Duration = .seconds(10)
    /// A kept connection without a request is closed after this long.
    public var idleTimeout: Duration = .seconds(60)
    /// A body slower than this, after `bodyGrace`, closes the connection.
    public var minimumBodyBytesPerSecond = 1024
    /// See `minimumBodyBytesPerSecond`.
    public var bodyGrace: Duration = .seconds(10)
    /// What the thread is called in `top -H`, at most 15 bytes.
    public var threadName = "http-server"

    public init(address: String = "127.0.0.1", port: UInt16 = 0) {
        self.address = address
        self.port = port
    }
}
