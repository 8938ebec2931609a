internal import FleetCore

/// Instagram's names, by the edge that serves them. Everything counts organic traffic only.
enum InstagramMetrics {
    /// Names in one group may share a call.
    enum Group {
        static let total = "total_value"
        static let follows = "follows_and_unfollows"
        static let series = "time_series"
        static let demographics = "demographics"
        static let node = "node"
        /// Every kind of post has these.
        static let media = "media"
        static let notStory = "media_feed_and_reel"
        static let feedAndStory = "media_feed_and_story"
        static let reel = "media_reel"
        static let story = "media_story"
        static let list = "media_list"
    }

    /// Metrics of `/{user}/insights`.
    static let account = GraphMetricTable([
        total("reach", .reach),
        total("views", .views),
        total("accounts_engaged", .engaged),
        total("total_interactions", .engagements),
        total("likes", .likes),
        total("comments", .comments),
        total("saves", .saves),
        total("shares", .shares),
        total("replies", .replies),
        total("reposts", .reposts, validFrom: CivilDate("2025-12-01")),
        total("profile_links_taps", .profileLinkClicks),
        total("profile_views", .profileViews),
        total("website_clicks", .websiteClicks),
        // Without its breakdown it has no value at all; the just-ended day is not ready.
        GraphMetric(
            entry("follows_and_unfollows", .followersGained, .delta, Group.follows, lagDays: 3),
            parts: .metrics(["FOLLOWER": .followersGained, "NON_FOLLOWER": .followersLost])
        ),
        // New followers per day, not the level. It is read where it appears and not asked for in the daily collection:
        // it fills the same series as follows_and_unfollows, and one series has one source.
        GraphMetric(entry("follower_count", .followersGained, .delta, Group.series)),
        GraphMetric(entry("follower_demographics", .followers, .gauge, Group.demographics), parts: .partsOnly),
        GraphMetric(entry("engaged_audience_demographics", .engaged, .gauge, Group.demographics), parts: .partsOnly),
    ])

    /// Fields of `/{user}`: levels without history.
    static let node = GraphMetricTable([
        GraphMetric(entry("followers_count", .followers, .gauge, Group.node, lagDays: 0)),
        GraphMetric(entry("follows_count", .following, .gauge, Group.node, lagDays: 0)),
        GraphMetric(entry("media_count", .posts, .gauge, Group.node, lagDays: 0)),
    ])

    /// Metrics of `/{media}/insights`: always lifetime. Those that fail the call unless a reel is shared to Facebook
    /// (`facebook_views`, `crossposted_views`) are not asked for.
    static let media = GraphMetricTable([
        lifetime("reach", .reach),
        lifetime("views", .views),
        lifetime("shares", .shares),
        lifetime("reposts", .reposts, validFrom: CivilDate("2025-12-01")),
        lifetime("total_interactions", .engagements),
        lifetime("likes", .likes, Group.notStory),
        lifetime("comments", .comments, Group.notStory),
        lifetime("saved", .saves, Group.notStory),
        lifetime("follows", .followersGained, Group.feedAndStory),
        lifetime("profile_visits", .profileViews, Group.feedAndStory),
        lifetime("profile_activity", .profileActions, Group.feedAndStory),
        lifetime("replies", .replies, Group.story),
        lifetime("navigation", .storyNavigation, Group.story),
        lifetime("link_clicks", .linkClicks, Group.story),
        GraphMetric(
            entry("ig_reels_avg_watch_time", .avgWatchSeconds, .gauge, Group.reel, conversion: .milliseconds)
        ),
        GraphMetric(
            entry(
                "ig_reels_video_view_total_time",
                .watchTimeSeconds,
                .cumulative,
                Group.reel,
                conversion: .milliseconds
            )
        ),
        GraphMetric(
            entry("reels_skip_rate", .skipRate, .gauge, Group.reel, validFrom: CivilDate("2025-12-01"))
        ),
    ])

    /// Fields of the media in `/{user}/media`.
    static let list = GraphMetricTable([
        GraphMetric(entry("like_count", .likes, .cumulative, Group.list)),
        GraphMetric(entry("comments_count", .comments, .cumulative, Group.list)),
    ])

    private static func total(_ native: String, _ metric: MetricID, validFrom: CivilDate? = nil) -> GraphMetric {
        GraphMetric(entry(native, metric, .delta, Group.total, validFrom: validFrom))
    }

    private static func lifetime(
        _ native: String,
        _ metric: MetricID,
        _ group: String = Group.media,
        validFrom: CivilDate? = nil
    ) -> GraphMetric {
        GraphMetric(entry(native, metric, .cumulative, group, validFrom: validFrom))
    }

    private static func entry(
        _ native: String,
        _ metric: MetricID,
        _ kind: PlatformMetric.SampleKind,
        _ group: String,
        conversion: FixedPoint.Conversion = .identity,
        validFrom: CivilDate? = nil,
        lagDays: Int = 2
    ) -> PlatformMetric {
        PlatformMetric(
            native,
            metric,
            kind,
            group: group,
            conversion: conversion,
            traffic: .organic,
            validFrom: validFrom,
            lagDays: lagDays
        )
    }
}
