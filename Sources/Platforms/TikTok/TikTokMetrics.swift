internal import FleetCore

/// TikTok's names, by the interface that serves them.
enum TikTokMetrics {
    enum Group {
        static let user = "user"
        static let video = "video"
        static let business = "business"
    }

    /// Fields of a user in the Display interface.
    static let user = MetricTable([
        entry("follower_count", .followers, .gauge, Group.user),
        entry("following_count", .following, .gauge, Group.user),
        entry("likes_count", .likes, .cumulative, Group.user),
        entry("video_count", .posts, .gauge, Group.user),
    ])

    /// Fields of a video in the Display interface.
    static let video = MetricTable([
        entry("view_count", .views, .cumulative, Group.video),
        entry("like_count", .likes, .cumulative, Group.video),
        entry("comment_count", .comments, .cumulative, Group.video),
        entry("share_count", .shares, .cumulative, Group.video),
    ])

    /// Fields of an account in the Business interface.
    static let businessAccount = [
        entry("followers_count", .followers, .gauge, Group.business),
        entry("total_likes", .likes, .cumulative, Group.business),
        entry("videos_count", .posts, .gauge, Group.business),
    ]

    /// Fields of a video in the Business interface.
    static let businessVideo = [
        entry("video_views", .views, .cumulative, Group.business),
        entry("reach", .reach, .cumulative, Group.business),
        entry("total_time_watched", .watchTimeSeconds, .cumulative, Group.business),
        entry("average_time_watched", .avgWatchSeconds, .gauge, Group.business),
    ]

    /// Whatever the Business interface serves, wherever it stands.
    static let business = MetricTable(businessAccount + businessVideo)

    /// Everything, for the catalogue.
    static let all: [PlatformMetric] = [user, video, business].flatMap(\.entries)

    private static func entry(
        _ native: String,
        _ metric: MetricID,
        _ kind: PlatformMetric.SampleKind,
        _ group: String
    ) -> PlatformMetric {
        PlatformMetric(native, metric, kind, group: group, lagDays: 0)
    }
}
