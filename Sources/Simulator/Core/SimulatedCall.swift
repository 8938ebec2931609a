internal import FleetCore
internal import JSON
internal import Platforms

/// A call as a simulated platform sees it.
struct SimulatedCall: Sendable {
    /// Whether it is a POST; everything else that is served is a GET.
    var isPost: Bool
    /// The path as sent, still percent-encoded, without the query.
    var path: String { didSet { segments = SimulatedCall.split(path) } }
    /// The path's segments.
    private(set) var segments: [Substring]
    /// The query, decoded.
    var query: [Field]
    /// The query as sent, still percent-encoded; empty when that is not known.
    var rawQuery: String
    /// The value of a header, by its name in any case.
    var header: @Sendable (String) -> String?
    /// The body of a POST.
    var body: [UInt8]
    /// The token, from the header, the query or the form; empty when there is none.
    var token: String
    /// When it came.
    var now: Instant
    /// What the token opens: filled in before a platform sees the call.
    var access = Access()

    init(
        isPost: Bool = false,
        path: String,
        query: [Field] = [],
        rawQuery: String = "",
        header: @escaping @Sendable (String) -> String? = { _ in nil },
        body: [UInt8] = [],
        token: String = "",
        now: Instant
    ) {
        self.isPost = isPost
        self.path = path
        segments = SimulatedCall.split(path)
        self.query = query
        self.rawQuery = rawQuery
        self.header = header
        self.body = body
        self.token = token
        self.now = now
    }

    private static func split(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: true)
    }

    /// The first value of a query field.
    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The first value of a query field split at commas; empty when it is absent.
    func list(_ name: String) -> [String] {
        value(name)?.split(separator: ",").map(String.init) ?? []
    }

    /// The fields of a form in the body.
    var form: [Field] { FormText.fields(body) }

    /// A field of the query, or of the form in the body.
    func parameter(_ name: String) -> String? {
        value(name) ?? (isPost ? form.first { $0.name == name }?.value : nil)
    }

    /// The body read as JSON, or nil when it is none.
    var json: JSONValue? { try? JSONValue(parsing: body) }
}

/// What a call's token opens.
struct Access: Sendable {
    /// How a token stands.
    enum Standing: Sendable {
        /// There was none.
        case absent
        /// It was never issued.
        case unknown
        /// It ran out.
        case expired
        /// The user took the permission back, or the refresh that replaced it killed it.
        case revoked
        /// It is accepted.
        case good
    }

    var standing = Standing.absent
    /// The token, when it was ever issued.
    var token: SimulatedToken?
    /// What the account's connection has lost of what the platform offers; usually nothing.
    var removedScopes: Set<String> = []

    /// Whose token it is, when it was ever issued.
    var account: SimulatedAccount? { token?.account }

    /// The account, when the token is accepted.
    var owner: SimulatedAccount? { standing == .good ? account : nil }

    /// Whether the connection holds a scope.
    func holds(_ scope: String) -> Bool { removedScopes.isEmpty || !removedScopes.contains(scope) }
}

/// What a simulated platform answers.
struct SimulatedReply: Sendable {
    /// How the answer travels: faults beyond what a platform says.
    enum Delivery: Sendable, Equatable {
        case whole
        /// So many bytes a second.
        case slow(Int)
        /// The connection is cut after so many bytes of the body.
        case cut(after: Int)
    }

    var status = 200
    var headers: [Field] = []
    var body: [UInt8] = []
    var delivery = Delivery.whole
    /// How long the answer is held back beyond the latency of all answers.
    var delay: Duration = .zero
    /// What is billed, for platforms that cost money: each resource once per UTC day.
    var bill: [BilledResource] = []

    /// A resource that was read, and its price in millionths of a US dollar.
    struct BilledResource: Hashable, Sendable {
        var id: String
        var microDollars: Int64
    }

    /// JSON with a status.
    static func json(_ body: [UInt8], status: Int = 200, headers: [Field] = []) -> SimulatedReply {
        SimulatedReply(
            status: status,
            headers: [Field("Content-Type", "application/json; charset=UTF-8")] + headers,
            body: body
        )
    }

    /// JSON that `write` makes.
    static func json(
        status: Int = 200,
        headers: [Field] = [],
        _ write: (inout JSONWriter) -> Void
    ) -> SimulatedReply {
        var writer = JSONWriter()
        write(&writer)
        return json(writer.finish(), status: status, headers: headers)
    }

    /// A page of HTML, as servers in front of a platform answer.
    static func page(_ status: Int, _ title: String) -> SimulatedReply {
        let page =
            "<!DOCTYPE html><html><head><title>\(title)</title></head><body>Sorry, something went wrong.</body></html>"
        return SimulatedReply(
            status: status,
            headers: [Field("Content-Type", "text/html; charset=utf-8")],
            body: Array(page.utf8)
        )
    }
}

/// Forms as browsers write them.
enum FormText {
    static func fields(_ bytes: [UInt8]) -> [Field] {
        bytes.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return Field(decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    /// Decodes `%XX` and `+`; a broken escape stays as it is.
    static func decoded(_ bytes: some Collection<UInt8>) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            let hex = bytes[index...].dropFirst().prefix(2)
            if byte == UInt8(ascii: "%"), hex.count == 2,
                let value = UInt8(String(decoding: hex, as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                index = hex.endIndex
            } else {
                decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index = bytes.index(after: index)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
