internal import FleetCore

/// The names of Threads, by the edge that serves them, and how Threads speaks Graph.
enum ThreadsMetrics {
    /// Names in one group may share a call.
    enum Group {
        static let day = "user_day"
        static let level = "user_level"
        static let demographics = "demographics"
        static let media = "media"
    }

    /// Metrics of `/{user}/threads_insights`.
    static let user = GraphMetricTable([
        // Of the profile, not of posts.
        day("views", .profileViews),
        day("likes", .likes),
        day("replies", .comments),
        day("reposts", .reposts),
        day("quotes", .quotes),
        day("clicks", .linkClicks),
        GraphMetric(PlatformMetric("followers_count", .followers, .gauge, group: Group.level, lagDays: 0)),
        GraphMetric(
            PlatformMetric("follower_demographics", .followers, .gauge, group: Group.demographics, lagDays: 0),
            parts: .partsOnly
        ),
    ])

    /// Metrics of `/{media}/insights`: always lifetime.
    static let media = GraphMetricTable([
        lifetime("views", .views),
        lifetime("likes", .likes),
        lifetime("replies", .comments),
        lifetime("reposts", .reposts),
        lifetime("quotes", .quotes),
        lifetime("shares", .shares),
    ])

    static let dialect = GraphDialect(
        account: .init(insights: user, fields: GraphMetricTable([])),
        post: .init(insights: media, fields: GraphMetricTable([])),
        lists: ["threads", "replies"],
        accountInsights: ["threads_insights"],
        retired: [],
        kind: { post in
            switch post.mediaType {
            case "IMAGE"?: .image
            case "VIDEO"?: .video
            case "CAROUSEL_ALBUM"?: .carousel
            case "REPOST_FACADE"?: .repost
            default: .post
            }
        }
    )

    private static func day(_ native: String, _ metric: MetricID) -> GraphMetric {
        GraphMetric(
            PlatformMetric(native, metric, .delta, group: Group.day, validFrom: ThreadsRequests.earliest)
        )
    }

    private static func lifetime(_ native: String, _ metric: MetricID) -> GraphMetric {
        GraphMetric(PlatformMetric(native, metric, .cumulative, group: Group.media))
    }
}
