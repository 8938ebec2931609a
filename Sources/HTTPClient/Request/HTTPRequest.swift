/// One request. Tokens belong into `headers`, never into `url`.
public struct HTTPRequest: Sendable {
    /// The request methods that the client sends.
    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// Default GET.
    public var method: Method
    /// Absolute, already percent-encoded; see `HTTPURL.make` for a safe way to build one.
    public var url: String
    /// Sent in this order. `host`, `content-length`, `transfer-encoding` and `connection` are refused.
    public var headers: RequestHeaders
    /// Sent with its length; nil sends no body.
    public var body: [UInt8]?
    /// From the call to the last byte of the body, waiting for a connection included. Default 30 s.
    public var deadline: Duration
    /// Limit for the decompressed body. Default 8 MiB.
    public var maximumBodyBytes: Int

    public init(
        method: Method = .get,
        url: String,
        headers: RequestHeaders = [:],
        body: [UInt8]? = nil,
        deadline: Duration = .seconds(30),
        maximumBodyBytes: Int = 8 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.maximumBodyBytes = maximumBodyBytes
    }
}

/// Header fields to send, in order, duplicates allowed.
public struct RequestHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// The fields as they will be sent.
    public private(set) var fields: [(name: String, value: String)]

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// From pairs made elsewhere.
    public init(_ fields: [(name: String, value: String)]) { self.fields = fields }

    /// Adds a field after the others.
    public mutating func append(_ name: String, _ value: String) { fields.append((name: name, value: value)) }

    /// Whether a field of this lower-case name is present.
    func contains(lowercase name: StaticString) -> Bool {
        fields.contains { equalsIgnoringCase($0.name.utf8, name) }
    }

    /// The first name that may not be sent, or whose value could end the line, if any.
    func firstFault() -> String? {
        for (name, value) in fields {
            if name.utf8.isEmpty || !name.utf8.allSatisfy(isTokenByte) { return "A header name is not a token." }
            if !value.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 }) {
                return "The value of header \(name) holds a control or non-ASCII character."
            }
            for owned in ownedByTheLibrary where equalsIgnoringCase(name.utf8, owned) {
                return "Header \(name) is set by the client itself."
            }
        }
        return nil
    }
}

private let ownedByTheLibrary: [StaticString] = ["host", "content-length", "transfer-encoding", "connection", "expect"]

/// RFC 9110 §5.6.2 `tchar`.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}

/// Compares ASCII without regard to case; `expected` is lower-case.
func equalsIgnoringCase(_ bytes: some Collection<UInt8>, _ expected: StaticString) -> Bool {
    guard bytes.count == expected.utf8CodeUnitCount else { return false }
    return unsafe zip(bytes, UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount))
        .allSatisfy { lowercased($0) == $1 }
}

func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
