internal import FleetCore

/// How large a metric usually is: a share of another one, of the views where none is named.
struct MetricShare: Sendable {
    var permille: Int64
    var whole: MetricID?

    init(_ permille: Int64, of whole: MetricID? = nil) {
        self.permille = permille
        self.whole = whole
    }

    /// By metric. No part is larger than its whole, whatever the account and the day.
    static let of: [MetricID: MetricShare] = [
        .views: MetricShare(1000),
        .impressions: MetricShare(1000),
        .engagedViews: MetricShare(720),
        .reach: MetricShare(600),
        .engaged: MetricShare(42, of: .reach),
        .likes: MetricShare(55),
        .dislikes: MetricShare(2),
        .reactions: MetricShare(60),
        .comments: MetricShare(5),
        .replies: MetricShare(1),
        .shares: MetricShare(8),
        .reposts: MetricShare(1),
        .quotes: MetricShare(1),
        .saves: MetricShare(7),
        .clicks: MetricShare(30),
        .linkClicks: MetricShare(12),
        .websiteClicks: MetricShare(70, of: .profileViews),
        .profileClicks: MetricShare(9),
        .profileLinkClicks: MetricShare(70, of: .profileViews),
        .ctaClicks: MetricShare(40, of: .profileViews),
        .permalinkClicks: MetricShare(3),
        .hashtagClicks: MetricShare(1),
        .detailExpands: MetricShare(11),
        .profileViews: MetricShare(22),
        .profileViewers: MetricShare(700, of: .profileViews),
        .profileActions: MetricShare(4),
        .storyNavigation: MetricShare(350),
        .videoViews: MetricShare(400),
        .videoViews30s: MetricShare(300, of: .videoViews),
        .videoViews10s: MetricShare(500, of: .videoViews),
        .videoViews95pct: MetricShare(120, of: .videoViews),
        .videoStarts: MetricShare(700),
        .mediaViews: MetricShare(350),
    ]
}

extension PlatformName {
    /// The metrics that what the platform calls engagements is the sum of.
    var interactions: [MetricID] {
        switch self {
        case .instagram: [.likes, .comments, .saves, .shares, .replies, .reposts]
        case .facebook: [.reactions, .comments, .shares, .clicks]
        case .threads: [.likes, .comments, .reposts, .quotes, .shares]
        case .youtube, .tiktok: [.likes, .comments, .shares]
        case .linkedin: [.clicks, .likes, .comments, .shares]
        case .x: [.likes, .comments, .reposts, .quotes, .saves, .linkClicks, .profileClicks, .detailExpands]
        case .pinterest: [.clicks, .linkClicks, .saves]
        default: [.likes, .comments, .shares]
        }
    }
}
