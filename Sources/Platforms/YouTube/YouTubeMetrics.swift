internal import FleetCore

/// YouTube's names. The Data API states what stands now, the Analytics API what happened on a Pacific day.
enum YouTubeMetrics {
    /// Names in one group may share a call.
    enum Group {
        static let channel = "channel"
        static let video = "video"
        /// What an Analytics table has after two days.
        static let fast = "analytics_fast"
        /// What it has a day later: a table ends where its slowest metric does, so the two are asked apart.
        static let slow = "analytics_slow"
    }

    /// `statistics` of a channel. The subscribers are rounded down to three digits.
    static let channel = MetricTable([
        entry("viewCount", .views, .cumulative, Group.channel),
        entry("subscriberCount", .followers, .gauge, Group.channel),
        entry("videoCount", .posts, .gauge, Group.channel),
    ])

    /// `statistics` of a video; what is hidden or switched off is absent. `favoriteCount` is always zero and not read.
    static let video = MetricTable([
        entry("viewCount", .views, .cumulative, Group.video),
        entry("likeCount", .likes, .cumulative, Group.video),
        entry("commentCount", .comments, .cumulative, Group.video),
    ])

    /// Metrics of Analytics tables. Since 2026-08-24 `views` counts every start of every format; `engagedViews` keeps the
    /// older meaning.
    static let analytics = MetricTable([
        analytics("views", .views),
        analytics("engagedViews", .engagedViews),
        analytics("estimatedMinutesWatched", .watchTimeSeconds, conversion: .minutes),
        analytics("averageViewDuration", .avgWatchSeconds, .gauge),
        analytics("averageViewPercentage", .avgViewPercentage, .gauge),
        analytics("subscribersGained", .followersGained, group: Group.slow),
        analytics("subscribersLost", .followersLost, group: Group.slow),
        analytics("likes", .likes, group: Group.slow),
        analytics("dislikes", .dislikes, group: Group.slow),
        analytics("comments", .comments, group: Group.slow),
        analytics("shares", .shares, group: Group.slow),
    ])

    /// Analytics metrics that are offered by country.
    static let byCountry: [PlatformMetric] = analytics.entries.filter { $0.group == Group.fast }

    /// The means, which say nothing without their weight, the views.
    static let means: Set<String> = ["averageViewDuration", "averageViewPercentage"]

    /// How many days after its end a Pacific day has all its Analytics figures.
    static let lagDays = 3

    private static func analytics(
        _ native: String,
        _ metric: MetricID,
        _ kind: PlatformMetric.SampleKind = .delta,
        group: String = Group.fast,
        conversion: FixedPoint.Conversion = .identity
    ) -> PlatformMetric {
        PlatformMetric(
            native,
            metric,
            kind,
            group: group,
            conversion: conversion,
            lagDays: group == Group.fast ? 2 : lagDays
        )
    }

    private static func entry(
        _ native: String,
        _ metric: MetricID,
        _ kind: PlatformMetric.SampleKind,
        _ group: String
    ) -> PlatformMetric {
        PlatformMetric(native, metric, kind, group: group, lagDays: 0)
    }
}
