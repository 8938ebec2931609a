internal import FleetCore

// What the platform called things once, and how Instagram speaks Graph.
extension InstagramMetrics {
    /// Names that are no longer served on any version.
    static let retired: [PlatformMetric] =
        retired(
            since: "2025-04-21",
            successor: "views",
            [
                ("impressions", .impressions), ("plays", .views), ("clips_replays_count", .views),
                ("ig_reels_aggregated_all_plays_count", .views), ("video_views", .videoViews),
            ]
        )
        + retired(
            since: "2023-12-01",
            successor: "total_interactions",
            [
                ("engagement", .engagements), ("carousel_album_engagement", .engagements),
            ]
        )
        + retired(
            since: "2023-12-01",
            successor: "views",
            [
                ("carousel_album_impressions", .impressions), ("carousel_album_video_views", .videoViews),
            ]
        )
        + retired(since: "2023-12-01", successor: "reach", [("carousel_album_reach", .reach)])
        + retired(since: "2023-12-01", successor: "saved", [("carousel_album_saved", .saves)])
        + retired(
            since: "2023-12-01",
            successor: "navigation",
            [
                ("taps_forward", .storyNavigation), ("taps_back", .storyNavigation), ("exits", .storyNavigation),
            ]
        )
        + retired(
            since: "2023-12-01",
            successor: "follower_demographics",
            [
                ("audience_city", .followers), ("audience_country", .followers), ("audience_gender_age", .followers),
                ("audience_locale", .followers),
            ]
        )
        // First seen refused in July 2026; the day they ended is not known.
        + retired(
            since: "2026-07-01",
            successor: "profile_links_taps",
            [
                ("email_contacts", .profileLinkClicks), ("phone_call_clicks", .profileLinkClicks),
                ("text_message_clicks", .profileLinkClicks), ("get_directions_clicks", .profileLinkClicks),
            ]
        )

    private static func retired(
        since: String,
        successor: String,
        _ names: [(String, MetricID)]
    ) -> [PlatformMetric] {
        names.map { .retired($0, $1, group: "retired", since: since, successor: successor) }
    }

    static let dialect = GraphDialect(
        account: .init(insights: account, fields: node),
        post: .init(insights: media, fields: list),
        lists: ["media", "stories", "live_media", "tags"],
        retired: retired,
        retiredFamilies: ["carousel_album_", "audience_"],
        kind: kind
    )

    /// Reels are told apart by the product type: the media type of a reel is VIDEO.
    @Sendable private static func kind(of post: GraphDialect.PostFacts) -> PostKind {
        switch (post.productType, post.mediaType) {
        case ("REELS", _), ("REEL", _): .reel
        case ("STORY", _): .story
        case (nil, _) where post.edge == "stories": .story
        case (_, "IMAGE"): .image
        case (_, "VIDEO"): .video
        case (_, "CAROUSEL_ALBUM"): .carousel
        default: .post
        }
    }
}
