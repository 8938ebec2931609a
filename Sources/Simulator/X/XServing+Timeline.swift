internal import FleetCore
internal import JSON
internal import Platforms

extension XServing {
    /// How far back a timeline goes.
    private static let depth = 3200

    /// The posts of an account, newest first. Without any, `data` is missing.
    func timeline(of id: String) throws(XProblem) -> SimulatedReply {
        try require("tweet.read")
        try checkFields()
        let most = try number("max_results", in: 5...100) ?? 10
        let (start, end) = (try instant("start_time"), try instant("end_time"))
        guard let account = world.account(.x, id) else {
            return partial(nil, [.notFound(id, "user", "id", seed)]) { _ in }
        }
        let latest = end.map { min($0 - .seconds(1), call.now) } ?? call.now
        let count = truth.curves.published(account.number, until: call.now)
        var before = truth.curves.published(account.number, until: latest)
        if let token = call.value("pagination_token") {
            guard let number = XServing.number(token: token) else { throw .invalid("Invalid pagination_token.", seed) }
            before = min(before, number)
        }
        let sinceID = call.value("since_id").flatMap { SimulatedPost(.x, externalID: $0)?.number } ?? -1
        let posts = truth.posts(account, before: before, limit: most + 1, at: call.now).filter { post in
            start.map { post.publishedAt >= $0 } ?? true && post.id.number > sinceID
                && post.id.number >= count - XServing.depth
        }
        let page = Array(posts.prefix(most))
        var reply = SimulatedReply.json { writer in
            write(page, next: posts.count > most ? page.last?.id.number : nil, &writer)
        }
        reply.bill = bill(page)
        return reply
    }

    private func write(_ page: [TruePost], next: Int?, _ writer: inout JSONWriter) {
        writer.beginObject()
        if !page.isEmpty {
            writer.array("data") { writer in
                for post in page { XPostWriter(self, post).write(&writer) }
            }
        }
        writer.object("meta") { writer in
            writer.field("result_count", page.count)
            if let first = page.first, let last = page.last {
                writer.field("newest_id", first.id.externalID)
                writer.field("oldest_id", last.id.externalID)
            }
            if let next { writer.field("next_token", XServing.token(number: next)) }
        }
        writer.endObject()
    }

    private static func token(number: Int) -> String { "7140sim" + String(number, radix: 36) }

    private static func number(token: String) -> Int? {
        token.hasPrefix("7140sim") ? Int(token.dropFirst(7), radix: 36) : nil
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(XProblem) -> Int? {
        guard let text = call.value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid("The `\(name)` query parameter value [\(text)] is not between \(range).", seed)
        }
        return number
    }

    func instant(_ name: String) throws(XProblem) -> Instant? {
        guard let text = call.value(name) else { return nil }
        guard let instant = Instant(text) else {
            throw .invalid("Invalid '\(name)':'\(text)'. RFC 3339 is required.", seed)
        }
        // A time to come is refused, as is one of this very moment.
        guard instant <= call.now - .seconds(name == "end_time" ? 5 : 0) else {
            throw .invalid("Invalid '\(name)':'\(text)'. It must be in the past.", seed)
        }
        return instant
    }
}
