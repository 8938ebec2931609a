internal import FleetCore
internal import JSON

/// Takes an answer of Pinterest apart.
struct PinterestAnswer {
    static let ratePrefix = "x-ratelimit"

    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant
    var page = SamplePage()
    private var problem = ProblemDocument()

    init(_ request: PlatformRequest, _ response: PlatformResponse, _ collectedAt: Instant) {
        self.request = request
        self.response = response
        self.collectedAt = collectedAt
    }

    /// Reads the whole answer.
    mutating func read() -> PlatformAnswer {
        guard let endpoint = PinterestEndpoint(rawValue: request.purpose) else {
            return .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
        if endpoint == .token { return TokenEndpoint.answer(response, to: request) }
        let isGood = (200...299).contains(response.status)
        do throws(JSONError) {
            if isGood, endpoint == .pin { try readPin(0..<response.body.count) }
            var reader = JSONReader(response.body)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if isGood {
                    try readMember(key, &reader, endpoint)
                } else {
                    try problem.take(key, &reader)
                }
            }
            try reader.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return isGood ? .page(page) : .error(problem.classifiedByPinterest(response.status, response, at: collectedAt))
    }

    private mutating func readMember(
        _ key: JSONText,
        _ reader: inout JSONReader,
        _ endpoint: PinterestEndpoint
    ) throws(JSONError) {
        let now = collectedAt
        switch endpoint {
        case .account:
            try page.readMember(key, &reader, PinterestMetrics.account, since: 0) { .asOf(now, $0, post: nil) }
        case .pins:
            if key == "items" { try readPins(&reader) }
            if key == "bookmark", let bookmark = try reader.textIfString()?.string, !bookmark.isEmpty {
                page.next = .query([Field("bookmark", bookmark)])
            }
        case .accountAnalytics: try readSeries(&reader, name: key, post: nil)
        case .pinAnalytics: try readSeries(&reader, name: key, post: request.post)
        case .pinsAnalytics: try readAnalytics(of: key.string, &reader)
        case .pin, .token: break
        }
    }

    private mutating func readPins(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            try readPin(try reader.rawSlice())
        }
    }

    /// A pin with its lifetime numbers; `pin_metrics` may be null, and holds a rolling window that is not collected.
    private mutating func readPin(_ range: Range<Int>) throws(JSONError) {
        guard let id = try JSONReader.word(["id"], in: range, of: response.body) ?? request.post else { return }
        let now = collectedAt
        var pin = DiscoveredPost(externalID: id, kind: .pin)
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "created_at":
                pin.publishedAt = try reader.textIfString().flatMap { PinterestAnswer.instant($0.string) }
            case "media": if try PinterestAnswer.isVideo(&reader) { pin.kind = .video }
            case "pin_metrics":
                guard try reader.enterObject() else { continue }
                while let key = try reader.nextKey() {
                    guard key == "lifetime_metrics" else { continue }
                    try page.readMembers(&reader, PinterestMetrics.pin, group: "lifetime_metrics", post: id) {
                        .asOf(now, $0, post: id)
                    }
                }
            default: break
            }
        }
        page.posts.append(pin)
    }

    private static func isVideo(_ reader: inout JSONReader) throws(JSONError) -> Bool {
        guard try reader.enterObject() else { return false }
        var isVideo = false
        while let key = try reader.nextKey() {
            if key == "media_type", let type = try reader.textIfString() { isVideo = type == "video" }
        }
        return isVideo
    }

    /// An instant without a zone is UTC.
    private static func instant(_ text: String) -> Instant? { Instant(text) ?? Instant(text + "Z") }
}

extension ProblemDocument {
    /// The class of a code and message, by the status that goes with the code.
    func classifiedByPinterest(_ status: Int, _ response: PlatformResponse, at now: Instant) -> PlatformError {
        var error = PlatformError(.unclassified, reason: "http_\(status)", code: number)
        func set(_ kind: PlatformError.Class, _ reason: String? = nil) {
            error.kind = kind
            error.reason = reason
        }
        switch (status, number) {
        case (401, _): set(.authExpired)
        case (403, _): set(.permission)
        case (404, _): set(.notFound)
        case (429, _):
            set(.rateLimited)
            let headers = RateHeaders(response, prefix: PinterestAnswer.ratePrefix, at: now)
            error.retryAfter = headers.wait(from: now).map { max(0, $0) } ?? response.retryAfter
        case (408, _), (500..., _): set(.transient)
        case (400..., _): set(.malformed, "invalid_request")
        default: break
        }
        return error
    }

    /// The status that goes with the code of an error inside an answer that is good otherwise.
    var pinterestStatus: Int {
        switch number {
        case 1: 400
        case 2: 401
        case 8: 429
        case 50: 404
        default: 200
        }
    }
}
