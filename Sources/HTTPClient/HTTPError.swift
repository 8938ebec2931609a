/// Why a request gave no response. Never holds a token, a query or a whole URL.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was; the caller decides from this alone whether to try again.
    public enum Code: String, Sendable, CaseIterable {
        /// The URL is malformed, or carries credentials.
        case badURL = "bad_url"
        /// A header name or value that may not be sent.
        case badHeader = "bad_header"
        /// Neither https nor one of the configured origins.
        case refusedOrigin = "refused_origin"
        /// The name resolved to a private, loopback, link-local or otherwise special address.
        case refusedAddress = "refused_address"
        /// The host name did not resolve.
        case resolve
        /// No connection could be made.
        case connect
        /// The handshake failed or the certificate was refused; nothing of the request was sent.
        case tls
        /// A time limit passed: connecting, the whole request, or a body that trickled.
        case timeout
        /// The decompressed body, or the header block, went over its limit.
        case tooLarge = "too_large"
        /// The body ended before its announced length.
        case truncated
        /// The connection was lost before the response was complete.
        case reset
        /// The peer broke HTTP, or sent a content encoding that does not decode.
        case protocolViolation = "protocol_violation"
        /// The calling task was cancelled.
        case cancelled
        /// The client was closed.
        case closed
        /// A fault on this side, for instance out of memory.
        case internalFault = "internal_fault"
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for people.
    public let message: String
    /// The host that was asked, when the URL had one.
    public let host: String?
    /// libcurl's own number, 0 when libcurl was not involved.
    public let underlying: Int

    init(_ code: Code, _ message: String, host: String? = nil, underlying: Int = 0) {
        self.code = code
        self.message = message
        self.host = host
        self.underlying = underlying
    }

    public var description: String {
        let place = host.map { " (\($0))" } ?? ""
        return underlying == 0 ? "\(message)\(place)" : "\(message)\(place) [libcurl \(underlying)]"
    }
}
