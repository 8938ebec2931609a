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
        static let media = "media"
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

    /// Metrics of `/{media}/insights`: always lifetime.
    static let media = GraphMetricTable([
        lifetime("reach", .reach),
        lifetime("views", .views),
        lifetime("likes", .likes),
        lifetime("comments", .comments),
        lifetime("shares", .shares),
        lifetime("replies", .replies),
        lifetime("reposts", .reposts),
        lifetime("link_clicks", .linkClicks),
        lifetime("saved", .saves),
        lifetime("total_interactions", .engagements),
        lifetime("follows", .followersGained),
        lifetime("profile_visits", .profileViews),
        lifetime("profile_activity", .profileActions),
        lifetime("navigation", .storyNavigation),
        GraphMetric(
            entry("ig_reels_avg_watch_time", .avgWatchSeconds, .gauge, Group.media, conversion: .milliseconds)
        ),
        GraphMetric(
            entry(
                "ig_reels_video_view_total_time",
                .watchTimeSeconds,
                .cumulative,
                Group.media,
                conversion: .milliseconds
            )
        ),
        GraphMetric(entry("reels_skip_rate", .skipRate, .gauge, Group.media)),
    ])

    /// Fields of the media in `/{user}/media`.
    static let list = GraphMetricTable([
        GraphMetric(entry("like_count", .likes, .cumulative, Group.list)),
        GraphMetric(entry("comments_count", .comments, .cumulative, Group.list)),
    ])

    /// Names that are no longer served on any version.
    static let retired: [RetiredMetric] = [
        RetiredMetric("impressions", since: "2025-04-21", successor: "views"),
        RetiredMetric("plays", since: "2025-04-21", successor: "views"),
        RetiredMetric("clips_replays_count", since: "2025-04-21", successor: "views"),
        RetiredMetric("ig_reels_aggregated_all_plays_count", since: "2025-04-21", successor: "views"),
        RetiredMetric("video_views", since: "2025-04-21", successor: "views"),
        RetiredMetric("engagement", since: "2023-12-01", successor: "total_interactions"),
        RetiredMetric("carousel_album_engagement", since: "2023-12-01", successor: "total_interactions"),
        RetiredMetric("carousel_album_impressions", since: "2023-12-01", successor: "views"),
        RetiredMetric("carousel_album_reach", since: "2023-12-01", successor: "reach"),
        RetiredMetric("carousel_album_saved", since: "2023-12-01", successor: "saved"),
        RetiredMetric("carousel_album_video_views", since: "2023-12-01", successor: "views"),
        RetiredMetric("taps_forward", since: "2023-12-01", successor: "navigation"),
        RetiredMetric("taps_back", since: "2023-12-01", successor: "navigation"),
        RetiredMetric("exits", since: "2023-12-01", successor: "navigation"),
        RetiredMetric("audience_city", since: "2023-12-01", successor: "follower_demographics"),
        RetiredMetric("audience_country", since: "2023-12-01", successor: "follower_demographics"),
        RetiredMetric("audience_gender_age", since: "2023-12-01", successor: "follower_demographics"),
        RetiredMetric("audience_locale", since: "2023-12-01", successor: "follower_demographics"),
        // First seen refused in July 2026; the day it ended is not known.
        RetiredMetric("email_contacts", since: "2026-07-01", successor: "profile_links_taps"),
        RetiredMetric("phone_call_clicks", since: "2026-07-01", successor: "profile_links_taps"),
        RetiredMetric("text_message_clicks", since: "2026-07-01", successor: "profile_links_taps"),
        RetiredMetric("get_directions_clicks", since: "2026-07-01", successor: "profile_links_taps"),
    ]

    private static func total(_ native: String, _ metric: MetricID, validFrom: CivilDate? = nil) -> GraphMetric {
        GraphMetric(entry(native, metric, .delta, Group.total, validFrom: validFrom))
    }

    private static func lifetime(_ native: String, _ metric: MetricID) -> GraphMetric {
        GraphMetric(entry(native, metric, .cumulative, Group.media))
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
