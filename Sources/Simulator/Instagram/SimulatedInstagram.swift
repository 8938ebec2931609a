internal import FleetCore
internal import JSON
internal import Platforms

/// Instagram in Graph's form.
struct SimulatedInstagram: SimulatedGraph {
    let name = PlatformName.instagram
    let host = "https://graph.facebook.com"
    let useCase = "instagram"
    let tooManyCalls = GraphFault.tooManyCalls
    let tokenStatus = 400
    let accountInsights = "insights"
    let lists: Set<String> = ["media", "stories"]

    /// The published limit follows from an account's impressions, which no one reaches: none holds unless it is set.
    let limits: [BudgetRule] = []

    private static let feed: Set<PostKind> = [.image, .video, .carousel, .post]

    let postMetrics: [GraphPostMetric] = [
        GraphPostMetric("reach", .reach),
        GraphPostMetric("views", .views),
        GraphPostMetric("shares", .shares),
        GraphPostMetric("reposts", .reposts),
        GraphPostMetric("total_interactions", .engagements),
        GraphPostMetric("likes", .likes, for: feed.union([.reel])),
        GraphPostMetric("comments", .comments, for: feed.union([.reel])),
        GraphPostMetric("saved", .saves, for: feed.union([.reel])),
        GraphPostMetric("follows", .followersGained, for: feed.union([.story])),
        GraphPostMetric("profile_visits", .profileViews, for: feed.union([.story])),
        GraphPostMetric("profile_activity", .profileActions, for: feed.union([.story])),
        GraphPostMetric("replies", .replies, for: [.story]),
        GraphPostMetric("navigation", .storyNavigation, for: [.story]),
        GraphPostMetric("link_clicks", .linkClicks, for: [.story]),
        GraphPostMetric("ig_reels_avg_watch_time", .avgWatchSeconds, for: [.reel], isMilliseconds: true),
        GraphPostMetric("ig_reels_video_view_total_time", .watchTimeSeconds, for: [.reel], isMilliseconds: true),
        GraphPostMetric("reels_skip_rate", .skipRate, for: [.reel]),
    ]

    func unknownMetric(_ name: String, at position: Int, known: [String]) -> GraphFault {
        let isOld = InstagramQuery.retired.contains(name) || known.contains(name)
        return isOld ? .retired(name) : .unknownMetric(position: position, known: known)
    }

    /// Stories want five viewers, and media from before the account was a business have no figures at all.
    func floor(of post: TruePost, _ page: GraphPage) -> GraphFault? {
        guard page.call.access.holds("instagram_manage_insights") else {
            return .missingPermission("instagram_manage_insights")
        }
        if post.id.number == 0 { return .beforeConversion }
        let viewers = page.truth.value(post, .reach, at: page.now) ?? 0
        return post.kind == .story && viewers < 5 ? .notEnoughViewers : nil
    }

    func posts(
        of account: SimulatedAccount,
        _ edge: String,
        before: Int?,
        limit: Int,
        _ page: GraphPage
    ) -> [TruePost] {
        guard edge == "stories" else { return page.truth.posts(account, before: before, limit: limit, at: page.now) }
        let stories = page.truth.stories(account, at: page.now).filter { $0.id.number < before ?? .max }
        return Array(stories.prefix(limit))
    }

    // MARK: Fields

    func write(
        _ field: GraphField,
        of account: SimulatedAccount,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        func level(_ metric: MetricID) -> Int64 { page.truth.level(account.number, metric, at: page.now) ?? 0 }
        switch field.name {
        case "username": writer.field("username", account.username)
        case "followers_count": writer.field("followers_count", level(.followers))
        case "follows_count": writer.field("follows_count", level(.following))
        case "media_count": writer.field("media_count", level(.posts))
        default: throw .unknownField(field.name)
        }
    }

    func write(
        _ field: GraphField,
        of post: TruePost,
        _ page: GraphPage,
        _ writer: inout JSONWriter
    ) throws(GraphFault) {
        func figure(_ metric: MetricID) -> Int64 { page.truth.value(post, metric, at: page.now) ?? 0 }
        switch field.name {
        case "timestamp": writer.field("timestamp", GraphServing.stamp(post.publishedAt))
        case "media_type": writer.field("media_type", post.kind.instagramType)
        case "media_product_type": writer.field("media_product_type", post.kind.instagramProduct)
        case "permalink": writer.field("permalink", "https://www.instagram.com/p/\(post.id.externalID)/")
        case "caption": writer.field("caption", "Post \(post.id.number)")
        case "like_count":
            // The owner hides the likes of every sixteenth post.
            if post.id.number % 16 != 5 { writer.field("like_count", figure(.likes)) }
        case "comments_count": writer.field("comments_count", figure(.comments))
        default: throw .unknownField(field.name)
        }
    }

    // MARK: Insights of the account

    func insights(of account: SimulatedAccount, _ page: GraphPage) throws(GraphFault) -> [UInt8] {
        let (call, world, truth) = (page.call, page.world, page.truth)
        guard call.access.holds("instagram_manage_insights") else {
            throw .missingPermission("instagram_manage_insights")
        }
        if let demographics = try InstagramDemographics(page) { return demographics.answer(account, page) }
        let query = try InstagramQuery(call, world)
        let first = truth.zone.date(at: Instant(seconds: query.since))
        let last = truth.zone.date(at: Instant(seconds: query.until - 1))
        var writer = JSONWriter(capacity: 256 + query.metrics.count * 200)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        // Nothing is known of days to come: silence, not zero.
        if truth.zone.startOfDay(first) <= call.now {
            for metric in query.metrics {
                let entry = InstagramEntry(
                    truth: truth,
                    account: account,
                    metric: metric,
                    days: first...last,
                    now: call.now
                )
                if query.isTotal { entry.writeTotal(&writer, query) } else { entry.writeSeries(&writer, query.period) }
            }
        }
        writer.endArray()
        writePaging(&writer, call, account, query, world)
        writer.endObject()
        return writer.finish()
    }

    /// The paging of an insights edge shifts the window in both directions for ever.
    private func writePaging(
        _ writer: inout JSONWriter,
        _ call: SimulatedCall,
        _ account: SimulatedAccount,
        _ query: InstagramQuery,
        _ world: World
    ) {
        let length = query.until - query.since
        let base = "\(host)/\(world.options.version)/\(account.externalID)/insights?access_token=\(call.token)"
        writer.key("paging")
        writer.beginObject()
        writer.field("previous", "\(base)&since=\(query.since - length)&until=\(query.since)")
        writer.field("next", "\(base)&since=\(query.until)&until=\(query.until + length)")
        writer.endObject()
    }
}

extension PostKind {
    fileprivate var instagramType: String {
        switch self {
        case .carousel: "CAROUSEL_ALBUM"
        case .video, .reel, .short, .live: "VIDEO"
        case .post, .image, .story, .article, .pin, .repost: "IMAGE"
        }
    }

    fileprivate var instagramProduct: String {
        switch self {
        case .reel, .short: "REELS"
        case .story: "STORY"
        case .post, .image, .video, .carousel, .live, .article, .pin, .repost: "FEED"
        }
    }
}
