internal import FleetCore

/// Builds the requests for Facebook Pages: as few calls as the interface allows for what is wanted.
enum FacebookRequests {
    private typealias Group = FacebookMetrics.Group

    static let host = "https://graph.facebook.com"
    static let version = "v25.0"
    /// The most days between `since` and `until`.
    static let maximumDays = 90

    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        let plan = try GraphPlan(
            FacebookMetrics.dialect,
            assignment,
            origin: settings.origin ?? host,
            version: settings.version ?? version,
            title: "Facebook",
            served: served(in: assignment.collect)
        )
        switch assignment.collect {
        case .accountDaily: return accountDaily(plan)
        case .posts: return posts(plan)
        case .postMetrics: return postMetrics(plan)
        case .stories, .demographics, .credentialRefresh: return []
        }
    }

    /// The canonical metrics that a collection can give.
    private static func served(in collection: CollectionKind) -> Set<MetricID> {
        switch collection {
        case .accountDaily:
            FacebookMetrics.page.metrics.filled(by: Group.day).union(
                FacebookMetrics.node.metrics.filled(by: Group.node)
            )
        case .posts, .postMetrics:
            FacebookMetrics.post.metrics.filled(by: Group.post)
                .union(FacebookMetrics.fields.metrics.filled(by: Group.fields))
        case .stories, .demographics, .credentialRefresh: []
        }
    }

    /// One call for all days that one may cover, and one for the levels of now.
    private static func accountDaily(_ plan: GraphPlan) -> [PlatformRequest] {
        var requests: [PlatformRequest] = []
        let names = plan.names(in: Group.day, of: FacebookMetrics.page, on: plan.assignment.date)
        if !names.isEmpty {
            requests = plan.stretches(maximumSeconds: Int64(maximumDays) * 86_400).map { days in
                plan.insights(names, over: days, [Field("period", "day")])
            }
        }
        let levels = plan.names(in: Group.node, of: FacebookMetrics.node, on: plan.assignment.date)
        if !levels.isEmpty { requests.append(plan.node(levels)) }
        return requests
    }

    /// The posts with their figures, a hundred to a page.
    private static func posts(_ plan: GraphPlan) -> [PlatformRequest] {
        let (names, fields) = figures(plan)
        return [
            plan.list(
                "posts",
                fields: (["id", "created_time", "status_type"] + fields).joined(separator: ","),
                metrics: names
            )
        ]
    }

    /// Fifty posts to a call, each with its insights and fields in one. A part fails for itself.
    private static func postMetrics(_ plan: GraphPlan) -> [PlatformRequest] {
        let (names, fields) = figures(plan)
        guard !fields.isEmpty else { return [] }
        return GraphPlan.batches(
            plan.assignment.posts.map { post in
                plan.node(of: post.externalID, fields: (["id"] + fields).joined(separator: ","), metrics: names)
            }
        )
    }

    /// The insights wanted of a post, and the fields that bring them and the other figures.
    private static func figures(_ plan: GraphPlan) -> (names: [String], fields: [String]) {
        let today = plan.assignment.date
        let fields = plan.names(in: Group.fields, of: FacebookMetrics.fields, on: today).map { name in
            let object = name.prefix { $0 != "." }
            return object == "shares" ? "shares" : "\(object).limit(0).summary(total_count)"
        }
        let names = plan.names(in: Group.post, of: FacebookMetrics.post, on: today)
        return (names, fields + (names.isEmpty ? [] : ["insights.metric(\(names.joined(separator: ",")))"]))
    }
}
