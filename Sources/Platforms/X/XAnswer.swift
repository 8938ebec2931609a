internal import FleetCore
internal import JSON

/// Takes an answer of X apart: objects under `data`, problems of single objects under `errors`, the next page under `meta`.
struct XAnswer {
    static let ratePrefix = "x-rate-limit"

    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant
    var page = SamplePage()
    private var problem = ProblemDocument()
    private var problems: [ProblemDocument] = []
    private var hasData = false

    init(_ request: PlatformRequest, _ response: PlatformResponse, _ collectedAt: Instant) {
        self.request = request
        self.response = response
        self.collectedAt = collectedAt
    }

    /// Reads the whole answer.
    mutating func read() -> PlatformAnswer {
        guard let endpoint = XEndpoint(rawValue: request.purpose) else {
            return .error(PlatformError(.malformed, reason: "unknown_purpose"))
        }
        if endpoint == .token { return TokenEndpoint.answer(response, to: request) }
        do throws(JSONError) {
            var reader = JSONReader(response.body)
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "data": try readData(&reader, endpoint)
                case "errors": try readProblems(&reader)
                case "meta": try readMeta(&reader)
                default: try problem.take(key, &reader)
                }
            }
            try reader.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return answer
    }

    /// Problems of single objects leave the rest of the page good. One that names no object and leaves no data speaks of the
    /// whole answer.
    private var answer: PlatformAnswer {
        guard (200...299).contains(response.status) else { return .error(error(of: wholeProblem)) }
        var page = page
        for problem in problems {
            let resource = problem.resource.isEmpty ? soleItem : problem.resource
            guard let resource else {
                if !hasData { return .error(error(of: problem)) }
                page.skipped.append(.init(metric: problem.field, reason: problem.typeWord))
                continue
            }
            let error = problem.classified(by: XErrorRule.items, response, at: collectedAt)
            let item = SamplePage.ItemError(error: error, item: resource)
            if !page.itemErrors.contains(item) { page.itemErrors.append(item) }
        }
        return .page(page)
    }

    private func error(of problem: ProblemDocument) -> PlatformError {
        problem.classified(by: XErrorRule.answers, response, at: collectedAt)
    }

    /// The problem of a refused answer: what it says at the top, and what its first error adds.
    private var wholeProblem: ProblemDocument {
        guard let first = problems.first else { return problem }
        var whole = problem
        if whole.typeName.isEmpty || whole.type == "about:blank" { whole.type = first.type }
        if whole.reason.isEmpty { whole.reason = first.reason }
        if whole.code.isEmpty { whole.code = first.code }
        return whole
    }

    /// The only object asked about, which a problem that names none must be about.
    private var soleItem: String? { request.post ?? (request.items.count == 1 ? request.items[0] : nil) }

    private mutating func readProblems(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            problems.append(try ProblemDocument(&reader))
        }
    }

    /// An answer says `next_token`, the request that follows says `pagination_token`.
    private mutating func readMeta(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            guard key == "next_token" else { continue }
            let token = try reader.wordIfScalar()
            if !token.isEmpty { page.next = .query([Field("pagination_token", token)]) }
        }
    }

    private mutating func readData(_ reader: inout JSONReader, _ endpoint: XEndpoint) throws(JSONError) {
        guard (200...299).contains(response.status) else { return }
        for range in try objects(&reader) {
            hasData = true
            switch endpoint {
            case .me, .users: try readUser(range)
            case .timeline, .posts, .post: try readPost(range, isListed: endpoint == .timeline)
            case .postAnalytics, .mediaAnalytics: try readAnalytics(range)
            case .usage, .token: break
            }
        }
    }

    /// The objects at the reader's place: one, or a list of them. Analytics answers up to version 2.166 put the list into
    /// another `data`.
    private func objects(_ reader: inout JSONReader) throws(JSONError) -> [Range<Int>] {
        switch try reader.peek() {
        case .object:
            let range = try reader.rawSlice()
            var inner = JSONReader(response.body, range: range)
            try inner.beginObject()
            while let key = try inner.nextKey() {
                if key == "data" { return try objects(&inner) }
            }
            return [range]
        case .array:
            var ranges: [Range<Int>] = []
            try reader.beginArray()
            while try reader.nextElement() { ranges += try objects(&reader) }
            return ranges
        case .string, .number, .bool, .null:
            try reader.skip()
            return []
        }
    }

    /// A user's levels. Another user's than the account's must not be taken for its own.
    private mutating func readUser(_ range: Range<Int>) throws(JSONError) {
        let id = try JSONReader.word(["id"], in: range, of: response.body)
        if let id, request.items.count == 1, id != request.items[0] {
            page.skipped.append(.init(metric: "public_metrics", reason: "other_account"))
            return
        }
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "public_metrics" else { continue }
            let now = collectedAt
            try page.readMembers(&reader, XMetrics.user, group: "public_metrics") {
                .asOf(now, $0, post: nil)
            }
        }
    }
}
