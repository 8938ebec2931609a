internal import FleetCore
internal import JSON
internal import Platforms

/// Facebook Pages in Graph's form.
struct SimulatedFacebook: SimulatedGraph {
    let name = PlatformName.facebook
    let host = "https://graph.facebook.com"
    let useCase = "pages"
    let tooManyCalls = GraphFault.tooManyCallsOfPage
    let tokenStatus = 400
    let accountInsights = "insights"
    let lists: Set<String> = ["posts", "feed", "published_posts"]

    /// The published limit follows from how many people a page engages, which is not simulated: none holds unless it is set.
    let limits: [BudgetRule] = []

    static let reactions = ["like", "love", "haha", "wow", "sorry", "anger"]

    let postMetrics: [GraphPostMetric] = [
        GraphPostMetric("post_media_view", .views),
        GraphPostMetric("post_total_media_view_unique", .reach),
        GraphPostMetric("post_clicks", .clicks),
        GraphPostMetric("post_clicks_by_type", .clicks, .object(["other clicks", "link clicks", "photo view"])),
        GraphPostMetric("post_reactions_by_type_total", .reactions, .object(reactions)),
        GraphPostMetric("post_video_views", .videoViews),
        GraphPostMetric("post_video_view_time", .watchTimeSeconds, isMilliseconds: true),
        GraphPostMetric("post_video_avg_time_watched", .avgWatchSeconds, isMilliseconds: true),
    ]

    /// Facebook does not say which metric it does not serve.
    func unknownMetric(_ name: String, at position: Int, known: [String]) -> GraphFault { .invalidMetric }

    // MARK: Fields

    func write(
        _ field: GraphField,
        of account: SimulatedAccount,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        guard page.call.access.holds("pages_read_engagement") else { throw .missingPageRole }
        func level(_ metric: MetricID) -> Int64 { page.truth.level(account.number, metric, at: page.now) ?? 0 }
        switch field.name {
        case "name": writer.field("name", account.username)
        case "followers_count": writer.field("followers_count", level(.followers))
        case "fan_count": writer.field("fan_count", level(.pageLikes))
        default: throw .unknownField(field.name)
        }
    }

    func write(
        _ field: GraphField,
        of post: TruePost,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        guard page.call.access.holds("pages_read_engagement") else { throw .missingPageRole }
        func figure(_ metric: MetricID) -> Int64 { page.truth.value(post, metric, at: page.now) ?? 0 }
        switch field.name {
        case "created_time": writer.field("created_time", GraphServing.stamp(post.publishedAt))
        case "message": writer.field("message", "Post \(post.id.number)")
        case "permalink_url": writer.field("permalink_url", "https://www.facebook.com/\(post.id.externalID)")
        case "status_type": writer.field("status_type", post.kind.facebookStatus)
        case "shares": writer.object("shares") { $0.field("count", figure(.shares)) }
        case "comments": try writeSummary("comments", figure(.comments), page, &writer)
        case "reactions": try writeSummary("reactions", figure(.reactions), page, &writer)
        case "likes": try writeSummary("likes", figure(.likes), page, &writer)
        default: throw .unknownField(field.name)
        }
    }

    private func writeSummary(
        _ key: String,
        _ count: Int64,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        guard page.call.access.holds("pages_read_user_content") else {
            throw .missingPermission("pages_read_user_content")
        }
        writer.key(dynamic: key)
        writer.beginObject()
        writer.field("data", [String]())
        writer.object("summary") { $0.field("total_count", count) }
        writer.endObject()
    }

    // MARK: Insights of the page

    /// Without the permission for insights, and below a hundred likes, the answer is an empty list and no error.
    func insights(of account: SimulatedAccount, _ page: GraphPage) throws(GraphFault) -> [UInt8] {
        guard page.call.access.holds("pages_read_engagement") else { throw .missingPageRole }
        let query = try FacebookQuery(page)
        let isSilent = !page.call.access.holds("read_insights") || page.truth.curves.isSmall(account.number)
        var writer = JSONWriter(capacity: 512 + query.metrics.count * query.days.count * 60)
        writer.beginObject()
        writer.array("data") { writer in
            guard !isSilent else { return }
            for metric in query.metrics { FacebookEntry(metric, account, query, page).write(&writer) }
        }
        let base =
            "\(host)/\(page.world.options.version)/\(account.externalID)/insights?access_token=\(page.call.token)"
        let (since, until) = (query.since, query.until)
        writer.object("paging") { writer in
            writer.field("previous", "\(base)&since=\(since - (until - since))&until=\(since)")
            writer.field("next", "\(base)&since=\(until)&until=\(until + (until - since))")
        }
        writer.endObject()
        return writer.finish()
    }
}

extension PostKind {
    fileprivate var facebookStatus: String {
        switch self {
        case .image, .carousel: "added_photos"
        case .video, .reel, .short, .live: "added_video"
        case .post, .story, .article, .pin, .repost: "mobile_status_update"
        }
    }
}
