internal import FleetCore
internal import JSON
internal import Platforms

/// Threads, whose interface is of Graph's family.
struct SimulatedThreads: SimulatedGraph {
    let name = PlatformName.threads
    let host = "https://graph.threads.net"
    let useCase = "threads"
    let tooManyCalls = GraphFault.tooManyCallsOfProfile
    let tokenStatus = 401
    let accountInsights = "threads_insights"
    let lists: Set<String> = ["threads"]

    /// The published limit follows from how often a profile is seen: none holds unless it is set.
    let limits: [BudgetRule] = []

    let postMetrics: [GraphPostMetric] = [
        GraphPostMetric("views", .views),
        GraphPostMetric("likes", .likes),
        GraphPostMetric("replies", .comments),
        GraphPostMetric("reposts", .reposts),
        GraphPostMetric("quotes", .quotes),
        GraphPostMetric("shares", .shares),
    ]

    func unknownMetric(_ name: String, at position: Int, known: [String]) -> GraphFault {
        .unknownMetric(position: position, known: known)
    }

    func floor(of post: TruePost, _ page: GraphPage) -> GraphFault? {
        page.call.access.holds("threads_manage_insights") ? nil : .applicationLacksPermission
    }

    func write(
        _ field: GraphField,
        of account: SimulatedAccount,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        switch field.name {
        case "username": writer.field("username", account.username)
        case "name": writer.field("name", account.username)
        default: throw .unknownField(field.name)
        }
    }

    func write(
        _ field: GraphField,
        of post: TruePost,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        switch field.name {
        case "timestamp": writer.field("timestamp", GraphServing.stamp(post.publishedAt))
        case "media_type": writer.field("media_type", post.kind.threadsType)
        case "media_product_type": writer.field("media_product_type", "THREADS")
        case "permalink": writer.field("permalink", "https://www.threads.net/t/\(post.id.externalID)")
        case "text": writer.field("text", "Post \(post.id.number)")
        default: throw .unknownField(field.name)
        }
    }

    func insights(of account: SimulatedAccount, _ page: GraphPage) throws(GraphFault) -> [UInt8] {
        guard page.call.access.holds("threads_manage_insights") else { throw .applicationLacksPermission }
        let query = try ThreadsQuery(page)
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.array("data") { writer in
            for name in query.names { ThreadsEntry(name, account, query, page).write(&writer) }
        }
        let base = "\(host)/v1.0/\(account.externalID)/threads_insights?access_token=\(page.call.token)"
        writer.object("paging") { writer in
            writer.field("previous", "\(base)&until=\(query.since)")
            writer.field("next", "\(base)&since=\(query.until)")
        }
        writer.endObject()
        return writer.finish()
    }
}

extension PostKind {
    fileprivate var threadsType: String {
        switch self {
        case .image: "IMAGE"
        case .video, .reel, .short, .live: "VIDEO"
        case .carousel: "CAROUSEL_ALBUM"
        case .repost: "REPOST_FACADE"
        case .post, .story, .article, .pin: "TEXT_POST"
        }
    }
}
