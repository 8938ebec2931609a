internal import FleetCore

/// Pinterest's names, by the object that holds them.
enum PinterestMetrics {
    enum Group {
        static let account = "user_account"
        static let analytics = "daily_metrics"
        static let reactions = "lifetime_metrics"
        static let pin = "pin_metrics"
    }

    /// Fields of the account. The number of pins counts saved ones too.
    static let account = MetricTable([
        level("follower_count", .followers),
        level("following_count", .following),
        level("pin_count", .posts),
        level("monthly_views", .monthlyViews),
    ])

    /// Daily numbers of an account or a pin. Other rates than this one are left alone.
    static let analytics = MetricTable([
        daily("IMPRESSION", .impressions),
        daily("ENGAGEMENT", .engagements),
        daily("PIN_CLICK", .clicks),
        daily("OUTBOUND_CLICK", .linkClicks),
        daily("SAVE", .saves),
        PlatformMetric("ENGAGEMENT_RATE", .engagementRate, .gauge, group: Group.analytics),
        daily("VIDEO_MRC_VIEW", .videoViews),
        daily("VIDEO_START", .videoStarts),
        daily("VIDEO_10S_VIEW", .videoViews10s),
        daily("QUARTILE_95_PERCENT_VIEW", .videoViews95pct),
        daily("VIDEO_V50_WATCH_TIME", .watchTimeSeconds, conversion: .milliseconds),
        PlatformMetric(
            "VIDEO_AVG_WATCH_TIME",
            .avgWatchSeconds,
            .gauge,
            group: Group.analytics,
            conversion: .milliseconds
        ),
        daily("USER_FOLLOW", .followersGained),
        daily("PROFILE_VISIT", .profileViews),
    ])

    /// What the account's analytics are asked for: follows and visits are counted by pin only.
    static let ofAccount =
        ["IMPRESSION", "ENGAGEMENT", "PIN_CLICK", "OUTBOUND_CLICK", "SAVE", "ENGAGEMENT_RATE"] + ofVideo
    /// What a pin's analytics are asked for.
    static let ofPin = ["IMPRESSION", "PIN_CLICK", "OUTBOUND_CLICK", "SAVE", "USER_FOLLOW", "PROFILE_VISIT"]
    /// What a video's analytics are asked for besides.
    static let ofVideo = [
        "VIDEO_MRC_VIEW", "VIDEO_START", "VIDEO_10S_VIEW", "QUARTILE_95_PERCENT_VIEW", "VIDEO_V50_WATCH_TIME",
        "VIDEO_AVG_WATCH_TIME",
    ]

    /// Totals of a pin beside its daily numbers.
    static let reactions = MetricTable([
        PlatformMetric("TOTAL_COMMENTS", .comments, .cumulative, group: Group.reactions),
        PlatformMetric("TOTAL_REACTIONS", .reactions, .cumulative, group: Group.reactions),
    ])

    /// Totals of a pin in a listing. The window of ninety days beside them is left alone.
    static let pin = MetricTable([
        total("impression", .impressions),
        total("pin_click", .clicks),
        total("clickthrough", .linkClicks),
        total("save", .saves),
        total("reaction", .reactions),
        total("comment", .comments),
    ])

    /// Everything, for the catalogue.
    static let all: [PlatformMetric] = [account, analytics, reactions, pin].flatMap(\.entries)

    private static func level(_ native: String, _ metric: MetricID) -> PlatformMetric {
        PlatformMetric(native, metric, .gauge, group: Group.account, lagDays: 0)
    }

    private static func daily(
        _ native: String,
        _ metric: MetricID,
        conversion: FixedPoint.Conversion = .identity
    ) -> PlatformMetric {
        PlatformMetric(native, metric, .delta, group: Group.analytics, conversion: conversion)
    }

    private static func total(_ native: String, _ metric: MetricID) -> PlatformMetric {
        PlatformMetric(native, metric, .cumulative, group: Group.pin)
    }
}
