internal import FleetCore

/// LinkedIn's names for organization pages. Everything about content counts organic traffic only.
enum LinkedInMetrics {
    /// Names in one group share a call: LinkedIn sends them whole, nothing is named in the request.
    enum Group {
        static let shares = "share_statistics"
        static let sharesLifetime = "share_statistics_lifetime"
        static let followers = "follower_statistics"
        static let page = "page_statistics"
        static let pageLifetime = "page_statistics_lifetime"
        static let network = "network_size"
    }

    /// Which stretch of time an element speaks of.
    enum Span {
        case days
        /// A total over the rolling twelve months that LinkedIn keeps, which may go down.
        case lifetime
    }

    /// Members of `totalShareStatistics`.
    static func shares(_ span: Span) -> MetricTable { span == .days ? shareDays : shareLifetime }

    /// Members of `allPageViews`. Desktop and mobile are its parts and not read.
    static func page(_ span: Span) -> MetricTable { span == .days ? pageDays : pageLifetime }

    private static let shareDays = MetricTable(shareEntries(.delta, Group.shares))
    private static let shareLifetime = MetricTable(shareEntries(.cumulative, Group.sharesLifetime))
    private static let pageDays = MetricTable(pageEntries(.delta, Group.page))
    private static let pageLifetime = MetricTable(pageEntries(.cumulative, Group.pageLifetime))

    /// New followers less those lost, so it may be negative.
    static let followerGains = PlatformMetric("followerGains", .followersGained, .delta, group: Group.followers)
    /// Its parts by `follow_source`.
    static let followSources = [("organicFollowerGain", "organic"), ("paidFollowerGain", "paid")]

    /// The only source of the level.
    static let networkSize = PlatformMetric("firstDegreeSize", .followers, .gauge, group: Group.network, lagDays: 0)

    static let all: [PlatformMetric] =
        shareDays.entries + shareLifetime.entries + pageDays.entries + pageLifetime.entries
        + [followerGains, networkSize]

    private static func shareEntries(_ kind: PlatformMetric.SampleKind, _ group: String) -> [PlatformMetric] {
        func entry(
            _ native: String,
            _ metric: MetricID,
            _ kind: PlatformMetric.SampleKind
        ) -> PlatformMetric {
            PlatformMetric(native, metric, kind, group: group, traffic: .organic)
        }
        return [
            entry("impressionCount", .impressions, kind),
            entry("uniqueImpressionsCount", .reach, kind),
            // The same number as some versions spell it.
            entry("uniqueImpressionsCounts", .reach, kind),
            entry("clickCount", .clicks, kind),
            entry("likeCount", .likes, kind),
            entry("commentCount", .comments, kind),
            entry("shareCount", .shares, kind),
            entry("engagement", .engagementRate, .gauge),
        ]
    }

    private static func pageEntries(_ kind: PlatformMetric.SampleKind, _ group: String) -> [PlatformMetric] {
        [
            PlatformMetric("pageViews", .profileViews, kind, group: group),
            PlatformMetric("uniquePageViews", .profileViewers, kind, group: group),
        ]
    }
}
