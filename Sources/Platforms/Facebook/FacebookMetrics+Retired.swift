internal import FleetCore

// What the platform called things once, and how Facebook Pages speak Graph. Removal does not depend on the version called.
extension FacebookMetrics {
    /// Names that are no longer served.
    static let retired: [PlatformMetric] =
        retired(
            "2024-03-14",
            ("page_engaged_users", .engaged, nil),
            ("page_consumptions", .clicks, nil),
            ("page_consumptions_unique", .clicks, nil),
            ("page_consumptions_by_consumption_type", .clicks, nil),
            ("page_content_activity", .engagements, "page_post_engagements")
        )
        + retired(
            "2025-11-15",
            ("page_fans", .pageLikes, "page_follows"),
            ("page_fans_city", .pageLikes, "page_follows_city"),
            ("page_fans_country", .pageLikes, "page_follows_country"),
            ("page_fans_locale", .pageLikes, nil),
            ("page_fans_gender_age", .pageLikes, nil),
            ("page_fan_adds", .pageLikesGained, "page_daily_follows_unique"),
            ("page_fan_adds_unique", .pageLikesGained, "page_daily_follows_unique"),
            ("page_fan_removes", .followersLost, "page_daily_unfollows_unique"),
            ("page_fan_removes_unique", .followersLost, "page_daily_unfollows_unique"),
            ("page_impressions", .impressions, "page_media_view"),
            ("page_impressions_paid", .impressions, "page_media_view"),
            ("page_impressions_viral", .impressions, nil),
            ("page_impressions_nonviral", .impressions, nil),
            ("post_impressions", .impressions, "post_media_view"),
            ("post_impressions_paid", .impressions, "post_media_view"),
            ("post_impressions_organic", .impressions, "post_media_view"),
            ("post_impressions_fan", .impressions, "post_media_view")
        )
        + retired(
            "2026-06-15",
            ("page_impressions_unique", .reach, "page_total_media_view_unique"),
            ("page_impressions_paid_unique", .reach, "page_total_media_view_unique"),
            ("page_impressions_viral_unique", .reach, "page_total_media_view_unique"),
            ("page_impressions_nonviral_unique", .reach, "page_total_media_view_unique"),
            ("page_posts_impressions", .impressions, "page_media_view"),
            ("page_posts_impressions_unique", .reach, nil),
            ("page_posts_impressions_paid", .impressions, nil),
            ("page_posts_impressions_organic", .impressions, nil),
            ("post_impressions_unique", .reach, "post_total_media_view_unique"),
            ("post_impressions_paid_unique", .reach, "post_total_media_view_unique"),
            ("post_impressions_organic_unique", .reach, "post_total_media_view_unique"),
            ("post_impressions_fan_unique", .reach, "post_total_media_view_unique"),
            ("page_video_views_unique", .reach, "page_media_view"),
            ("post_video_views_unique", .reach, "post_media_view"),
            ("total_video_impressions", .impressions, "post_media_view"),
            ("total_video_impressions_unique", .reach, "post_media_view")
        )
        // First seen refused in July 2026; the day they ended is not known.
        + retired(
            "2026-07-01",
            ("page_views", .profileViews, "page_views_total"),
            ("page_website_clicks", .websiteClicks, "page_total_actions"),
            ("page_video_views_10s", .videoViews10s, nil),
            ("page_tab_views_login_top", .profileViews, nil)
        )

    private static func retired(_ since: String, _ names: (String, MetricID, String?)...) -> [PlatformMetric] {
        names.map { .retired($0, $1, group: "retired", since: since, successor: $2) }
    }

    static let dialect = GraphDialect(
        account: .init(insights: page, fields: node),
        post: .init(insights: post, fields: fields),
        lists: ["posts", "feed", "published_posts", "visitor_posts", "tagged"],
        retired: retired,
        retiredFamilies: [
            "page_consumptions", "page_content_activity", "page_impressions", "page_posts_impressions", "page_fans",
            "page_tab_views_", "page_video_views_10s", "post_impressions", "total_video_impressions",
        ],
        kind: { post in
            switch post.statusType {
            case "added_photos"?: .image
            case "added_video"?: .video
            default: .post
            }
        }
    )
}
