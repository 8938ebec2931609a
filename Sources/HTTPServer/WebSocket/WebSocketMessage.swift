/// One message of a WebSocket.
public enum WebSocketMessage: Sendable, Equatable {
    /// Valid UTF-8.
    case text(String)
    /// Any bytes.
    case binary([UInt8])

    var byteCount: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
    }
}

/// Limits of a WebSocket.
public struct WebSocketOptions: Sendable {
    /// Values of `Origin` that may connect. A request without `Origin`, which no browser sends, is not held back.
    public var allowedOrigins: [String]
    /// Spoken when the client offers it; a client that offers only others is refused.
    public var subprotocol: String?
    /// A longer message closes the connection with 1009. Default 64 KiB.
    public var maximumMessageBytes = 64 << 10
    /// A ping is sent this often.
    public var pingInterval: Duration = .seconds(20)
    /// A peer that has sent nothing, not even a pong, for this long is gone.
    public var deadAfter: Duration = .seconds(45)
    /// Messages that may wait to be sent before the connection is closed with 1013.
    public var maximumQueuedMessages = 256
    /// Bytes that may wait to be sent before the connection is closed with 1013.
    public var maximumQueuedBytes = 1 << 20

    public init(allowedOrigins: [String] = []) { self.allowedOrigins = allowedOrigins }
}
