internal import FleetCore

/// X's names, by the object that holds them. Old and new names of one field stand side by side.
enum XMetrics {
    enum Group {
        static let user = "user"
        static let post = "public_metrics"
        static let privatePost = "non_public_metrics"
        static let traffic = "organic_metrics"
        static let analytics = "analytics"
    }

    /// `public_metrics` of a user. The likes are those the user gave, and are left alone.
    static let user = MetricTable([
        level("followers_count", .followers),
        level("following_count", .following),
        level("tweet_count", .posts, successor: "post_count"),
        level("post_count", .posts),
        level("listed_count", .listed),
    ])

    /// `public_metrics` of a post.
    static let post = MetricTable(counters(Group.post))

    /// `non_public_metrics` of a post, for thirty days. The impressions repeat the public ones and are left alone.
    static let privatePost = MetricTable([
        counter("url_link_clicks", .linkClicks, Group.privatePost),
        counter("user_profile_clicks", .profileClicks, Group.privatePost),
        counter("engagements", .engagements, Group.privatePost),
    ])

    /// `organic_metrics` and `promoted_metrics` of a post: parts by traffic.
    static let traffic = MetricTable(
        counters(Group.traffic, traffic: .organic) + [
            counter("url_link_clicks", .linkClicks, Group.traffic, traffic: .organic),
            counter("user_profile_clicks", .profileClicks, Group.traffic, traffic: .organic),
            counter("engagements", .engagements, Group.traffic, traffic: .organic),
        ]
    )

    /// Fields of the analytics calls, counted per bucket of time.
    static let analytics = MetricTable(
        analyticsOnly + [
            bucket("impressions", .impressions),
            bucket("engagements", .engagements),
            bucket("likes", .likes),
            bucket("replies", .comments),
            bucket("retweets", .reposts),
            bucket("quote_tweets", .quotes),
            bucket("bookmarks", .saves),
            bucket("url_clicks", .linkClicks),
            bucket("user_profile_clicks", .profileClicks),
        ]
    )

    /// What only the analytics calls serve. One series has one source, so the others are read where they appear and asked
    /// for as lifetime numbers.
    static let analyticsOnly = [
        bucket("shares", .shares),
        bucket("permalink_clicks", .permalinkClicks),
        bucket("hashtag_clicks", .hashtagClicks),
        bucket("detail_expands", .detailExpands),
        bucket("media_views", .mediaViews),
        bucket("follows", .followersGained),
        bucket("unfollows", .followersLost),
    ]

    /// Everything, for the catalogue.
    static let all: [PlatformMetric] = [user, post, privatePost, traffic, analytics].flatMap(\.entries)

    private static func counters(_ group: String, traffic: Traffic = .all) -> [PlatformMetric] {
        [
            counter("retweet_count", .reposts, group, traffic: traffic, successor: "repost_count"),
            counter("repost_count", .reposts, group, traffic: traffic),
            counter("reply_count", .comments, group, traffic: traffic),
            counter("like_count", .likes, group, traffic: traffic),
            counter("quote_count", .quotes, group, traffic: traffic),
            counter("bookmark_count", .saves, group, traffic: traffic),
            counter("impression_count", .impressions, group, traffic: traffic),
        ]
    }

    private static func level(_ native: String, _ metric: MetricID, successor: String? = nil) -> PlatformMetric {
        PlatformMetric(native, metric, .gauge, group: Group.user, successor: successor, lagDays: 0)
    }

    private static func counter(
        _ native: String,
        _ metric: MetricID,
        _ group: String,
        traffic: Traffic = .all,
        successor: String? = nil
    ) -> PlatformMetric {
        PlatformMetric(native, metric, .cumulative, group: group, traffic: traffic, successor: successor, lagDays: 0)
    }

    private static func bucket(_ native: String, _ metric: MetricID) -> PlatformMetric {
        PlatformMetric(native, metric, .delta, group: Group.analytics, lagDays: 1)
    }
}
