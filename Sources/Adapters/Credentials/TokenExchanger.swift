internal import Crypto
public import HTTPClient
public import Platforms

/// Sends token requests. Nothing of them is kept, and the errors of the client name a host and never a URL.
public struct TokenExchanger: Sendable {
    private let client: HTTPClient
    /// The longest that one exchange may take.
    public let deadline: Duration

    /// An exchanger over a client.
    public init(client: HTTPClient, deadline: Duration = .seconds(30)) {
        self.client = client
        self.deadline = deadline
    }

    /// The platform's answer, whatever its status. Throws when no whole answer came.
    public func send(_ request: TokenRequest) async throws(HTTPError) -> PlatformResponse {
        var headers: RequestHeaders = ["accept": "application/json"]
        if request.method == .post { headers.append("content-type", "application/x-www-form-urlencoded") }
        if let basic = request.basic {
            // RFC 6749 §2.3.1: both parts are form-encoded first.
            let pair = HTTPURL.percentEncoded(basic.id) + ":" + HTTPURL.percentEncoded(basic.secret.reveal())
            headers.append("authorization", "Basic " + Base64.encode(Array(pair.utf8)))
        }
        if let bearer = request.bearer { headers.append("authorization", "Bearer " + bearer.reveal()) }
        for field in request.headers { headers.append(field.name, field.value) }
        let response = try await client.send(
            HTTPRequest(
                method: request.method == .get ? .get : .post,
                url: request.revealURL(),
                headers: headers,
                body: request.method == .post ? request.revealBody() : nil,
                deadline: deadline,
                maximumBodyBytes: 1 << 20
            )
        )
        let secrets = request.revealSecrets()
        var fields: [Platforms.Field] = []
        response.headers.forEach { name, value in
            fields.append(Platforms.Field(name, Echo.masked(value, secrets)))
        }
        return PlatformResponse(
            status: response.status,
            headers: fields,
            // A good answer holds new secrets, and sometimes the old one again, which is then the one to keep.
            body: response.status == 200 ? response.body : Echo.masked(response.body, secrets)
        )
    }
}

extension HTTPError {
    /// Whether the request certainly did not reach the platform.
    var neverArrived: Bool {
        switch code {
        case .badURL, .badHeader, .refusedOrigin, .refusedAddress, .resolve, .connect, .tls, .closed: true
        case .timeout, .tooLarge, .truncated, .reset, .protocolViolation, .cancelled, .internalFault: false
        }
    }
}
