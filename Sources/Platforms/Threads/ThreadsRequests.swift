internal import FleetCore

/// Builds the requests for Threads: as few calls as the interface allows for what is wanted.
enum ThreadsRequests {
    private typealias Group = ThreadsMetrics.Group

    static let host = "https://graph.threads.net"
    static let version = "v1.0"
    /// The first day that the interface knows anything of.
    static let earliest = CivilDate("2024-04-13")
    private static let edge = "threads_insights"

    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        let plan = try GraphPlan(
            ThreadsMetrics.dialect,
            assignment,
            origin: settings.origin ?? host,
            version: settings.version ?? version,
            title: "Threads",
            served: served(in: assignment.collect)
        )
        switch assignment.collect {
        case .accountDaily: return accountDaily(plan)
        case .posts: return [plan.list("threads", fields: "id,media_type,timestamp", metrics: [])]
        case .postMetrics: return postMetrics(plan)
        case .demographics: return demographics(plan)
        case .stories, .credentialRefresh: return []
        }
    }

    /// The canonical metrics that a collection can give.
    private static func served(in collection: CollectionKind) -> Set<MetricID> {
        switch collection {
        case .accountDaily: ThreadsMetrics.user.metrics.filled(by: Group.day, Group.level)
        case .postMetrics: ThreadsMetrics.media.metrics.filled(by: Group.media)
        case .demographics: ThreadsMetrics.user.metrics.filled(by: Group.demographics)
        case .posts, .stories, .credentialRefresh: []
        }
    }

    /// One call a day, since all but the views are totals of the window. The level takes no notice of days and goes along
    /// with the last.
    private static func accountDaily(_ plan: GraphPlan) -> [PlatformRequest] {
        let level = plan.names(in: Group.level, of: ThreadsMetrics.user, on: plan.assignment.date)
        return plan.assignment.days.compactMap { day in
            let names = plan.names(in: Group.day, of: ThreadsMetrics.user, on: day)
            let all = names + (day == plan.assignment.date ? level : [])
            if names.isEmpty, !all.isEmpty { return plan.insights(all, edge: edge, []) }
            return names.isEmpty ? nil : plan.insights(all, edge: edge, over: day...day)
        }
    }

    /// One call a post: the interface has no batches. A repost of someone else's post has no figures.
    private static func postMetrics(_ plan: GraphPlan) -> [PlatformRequest] {
        let names = plan.names(in: Group.media, of: ThreadsMetrics.media, on: plan.assignment.date)
        guard !names.isEmpty else { return [] }
        return plan.assignment.posts.filter { $0.kind != .repost }.map { plan.insights(names, of: $0.externalID) }
    }

    /// One call for each way of cutting the audience.
    private static func demographics(_ plan: GraphPlan) -> [PlatformRequest] {
        let names = plan.names(in: Group.demographics, of: ThreadsMetrics.user, on: plan.assignment.date)
        guard !names.isEmpty else { return [] }
        return ["country", "city", "age", "gender"].map { plan.insights(names, edge: edge, [Field("breakdown", $0)]) }
    }
}
