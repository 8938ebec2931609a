internal import FleetCore
internal import JSON

/// Takes an answer of TikTok apart: `data` and an `error` that says `ok`, or the Business envelope, whose `code` is zero.
struct TikTokAnswer {
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant
    private var page = SamplePage()
    private var found: Set<String> = []
    private var cursor: JSONValue?
    private var hasMore = false

    init(_ request: PlatformRequest, _ response: PlatformResponse, _ collectedAt: Instant) {
        self.request = request
        self.response = response
        self.collectedAt = collectedAt
    }

    /// Reads the whole answer.
    mutating func read() -> PlatformAnswer {
        guard let endpoint = TikTokEndpoint(rawValue: request.purpose) else {
            return .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
        if endpoint == .token { return TokenEndpoint.answer(response, to: request) }
        var code = ""
        do throws(JSONError) {
            var reader = JSONReader(response.body)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "data": try readData(&reader, endpoint)
                case "error":
                    let problem = try ProblemDocument(&reader)
                    if code.isEmpty { code = problem.code }
                case "code": code = try reader.wordIfScalar()
                default: break
                }
            }
            try reader.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        guard (200...299).contains(response.status), ["", "ok", "0"].contains(code) else {
            return .error(TikTokErrorRule.classify(code, response, isBusiness: endpoint.isBusiness))
        }
        finish(endpoint)
        return .page(page)
    }

    /// Names the videos that are missing, and the next page.
    private mutating func finish(_ endpoint: TikTokEndpoint) {
        if endpoint == .videoQuery {
            // Deleted, private and foreign ids are left out in silence.
            for id in request.items where !found.contains(id) {
                page.itemErrors.append(.init(error: PlatformError(.notFound), item: id))
            }
        }
        guard hasMore, let cursor else { return }
        if endpoint == .videoList {
            page.next = .body(JSONValue.object([.init("cursor", cursor)]).rendered())
        } else if endpoint == .businessVideos {
            page.next = .query([Field("cursor", String(decoding: cursor.rendered(), as: UTF8.self))])
        }
    }

    private mutating func readData(_ reader: inout JSONReader, _ endpoint: TikTokEndpoint) throws(JSONError) {
        if endpoint == .businessAccount { return try readAccount(&reader, endpoint) }
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "user" where endpoint == .userInfo: try readAccount(&reader, endpoint)
            case "videos" where endpoint != .userInfo: try readVideos(&reader, endpoint)
            case "cursor": cursor = try TikTokAnswer.cursor(&reader)
            case "has_more":
                if try reader.peek() == .bool { hasMore = try reader.bool() }
            default: break
            }
        }
    }

    /// A cursor goes back as it came: a number or a text.
    private static func cursor(_ reader: inout JSONReader) throws(JSONError) -> JSONValue? {
        switch try reader.peek() {
        case .string, .number: return try JSONValue(reading: &reader)
        case .object, .array, .bool, .null:
            try reader.skip()
            return nil
        }
    }

    private mutating func readAccount(_ reader: inout JSONReader, _ endpoint: TikTokEndpoint) throws(JSONError) {
        let now = collectedAt
        try page.readMembers(&reader, endpoint.table, group: "user") { .asOf(now, $0, post: nil) }
    }

    private mutating func readVideos(_ reader: inout JSONReader, _ endpoint: TikTokEndpoint) throws(JSONError) {
        guard try reader.enterArray() else { return }
        let names = endpoint.isBusiness ? ["item_id", "video_id", "id"] : ["id"]
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            let range = try reader.rawSlice()
            guard let id = try JSONReader.word(names, in: range, of: response.body) else { continue }
            found.insert(id)
            let now = collectedAt
            var video = JSONReader(response.body, range: range)
            try page.readMembers(&video, endpoint.table, post: id) { .asOf(now, $0, post: id) }
            if endpoint != .videoQuery { page.posts.append(try discovered(id, in: range)) }
        }
    }

    private func discovered(_ id: String, in range: Range<Int>) throws(JSONError) -> DiscoveredPost {
        let created = try JSONReader.word(["create_time"], in: range, of: response.body).flatMap { Int64($0) }
        // Within the years 1970 to 9999.
        let seconds = created.flatMap { (0...253_402_300_799).contains($0) ? $0 : nil }
        return DiscoveredPost(externalID: id, publishedAt: seconds.map { Instant(seconds: $0) }, kind: .video)
    }
}
