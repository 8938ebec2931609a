public import FleetCore

/// A name and its value, in a query or a header.
public struct Field: Hashable, Sendable {
    /// The name as sent.
    public let name: String
    /// The value before any encoding.
    public let value: String
    /// The value as a query carries it, where the platform has an encoding of its own; nil for the usual one.
    public let encoded: String?

    /// A name and its value.
    public init(_ name: String, _ value: String, encoded: String? = nil) {
        self.name = name
        self.value = value
        self.encoded = encoded
    }
}

/// A request that a platform's code wants sent: a value, without any token. The sender adds the authorization.
public struct PlatformRequest: Hashable, Sendable {
    /// The two methods that platforms use for reading.
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// The method.
    public var method: Method
    /// Scheme, host and port, for example `https://graph.facebook.com`.
    public var origin: String
    /// The path from the leading slash, with every segment already safe to send.
    public var path: String
    /// The query in the order it is sent, not yet encoded.
    public var query: [Field]
    /// Headers besides authorization.
    public var headers: [Field]
    /// The header that carries the bare token; nil for `Authorization: Bearer`.
    public var tokenHeader: String?
    /// The body of a POST.
    public var body: [UInt8]
    /// What the platform's code asked for, for reading the answer: a number of its own.
    public var purpose: UInt8
    /// The local days that the request covers, where it covers days.
    public var window: ClosedRange<CivilDate>?
    /// The platform's id of the post asked about, or nil for the account.
    public var post: String?
    /// The platform's ids of all the objects asked about in one call, in the order of the request.
    public var items: [String]
    /// The platform's names of the metrics asked for, in the order of the request.
    public var metrics: [String]
    /// The family of calls that limits and the circuit breaker count it under.
    public var endpoint: String
    /// What it costs in the platform's own units.
    public var units: Int
    /// What it costs at most in millionths of a US dollar.
    public var microDollars: Int64

    /// A request; the defaults describe a GET without query.
    public init(
        _ method: Method = .get,
        origin: String,
        path: String,
        query: [Field] = [],
        headers: [Field] = [],
        tokenHeader: String? = nil,
        body: [UInt8] = [],
        purpose: UInt8 = 0,
        window: ClosedRange<CivilDate>? = nil,
        post: String? = nil,
        items: [String] = [],
        metrics: [String] = [],
        endpoint: String = "",
        units: Int = 1,
        microDollars: Int64 = 0
    ) {
        self.method = method
        self.origin = origin
        self.path = path
        self.query = query
        self.headers = headers
        self.tokenHeader = tokenHeader
        self.body = body
        self.purpose = purpose
        self.window = window
        self.post = post
        self.items = items
        self.metrics = metrics
        self.endpoint = endpoint
        self.units = units
        self.microDollars = microDollars
    }

    /// The whole address, with the query percent-encoded.
    public var url: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(origin.utf8.count + path.utf8.count + 256)
        bytes.append(contentsOf: origin.utf8)
        bytes.append(contentsOf: path.utf8)
        for (index, field) in query.enumerated() {
            bytes.append(UInt8(ascii: index == 0 ? "?" : "&"))
            bytes.appendQueryPart(field.name)
            bytes.append(UInt8(ascii: "="))
            if let encoded = field.encoded {
                bytes.append(contentsOf: encoded.utf8)
            } else {
                bytes.appendQueryPart(field.value)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value of a query field, or nil.
    public func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

extension [UInt8] {
    /// Appends a name or value of a query. Commas, colons and parentheses stay, as the platforms write lists with them.
    mutating func appendQueryPart(_ text: String) {
        if text.utf8.allSatisfy(\.staysInQuery) { return append(contentsOf: text.utf8) }
        for byte in text.utf8 {
            if byte.staysInQuery {
                append(byte)
            } else {
                append(UInt8(ascii: "%"))
                append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 55 + $0 })
            }
        }
    }
}

extension UInt8 {
    /// Letters, digits and `-._~,:()`, as two words of bits.
    fileprivate var staysInQuery: Bool {
        switch self {
        case 0..<64: 0x07FF_7300_0000_0000 >> UInt64(self) & 1 != 0
        case 64..<128: 0x47FF_FFFE_87FF_FFFE >> UInt64(self - 64) & 1 != 0
        default: false
        }
    }
}
