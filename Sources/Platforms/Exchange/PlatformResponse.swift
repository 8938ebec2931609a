/// An answer as it came, for a platform's code to read.
public struct PlatformResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The headers in order.
    public var headers: [Field]
    /// The body, decompressed.
    public var body: [UInt8]

    /// An answer.
    public init(status: Int, headers: [Field], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of a name, compared without case, or nil. `name` must be in lower case.
    public func header(_ name: String) -> String? {
        headers.first { field in
            field.name.utf8.count == name.utf8.count
                && zip(field.name.utf8, name.utf8).allSatisfy { sent, wanted in
                    (sent &- 65 < 26 ? sent | 0x20 : sent) == wanted
                }
        }?.value
    }

    /// The wait that `Retry-After` asks for, when it is given in seconds.
    var retryAfter: Int? {
        header("retry-after").flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
