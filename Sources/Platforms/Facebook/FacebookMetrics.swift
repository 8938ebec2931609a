internal import FleetCore

/// The names of Facebook Pages, by the edge that serves them. Everything counts paid and organic traffic together.
enum FacebookMetrics {
    /// Names in one group may share a call.
    enum Group {
        static let day = "page_day"
        static let node = "page_node"
        static let post = "post"
        static let fields = "post_fields"
    }

    /// Metrics of `/{page}/insights`.
    static let page = GraphMetricTable([
        day("page_media_view", .views),
        day("page_total_media_view_unique", .reach),
        day("page_post_engagements", .engagements),
        day("page_daily_follows_unique", .followersGained),
        day("page_daily_unfollows_unique", .followersLost),
        // A level, although it comes by the day.
        GraphMetric(PlatformMetric("page_follows", .followers, .gauge, group: Group.day, lagDays: 1)),
        day("page_views_total", .profileViews),
        day("page_total_actions", .ctaClicks),
        day("page_video_views", .videoViews),
        day("page_video_complete_views_30s", .videoViews30s),
        day("page_video_view_time", .watchTimeSeconds, conversion: .milliseconds),
        day("page_actions_post_reactions_total", .reactions, parts: .object(dimension: "reaction", total: true)),
        day(
            "page_fan_adds_by_paid_non_paid_unique",
            .pageLikesGained,
            parts: .object(dimension: "paid_status", total: true)
        ),
    ])

    /// Fields of `/{page}`: levels without history.
    static let node = GraphMetricTable([
        GraphMetric(PlatformMetric("followers_count", .followers, .gauge, group: Group.node, lagDays: 0)),
        GraphMetric(PlatformMetric("fan_count", .pageLikes, .gauge, group: Group.node, lagDays: 0)),
    ])

    /// Metrics of `/{post}/insights`: always lifetime.
    static let post = GraphMetricTable([
        lifetime("post_media_view", .views),
        lifetime("post_total_media_view_unique", .reach),
        lifetime("post_clicks", .clicks),
        lifetime("post_clicks_by_type", .clicks, parts: .object(dimension: "click_type", total: false)),
        lifetime("post_reactions_by_type_total", .reactions, parts: .object(dimension: "reaction", total: true)),
        lifetime("post_video_views", .videoViews),
        lifetime("post_video_view_time", .watchTimeSeconds, conversion: .milliseconds),
        GraphMetric(
            PlatformMetric(
                "post_video_avg_time_watched",
                .avgWatchSeconds,
                .gauge,
                group: Group.post,
                conversion: .milliseconds
            )
        ),
    ])

    /// Fields of a post. The reactions' summary is read where it appears and not asked for: the insights say the same by
    /// kind, and one series has one source.
    static let fields = GraphMetricTable([
        lifetime("shares.count", .shares, Group.fields),
        lifetime("comments.summary.total_count", .comments, Group.fields),
        lifetime("likes.summary.total_count", .likes, Group.fields),
        lifetime("reactions.summary.total_count", .reactions, "post_fields_read"),
    ])

    private static func day(
        _ native: String,
        _ metric: MetricID,
        conversion: FixedPoint.Conversion = .identity,
        parts: GraphMetric.Parts = .dimensions
    ) -> GraphMetric {
        GraphMetric(
            PlatformMetric(native, metric, .delta, group: Group.day, conversion: conversion, lagDays: 1),
            parts: parts
        )
    }

    private static func lifetime(
        _ native: String,
        _ metric: MetricID,
        _ group: String = Group.post,
        conversion: FixedPoint.Conversion = .identity,
        parts: GraphMetric.Parts = .dimensions
    ) -> GraphMetric {
        GraphMetric(
            PlatformMetric(native, metric, .cumulative, group: group, conversion: conversion, lagDays: 1),
            parts: parts
        )
    }
}
