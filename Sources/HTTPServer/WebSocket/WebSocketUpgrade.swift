/// What an accepted handshake carries to the connection. Made by `ServerResponse.webSocket`.
public struct WebSocketUpgrade: Sendable {
    let options: WebSocketOptions
    let handler: @Sendable (WebSocketConnection) async -> Void
}

extension ServerResponse {
    /// Answers a WebSocket handshake: 101 when it is right and its `Origin` is allowed, otherwise 400, 403 or 426.
    ///
    /// `handler` runs for as long as the socket is of interest; when it returns, the socket is closed with 1000.
    public static func webSocket(
        _ request: ServerRequest,
        _ options: WebSocketOptions = WebSocketOptions(),
        handler: @escaping @Sendable (WebSocketConnection) async -> Void
    ) -> ServerResponse {
        let headers = request.headers
        guard request.method == .get, request.body.isEmpty, headers.holdsToken("upgrade", "websocket"),
            headers.holdsToken("connection", "upgrade")
        else {
            return upgradeRequired("This address speaks WebSocket only.")
        }
        guard headers.values("sec-websocket-version") == ["13"] else {
            return upgradeRequired("Only version 13 of WebSocket is spoken.")
        }
        let keys = headers.values("sec-websocket-key")
        guard keys.count == 1, keys[0].utf8.count == 24, keys[0].hasSuffix("==") else {
            return .problem(400, "The WebSocket key is malformed.")
        }
        guard headers.values("origin").allSatisfy(options.allowedOrigins.contains) else {
            return .problem(403, "The origin is not allowed.")
        }
        var answer = ServerResponse(
            status: 101,
            headers: [
                (name: "Upgrade", value: "websocket"), (name: "Sec-WebSocket-Accept", value: webSocketAccept(keys[0])),
            ],
            body: .webSocket(WebSocketUpgrade(options: options, handler: handler))
        )
        if headers["sec-websocket-protocol"] != nil {
            guard let name = options.subprotocol, headers.holdsToken("sec-websocket-protocol", name) else {
                return .problem(400, "The WebSocket subprotocol is not spoken here.")
            }
            answer.headers.append((name: "Sec-WebSocket-Protocol", value: name))
        }
        return answer
    }

    private static func upgradeRequired(_ title: String) -> ServerResponse {
        var response = ServerResponse.problem(426, title)
        response.headers.append((name: "Upgrade", value: "websocket"))
        response.headers.append((name: "Sec-WebSocket-Version", value: "13"))
        return response
    }
}
