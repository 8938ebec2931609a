/// A whole response, body decompressed.
public struct HTTPResponse: Sendable {
    /// The status of the final response; redirects are returned, not followed.
    public let status: Int
    /// All header fields of the final response.
    public let headers: ResponseHeaders
    /// The decompressed body, at most the request's `maximumBodyBytes`.
    public let body: [UInt8]
    /// What `Retry-After` asks for, whether it came as seconds or as a date.
    public let retryAfter: Duration?
    /// Where the time went.
    public let timings: HTTPTimings
}

/// Times of one transfer, all from its start.
public struct HTTPTimings: Sendable {
    /// Until the connection, TLS included, was ready; nil when a connection was reused.
    public let connected: Duration?
    /// Until the first byte of the response.
    public let firstByte: Duration
    /// Until the last byte.
    public let total: Duration
}
