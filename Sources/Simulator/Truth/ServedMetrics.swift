internal import FleetCore
internal import Platforms

/// The canonical metrics that a platform states of accounts and posts: what a fleet that missed nothing would hold.
struct ServedMetrics: Sendable {
    /// Of an account for a day.
    var daily: [MetricID] = []
    /// Of an account at an instant.
    var levels: [MetricID] = []
    /// Of an account since its beginning.
    var totals: [MetricID] = []
    /// Of a post since its beginning.
    var ofPost: [MetricID] = []
    /// Of a post for a day.
    var ofPostDaily: [MetricID] = []
    private let platform: PlatformName

    /// Of a post of one kind since its beginning.
    func ofPost(_ kind: PostKind) -> [MetricID] {
        switch (platform, kind) {
        case (.instagram, .story):
            [
                .reach, .views, .shares, .reposts, .engagements, .followersGained, .profileViews, .profileActions,
                .replies, .storyNavigation, .linkClicks,
            ]
        case (.instagram, .reel): ofPost + [.avgWatchSeconds, .watchTimeSeconds, .skipRate]
        case (.instagram, _): ofPost + [.followersGained, .profileViews, .profileActions]
        case (.threads, .repost): []
        default: ofPost
        }
    }

    /// What is stated of accounts that are not `isSmall`: of pages with fewer than a hundred likes Facebook has no insights.
    init(_ platform: PlatformName, isSmall: Bool) {
        self.init(platform)
        if isSmall && platform == .facebook { daily = [] }
    }

    init(_ platform: PlatformName) {
        self.platform = platform
        switch platform {
        case .instagram:
            daily = [
                .reach, .views, .engaged, .engagements, .likes, .comments, .saves, .shares, .replies, .reposts,
                .profileLinkClicks, .websiteClicks, .profileViews, .followersGained, .followersLost,
            ]
            levels = [.followers, .following, .posts]
            ofPost = [.reach, .views, .likes, .comments, .saves, .shares, .reposts, .engagements]
        case .facebook:
            daily = [
                .views, .reach, .engagements, .followersGained, .followersLost, .followers, .profileViews, .ctaClicks,
                .videoViews, .videoViews30s, .watchTimeSeconds, .pageLikesGained, .reactions,
            ]
            levels = [.followers, .pageLikes]
            ofPost = [
                .views, .reach, .clicks, .videoViews, .watchTimeSeconds, .avgWatchSeconds, .shares, .comments,
                .reactions, .likes,
            ]
        case .threads:
            daily = [.profileViews, .likes, .reposts, .quotes, .comments, .linkClicks]
            levels = [.followers]
            ofPost = [.views, .likes, .reposts, .quotes, .shares, .comments]
        case .youtube:
            daily = [
                .views, .engagedViews, .watchTimeSeconds, .avgWatchSeconds, .avgViewPercentage, .followersGained,
                .followersLost, .likes, .dislikes, .comments, .shares,
            ]
            levels = [.followers, .posts]
            totals = [.views]
            ofPost = [.views, .likes, .comments]
            ofPostDaily = daily
        case .linkedin:
            daily = [
                .impressions, .reach, .clicks, .likes, .comments, .shares, .engagementRate, .followersGained,
                .profileViews, .profileViewers,
            ]
            levels = [.followers]
            ofPost = [.impressions, .reach, .clicks, .likes, .comments, .shares, .engagementRate]
        case .x:
            levels = [.followers, .following, .posts, .listed]
            ofPost = [
                .reposts, .comments, .likes, .quotes, .saves, .impressions, .linkClicks, .profileClicks, .engagements,
            ]
            ofPostDaily = [
                .impressions, .engagements, .likes, .shares, .permalinkClicks, .hashtagClicks, .detailExpands,
                .mediaViews, .comments, .reposts, .quotes, .saves, .followersGained, .followersLost, .linkClicks,
                .profileClicks,
            ]
        case .tiktok:
            levels = [.followers, .following, .posts]
            totals = [.likes]
            ofPost = [.views, .likes, .comments, .shares]
        case .pinterest:
            let both: [MetricID] = [
                .impressions, .clicks, .linkClicks, .saves, .videoViews, .videoStarts, .videoViews10s,
                .videoViews95pct, .watchTimeSeconds, .avgWatchSeconds,
            ]
            daily = both + [.engagements, .engagementRate]
            levels = [.followers, .following, .posts, .monthlyViews]
            ofPost = [.impressions, .clicks, .linkClicks, .saves, .reactions, .comments]
            ofPostDaily = both + [.followersGained, .profileViews]
        default: break
        }
    }
}

extension PlatformTruth {
    /// What the platform states of an account: less of one that has too few followers.
    func served(_ account: Int) -> ServedMetrics {
        var served = ServedMetrics(platform, isSmall: curves.isSmall(account))
        if platform == .instagram && curves.isSmall(account) {
            served.daily.removeAll { $0 == .followersGained || $0 == .followersLost }
        }
        return served
    }

    /// What the platform states of a post since its beginning.
    func served(_ post: TruePost, at now: Instant) -> [MetricID] {
        if platform == .x && now >= post.publishedAt + .hours(30 * 24) {
            // What only the owner sees is kept for thirty days.
            return ServedMetrics(.x).ofPost.filter { ![.linkClicks, .profileClicks, .engagements].contains($0) }
        }
        // Of a pin that was just made the listing says nothing; its analytics say what they add up to.
        if platform == .pinterest, !isCounted(post, at: now) { return [.comments, .reactions] }
        guard platform == .instagram else { return ServedMetrics(platform).ofPost(post.kind) }
        // Media from before the account was a business have no insights; stories want five viewers.
        if post.id.number == 0 { return [.likes, .comments] }
        if post.kind == .story, value(post, .reach, at: now) ?? 0 < 5 { return [] }
        return ServedMetrics(platform).ofPost(post.kind)
    }

    /// Whether Pinterest has counted anything of a pin yet.
    func isCounted(_ pin: TruePost, at now: Instant) -> Bool { now >= pin.publishedAt + .hours(1) }
}
