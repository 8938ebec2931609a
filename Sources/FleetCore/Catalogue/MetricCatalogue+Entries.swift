// One line per canonical metric. A number is never reused: a metric that is no longer filled keeps its line.

extension MetricID {
    /// The follower or subscriber level.
    public static let followers = MetricID(rawValue: 1)
    /// Accounts followed.
    public static let following = MetricID(rawValue: 2)
    /// Posts on the account.
    public static let posts = MetricID(rawValue: 3)
    /// Lists on X that hold the account.
    public static let listed = MetricID(rawValue: 4)
    /// The level of Facebook page likes, a relic.
    public static let pageLikes = MetricID(rawValue: 5)
    /// Pinterest's number of the trailing month.
    public static let monthlyViews = MetricID(rawValue: 6)
    /// New follows; on LinkedIn net, so it may be negative.
    public static let followersGained = MetricID(rawValue: 7)
    /// Unfollows.
    public static let followersLost = MetricID(rawValue: 8)
    /// New Facebook page likes.
    public static let pageLikesGained = MetricID(rawValue: 9)
    /// Times content was played or displayed.
    public static let views = MetricID(rawValue: 10)
    /// YouTube views past the first moment.
    public static let engagedViews = MetricID(rawValue: 11)
    /// Displays, where the platform still says impressions. Never mixed with views.
    public static let impressions = MetricID(rawValue: 12)
    /// Distinct viewers.
    public static let reach = MetricID(rawValue: 13)
    /// Distinct people who interacted.
    public static let engaged = MetricID(rawValue: 14)
    /// All interactions as the platform counts them.
    public static let engagements = MetricID(rawValue: 15)
    /// Likes.
    public static let likes = MetricID(rawValue: 16)
    /// Dislikes.
    public static let dislikes = MetricID(rawValue: 17)
    /// Reactions.
    public static let reactions = MetricID(rawValue: 18)
    /// Comments and public replies.
    public static let comments = MetricID(rawValue: 19)
    /// Replies to Instagram stories only.
    public static let replies = MetricID(rawValue: 20)
    /// Shares and sends.
    public static let shares = MetricID(rawValue: 21)
    /// Reposts.
    public static let reposts = MetricID(rawValue: 22)
    /// Quotes.
    public static let quotes = MetricID(rawValue: 23)
    /// Saves and bookmarks.
    public static let saves = MetricID(rawValue: 24)
    /// Clicks anywhere on a post.
    public static let clicks = MetricID(rawValue: 25)
    /// Link clicks.
    public static let linkClicks = MetricID(rawValue: 26)
    /// Website clicks.
    public static let websiteClicks = MetricID(rawValue: 27)
    /// Profile clicks.
    public static let profileClicks = MetricID(rawValue: 28)
    /// Profile link clicks.
    public static let profileLinkClicks = MetricID(rawValue: 29)
    /// Cta clicks.
    public static let ctaClicks = MetricID(rawValue: 30)
    /// Permalink clicks.
    public static let permalinkClicks = MetricID(rawValue: 31)
    /// Hashtag clicks.
    public static let hashtagClicks = MetricID(rawValue: 32)
    /// Detail expands.
    public static let detailExpands = MetricID(rawValue: 33)
    /// Visits of the profile or page.
    public static let profileViews = MetricID(rawValue: 34)
    /// Distinct visitors of the page.
    public static let profileViewers = MetricID(rawValue: 35)
    /// Profile actions.
    public static let profileActions = MetricID(rawValue: 36)
    /// Story navigation.
    public static let storyNavigation = MetricID(rawValue: 37)
    /// Plays past the platform's threshold.
    public static let videoViews = MetricID(rawValue: 38)
    /// Video views of 30 seconds.
    public static let videoViews30s = MetricID(rawValue: 39)
    /// Video views of 10 seconds.
    public static let videoViews10s = MetricID(rawValue: 40)
    /// Video views to 95 percent.
    public static let videoViews95pct = MetricID(rawValue: 41)
    /// Video starts.
    public static let videoStarts = MetricID(rawValue: 42)
    /// Media views.
    public static let mediaViews = MetricID(rawValue: 43)
    /// Time watched.
    public static let watchTimeSeconds = MetricID(rawValue: 44)
    /// Time watched per view; its weight is the views.
    public static let avgWatchSeconds = MetricID(rawValue: 45)
    /// Share of a video watched per view, above 100 with repeats.
    public static let avgViewPercentage = MetricID(rawValue: 46)
    /// Interactions per display; rollups recompute it from sums.
    public static let engagementRate = MetricID(rawValue: 47)
    /// Share of skipped plays, as sent.
    public static let skipRate = MetricID(rawValue: 48)

    // Derived: computed by roll-ups, never asked for.

