/// The content properties of AMQP 0-9-1. Texts are at most 255 bytes; the delivery mode is not here because every message
/// that is sent is persistent.
///
/// What most messages leave out lies in a box of its own: deliveries are moved often, and the size of this struct is what
/// that costs.
public struct Properties: Sendable, Equatable {
    public var contentType: String?
    public var type: String?
    public var messageID: String?
    public var headers: [Field] = []
    private var seldom: Seldom?

    public init(contentType: String? = nil, type: String? = nil, messageID: String? = nil, headers: [Field] = []) {
        self.contentType = contentType
        self.type = type
        self.messageID = messageID
        self.headers = headers
    }

    public var correlationID: String? {
        get { seldom?.values.correlationID }
        set { change { $0.correlationID = newValue } }
    }
    /// Seconds since 1970, UTC.
    public var timestamp: UInt64? {
        get { seldom?.values.timestamp }
        set { change { $0.timestamp = newValue } }
    }
    public var priority: UInt8? {
        get { seldom?.values.priority }
        set { change { $0.priority = newValue } }
    }
    /// The message's own time to live in milliseconds, as decimal text.
    public var expiration: String? {
        get { seldom?.values.expiration }
        set { change { $0.expiration = newValue } }
    }
    public var contentEncoding: String? {
        get { seldom?.values.contentEncoding }
        set { change { $0.contentEncoding = newValue } }
    }
    public var replyTo: String? {
        get { seldom?.values.replyTo }
        set { change { $0.replyTo = newValue } }
    }
    public var userID: String? {
        get { seldom?.values.userID }
        set { change { $0.userID = newValue } }
    }
    public var appID: String? {
        get { seldom?.values.appID }
        set { change { $0.appID = newValue } }
    }
    /// A header table that is already encoded, sent instead of `headers`: lets a test send what no well-meaning client would.
    package var encodedHeaders: [UInt8]? {
        get { seldom?.values.encodedHeaders }
        set { change { $0.encodedHeaders = newValue } }
    }

    /// Whether any of the seldom ones is set.
    var hasSeldom: Bool { seldom != nil }

    /// Those of them that travel as short strings.
    var seldomTexts: [String?] { [correlationID, expiration, contentEncoding, replyTo, userID, appID] }

    private mutating func change(_ body: (inout Seldom.Values) -> Void) {
        var values = seldom?.values ?? Seldom.Values()
        body(&values)
        seldom = values == Seldom.Values() ? nil : Seldom(values)
    }

    /// Immutable, so that copies may share it.
    private final class Seldom: Sendable, Equatable {
        struct Values: Sendable, Equatable {
            var correlationID: String?
            var timestamp: UInt64?
            var priority: UInt8?
            var expiration: String?
            var contentEncoding: String?
            var replyTo: String?
            var userID: String?
            var appID: String?
            var encodedHeaders: [UInt8]?
        }

        let values: Values
        init(_ values: Values) { self.values = values }

        static func == (left: Seldom, right: Seldom) -> Bool { left.values == right.values }
    }
}
