/// What a handler answers. `Content-Length` or chunking, `Date` and `Connection` are added by the server.
public struct ServerResponse: Sendable {
    /// The bytes to send.
    public enum Body: Sendable {
        /// All of it, with its length.
        case bytes([UInt8])
        /// Chunk by chunk, taken from the sequence only as fast as the client reads. An error in the middle cuts the
        /// connection, so that the client cannot take the part for the whole.
        case stream(any AsyncSequence<[UInt8], any Error> & Sendable)
        /// The connection becomes a WebSocket; made by `ServerResponse.webSocket`.
        case webSocket(WebSocketUpgrade)
    }

    /// Between 200 and 599.
    public var status: Int
    /// Sent in this order.
    public var headers: [(name: String, value: String)]
    /// Not sent in answer to HEAD.
    public var body: Body

    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Bytes of a media type.
    public static func bytes(_ bytes: [UInt8], type: String, status: Int = 200) -> ServerResponse {
        ServerResponse(status: status, headers: [(name: "Content-Type", value: type)], body: .bytes(bytes))
    }

    /// Plain text.
    public static func text(_ text: String, status: Int = 200) -> ServerResponse {
        .bytes(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// JSON, already rendered.
    public static func json(_ bytes: [UInt8], status: Int = 200) -> ServerResponse {
        .bytes(bytes, type: "application/json", status: status)
    }

    /// A fault as RFC 9457 problem details.
    public static func problem(_ status: Int, _ title: String, detail: String? = nil) -> ServerResponse {
        var text = "{\"title\":\(quoted(title)),\"status\":\(status)"
        if let detail { text += ",\"detail\":\(quoted(detail))" }
        return .bytes(Array((text + "}").utf8), type: "application/problem+json", status: status)
    }
}

/// A JSON string literal.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\u{0}"..<" ":
            let hex = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
