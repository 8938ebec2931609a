internal import FleetCore

/// What one platform says over the Graph interface: its names, its edges, what its posts are.
struct GraphDialect: Sendable {
    /// The metrics of one kind of object.
    struct Metrics: Sendable {
        /// Those of its insights edge.
        var insights: GraphMetricTable
        /// Those among its fields; a dot leads into an object.
        var fields: GraphMetricTable
    }

    /// What a listing says about a post, for telling its kind.
    struct PostFacts {
        /// The edge that listed it.
        var edge: String
        var mediaType: String?
        var productType: String?
        var statusType: String?
    }

    var account: Metrics
    var post: Metrics
    /// Edges that list posts.
    var lists: Set<String>
    /// Edges that state metrics of whatever object they belong to.
    var insights: Set<String> = ["insights"]
    /// Edges that state metrics of accounts only.
    var accountInsights: Set<String> = []
    /// Names that are no longer served.
    var retired: [PlatformMetric]
    /// The beginnings of names that are no longer served, whatever follows.
    var retiredFamilies: [String] = []
    var kind: @Sendable (PostFacts) -> PostKind

    /// Whether a name is known to be no longer served.
    func isRetired(_ native: String) -> Bool {
        retired.contains { $0.native == native } || retiredFamilies.contains { native.hasPrefix($0) }
    }

    /// Every edge that is understood.
    var edges: Set<String> { lists.union(insights).union(accountInsights) }

    /// Every name, alive or retired.
    var metrics: [PlatformMetric] {
        [account.insights, account.fields, post.insights, post.fields].flatMap { $0.metrics.map(\.entry) } + retired
    }

    /// The canonical metrics that insights give.
    var insightMetrics: [MetricID] {
        Set((account.insights.metrics + post.insights.metrics).flatMap(\.fills)).sorted()
    }
}

/// The versions of the Graph interface, which Instagram and Facebook share.
enum GraphVersions {
    static let all = [
        APIVersion("v20.0", sunset: "2026-09-24"), APIVersion("v21.0", sunset: "2027-01-21"), APIVersion("v25.0"),
        APIVersion("v26.0"),
    ]
}
