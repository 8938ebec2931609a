internal import FleetCore

/// Builds Instagram's requests: as few calls as the interface allows for what is wanted.
enum InstagramRequests {
    private typealias Group = InstagramMetrics.Group

    static let host = "https://graph.facebook.com"
    static let version = "v25.0"

    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        let plan = try GraphPlan(
            InstagramMetrics.dialect,
            assignment,
            origin: settings.origin ?? host,
            version: settings.version ?? version,
            title: "Instagram",
            served: served[assignment.collect] ?? []
        )
        switch assignment.collect {
        case .accountDaily: return accountDaily(plan)
        case .posts: return [list(plan, "media")]
        case .postMetrics: return postMetrics(plan)
        case .stories: return stories(plan)
        case .demographics: return demographics(plan)
        case .credentialRefresh: return []
        }
    }

    /// The canonical metrics that each collection can give.
    private static let served = Dictionary(uniqueKeysWithValues: CollectionKind.allCases.map { ($0, served(in: $0)) })

    private static func served(in collection: CollectionKind) -> Set<MetricID> {
        switch collection {
        case .accountDaily:
            InstagramMetrics.account.metrics.filled(by: Group.total, Group.follows)
                .union(InstagramMetrics.node.metrics.filled(by: Group.node))
        case .posts: InstagramMetrics.list.metrics.filled(by: Group.list)
        case .postMetrics: Set(InstagramMetrics.media.metrics.flatMap(\.fills))
        case .stories: InstagramMetrics.media.metrics.filled(by: Group.media, Group.story, Group.feedAndStory)
        case .demographics: InstagramMetrics.account.metrics.filled(by: Group.demographics)
        case .credentialRefresh: []
        }
    }

    /// One call a day for all totals, one for follows and unfollows, and one for the levels, each only when something of it
    /// is wanted. A total covers its whole window, so every day needs its own.
    private static func accountDaily(_ plan: GraphPlan) -> [PlatformRequest] {
        var requests: [PlatformRequest] = []
        for day in plan.assignment.days {
            let total = [Field("period", "day"), Field("metric_type", "total_value")]
            let totals = plan.names(in: Group.total, of: InstagramMetrics.account, on: day)
            if !totals.isEmpty { requests.append(plan.insights(totals, over: day...day, total)) }
            let follows = plan.names(in: Group.follows, of: InstagramMetrics.account, on: day)
            if !follows.isEmpty {
                requests.append(plan.insights(follows, over: day...day, total + [Field("breakdown", "follow_type")]))
            }
        }
        let levels = plan.names(in: Group.node, of: InstagramMetrics.node, on: plan.assignment.date)
        if !levels.isEmpty { requests.append(plan.node(levels)) }
        return requests
    }

    /// The listing of an edge, with what it shows of each post.
    private static func list(_ plan: GraphPlan, _ edge: String, insights: [String] = []) -> PlatformRequest {
        let shown = plan.names(in: Group.list, of: InstagramMetrics.list, on: plan.assignment.date)
        let nested = insights.isEmpty ? [] : ["insights.metric(\(insights.joined(separator: ",")))"]
        let facts = ["id", "timestamp", "media_type", "media_product_type"]
        return plan.list(
            edge,
            fields: (facts + (edge == "media" ? shown : []) + nested).joined(separator: ","),
            metrics: edge == "media" ? shown : insights
        )
    }

    /// The names that are served for a kind of post.
    private static func names(_ plan: GraphPlan, for kind: PostKind) -> [String] {
        let groups: Set<String>
        switch kind {
        case .story: groups = [Group.media, Group.story, Group.feedAndStory]
        case .reel, .short: groups = [Group.media, Group.notStory, Group.reel]
        case .post, .image, .video, .carousel, .live, .article, .pin, .repost:
            groups = [Group.media, Group.notStory, Group.feedAndStory]
        }
        return InstagramMetrics.media.metrics.filter {
            groups.contains($0.entry.group) && plan.asks(for: $0, on: plan.assignment.date)
        }.map(\.entry.native)
    }

    /// Fifty posts to a call, each asked for what its kind has. A part fails for itself.
    private static func postMetrics(_ plan: GraphPlan) -> [PlatformRequest] {
        GraphPlan.batches(
            plan.assignment.posts.compactMap { post in
                let names = names(plan, for: post.kind)
                return names.isEmpty ? nil : plan.insights(names, of: post.externalID)
            }
        )
    }

    /// The stories that are still to be seen: once as a list, which nothing can spoil, and once with their figures, which a
    /// single story with too few viewers may take down as a whole.
    private static func stories(_ plan: GraphPlan) -> [PlatformRequest] {
        let names = names(plan, for: .story)
        return [list(plan, "stories")] + (names.isEmpty ? [] : [list(plan, "stories", insights: names)])
    }

    /// One call for each way of cutting the audience, for both audiences.
    private static func demographics(_ plan: GraphPlan) -> [PlatformRequest] {
        let names = plan.names(in: Group.demographics, of: InstagramMetrics.account, on: plan.assignment.date)
        guard !names.isEmpty else { return [] }
        return ["age", "city", "country", "gender"].map { breakdown in
            plan.insights(
                names,
                [
                    Field("period", "lifetime"), Field("metric_type", "total_value"),
                    Field("timeframe", "this_month"), Field("breakdown", breakdown),
                ]
            )
        }
    }
}
