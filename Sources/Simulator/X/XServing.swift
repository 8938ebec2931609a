internal import FleetCore
internal import JSON
internal import Platforms

/// The answers of X to one call.
struct XServing {
    let call: SimulatedCall
    let world: World

    var truth: PlatformTruth { world[.x] }
    var seed: UInt64 { world.options.seed }
    /// Whether the call asks with the new names of parameters, and is answered with the new names of fields.
    var hasNewNames: Bool { call.value("post.fields") != nil }
    /// Fields of posts that the call asks for.
    var postFields: [String] { hasNewNames ? call.list("post.fields") : call.list("tweet.fields") }

    static let userPrice: Int64 = 10_000
    static let postPrice: Int64 = 5000

    // MARK: Users

    func me() throws(XProblem) -> SimulatedReply {
        try require("users.read")
        guard let owner = call.access.owner else { throw .unauthorized }
        var reply = SimulatedReply.json { writer in
            writer.beginObject()
            writer.key("data")
            write(owner, &writer)
            writer.endObject()
        }
        reply.bill = [.init(id: "user:\(owner.externalID)", microDollars: XServing.userPrice)]
        return reply
    }

    func users(_ ids: [String]) throws(XProblem) -> SimulatedReply {
        try require("users.read")
        guard (1...100).contains(ids.count) else { throw .invalid("The number of ids must be 1 to 100.", seed) }
        let isSingle = call.segments.count == 3
        let found = ids.compactMap { world.account(.x, $0) }
        let missing = ids.filter { world.account(.x, $0) == nil }
            .map { XProblem.notFound($0, "user", isSingle ? "id" : "ids", seed) }
        var reply = partial(found.isEmpty ? nil : isSingle, missing) { writer in
            for account in found { write(account, &writer) }
        }
        reply.bill = found.map { .init(id: "user:\($0.externalID)", microDollars: XServing.userPrice) }
        return reply
    }

    private func write(_ account: SimulatedAccount, _ writer: inout JSONWriter) {
        func level(_ metric: MetricID) -> Int64 { truth.level(account.number, metric, at: call.now) ?? 0 }
        writer.beginObject()
        writer.field("id", account.externalID)
        writer.field("name", "Simulated \(account.number)")
        writer.field("username", "sim_account_\(account.number)")
        if call.list("user.fields").contains("public_metrics") {
            writer.object("public_metrics") { writer in
                writer.field("followers_count", level(.followers))
                writer.field("following_count", level(.following))
                // Nobody knows which of the names an answer uses.
                writer.key(dynamic: seed & 1 == 0 ? "tweet_count" : "post_count")
                writer.int(level(.posts))
                writer.field("listed_count", level(.listed))
                // Likes that the user gave.
                writer.key("like_count")
                writer.null()
            }
        }
        writer.endObject()
    }

    // MARK: Posts by id

    func posts(_ ids: [String]) throws(XProblem) -> SimulatedReply {
        try require("tweet.read")
        guard (1...100).contains(ids.count) else { throw .invalid("The number of ids must be 1 to 100.", seed) }
        return try lookup(ids, parameter: "ids", isSingle: false)
    }

    func post(_ id: String) throws(XProblem) -> SimulatedReply {
        try require("tweet.read")
        return try lookup([id], parameter: "id", isSingle: true)
    }

    private func lookup(_ ids: [String], parameter: String, isSingle: Bool) throws(XProblem) -> SimulatedReply {
        try checkFields()
        let found = ids.compactMap { world.post(.x, $0, at: call.now) }
        var problems = ids.filter { world.post(.x, $0, at: call.now) == nil }
            .map { XProblem.notFound($0, "tweet", parameter, seed) }
        for post in found { problems += refusedFields(post).map { .notAuthorized($0, of: post.id.externalID, seed) } }
        var reply = partial(found.isEmpty ? nil : isSingle, problems) { writer in
            for post in found { XPostWriter(self, post).write(&writer) }
        }
        reply.bill = bill(found)
        return reply
    }

    /// What of the private numbers X does not tell of a post: anything of others, anything after thirty days, and what a
    /// post that was never promoted has not.
    func refusedFields(_ post: TruePost) -> [String] {
        let isOwn = post.id.account == call.access.owner
        let isYoung = call.now < post.publishedAt + .hours(30 * 24)
        return postFields.filter { field in
            switch field {
            case "non_public_metrics", "organic_metrics": !isOwn || !isYoung
            case "promoted_metrics": true
            default: false
            }
        }
    }

    // MARK: What answers share

    func bill(_ posts: [TruePost]) -> [SimulatedReply.BilledResource] {
        posts.map { .init(id: "post:\($0.id.externalID)", microDollars: XServing.postPrice) }
    }

    func require(_ scope: String) throws(XProblem) {
        guard call.access.holds(scope) else { throw .missingScope(scope) }
    }

    /// Refuses a field that is not served any more.
    func checkFields() throws(XProblem) {
        for field in postFields where world.isRetired(.x, field, at: call.now) {
            throw .invalid("The field \(field) is not one of the valid values.", seed)
        }
    }

    /// Data and problems side by side: a list, one object, or with nil no data at all.
    func partial(
        _ isSingle: Bool?,
        _ problems: [XProblem],
        _ write: (inout JSONWriter) -> Void
    ) -> SimulatedReply {
        .json { writer in
            writer.beginObject()
            if let isSingle {
                writer.key("data")
                if isSingle {
                    write(&writer)
                } else {
                    writer.beginArray()
                    write(&writer)
                    writer.endArray()
                }
            }
            if !problems.isEmpty {
                writer.array("errors") { writer in
                    for problem in problems { problem.write(&writer) }
                }
            }
            writer.endObject()
        }
    }
}