    /// What people did on purpose, each act once, by the definition of ``MetricRules/engagement``.
    public static let engagementTotal = MetricID(rawValue: 49)
    /// Engagement over displays.
    public static let engagementRateByViews = MetricID(rawValue: 50)
    /// Engagement over distinct viewers.
    public static let engagementRateByReach = MetricID(rawValue: 51)
    /// Engagement over followers.
    public static let engagementRateByFollowers = MetricID(rawValue: 52)
    /// Posts published.
    public static let postsPublished = MetricID(rawValue: 53)
}

extension MetricCatalogue {
    /// Every canonical metric, by ascending number.
    public static let all: [Metric] = [
        entry(.followers, "followers", .gauge, .count),
        entry(.following, "following", .gauge, .count),
        entry(.posts, "posts", .gauge, .count),
        entry(.listed, "listed", .gauge, .count),
        entry(.pageLikes, "page_likes", .gauge, .count),
        entry(.monthlyViews, "monthly_views", .gauge, .count),
        entry(.followersGained, "followers_gained", .delta, .count),
        entry(.followersLost, "followers_lost", .delta, .count),
        entry(.pageLikesGained, "page_likes_gained", .delta, .count),
        entry(.views, "views", .delta, .count),
        entry(.engagedViews, "engaged_views", .delta, .count),
        entry(.impressions, "impressions", .delta, .count),
        entry(.reach, "reach", .unique, .accounts),
        entry(.engaged, "engaged", .unique, .accounts),
        entry(.engagements, "engagements", .delta, .count),
        entry(.likes, "likes", .delta, .count),
        entry(.dislikes, "dislikes", .delta, .count),
        entry(.reactions, "reactions", .delta, .count),
        entry(.comments, "comments", .delta, .count),
        entry(.replies, "replies", .delta, .count),
        entry(.shares, "shares", .delta, .count),
        entry(.reposts, "reposts", .delta, .count),
        entry(.quotes, "quotes", .delta, .count),
        entry(.saves, "saves", .delta, .count),
        entry(.clicks, "clicks", .delta, .count),
        entry(.linkClicks, "link_clicks", .delta, .count),
        entry(.websiteClicks, "website_clicks", .delta, .count),
        entry(.profileClicks, "profile_clicks", .delta, .count),
        entry(.profileLinkClicks, "profile_link_clicks", .delta, .count),
        entry(.ctaClicks, "cta_clicks", .delta, .count),
        entry(.permalinkClicks, "permalink_clicks", .delta, .count),
        entry(.hashtagClicks, "hashtag_clicks", .delta, .count),
        entry(.detailExpands, "detail_expands", .delta, .count),
        entry(.profileViews, "profile_views", .delta, .count),
        entry(.profileViewers, "profile_viewers", .unique, .accounts),
        entry(.profileActions, "profile_actions", .delta, .count),
        entry(.storyNavigation, "story_navigation", .delta, .count),
        entry(.videoViews, "video_views", .delta, .count),
        entry(.videoViews30s, "video_views_30s", .delta, .count),
        entry(.videoViews10s, "video_views_10s", .delta, .count),
        entry(.videoViews95pct, "video_views_95pct", .delta, .count),
        entry(.videoStarts, "video_starts", .delta, .count),
        entry(.mediaViews, "media_views", .delta, .count),
        entry(.watchTimeSeconds, "watch_time_seconds", .delta, .seconds, scale: 3),
        entry(.avgWatchSeconds, "avg_watch_seconds", .weightedMean, .seconds, scale: 9),
        entry(.avgViewPercentage, "avg_view_percentage", .weightedMean, .percent, scale: 12),
        entry(.engagementRate, "engagement_rate", .ratio, .ratio, scale: 15),
        entry(.skipRate, "skip_rate", .ratio, .unknown, scale: 12),
        entry(.engagementTotal, "engagement_total", .delta, .count),
        entry(.engagementRateByViews, "engagement_rate_by_views", .ratio, .ratio, scale: 15),
        entry(.engagementRateByReach, "engagement_rate_by_reach", .ratio, .ratio, scale: 15),
        entry(.engagementRateByFollowers, "engagement_rate_by_followers", .ratio, .ratio, scale: 15),
        entry(.postsPublished, "posts_published", .delta, .count),
    ]

    private static func entry(
        _ id: MetricID,
        _ name: String,
        _ kind: MetricKind,
        _ unit: MetricUnit,
        scale: Int = 0
    ) -> Metric {
        Metric(
            id: id,
            name: name,
            kind: kind,
            unit: unit,
            scale: scale,
            additiveOverTime: kind == .delta || kind == .money,
            additiveOverSubjects: kind == .delta || kind == .cumulative || kind == .gauge || kind == .money
        )
    }
}
