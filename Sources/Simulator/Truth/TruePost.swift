internal import FleetCore
internal import Platforms

/// A post as it really is: when it came, what it is, and how its figures grow with its age.
struct TruePost: Hashable, Sendable {
    let id: SimulatedPost
    let kind: PostKind
    let publishedAt: Instant
    /// Seconds that a video runs; zero for anything else.
    let seconds: Int64

    var isVideo: Bool { seconds > 0 }
}

extension TrueCurves {
    /// The hours between the posts of an account: a day and a half to eight days; of its stories, at most two.
    private func interval(_ account: Int, stories: Bool) -> Int64 {
        let chance = hash(account, stories ? 21 : 20)
        return (stories ? 18 + Int64(chance % 30) : 36 + Int64(chance % 156)) * 3600
    }

    private static let firstPost = TimeZoneRules.utc.startOfDay(origin).seconds

    /// When the post of a number in its row was published: each has its own stretch of time, and falls anywhere in it.
    private func published(_ account: Int, _ place: Int, stories: Bool) -> Int64 {
        let interval = interval(account, stories: stories)
        let chance = SimulatedAccount.mix(hash(account, stories ? 23 : 22), UInt64(place))
        return TrueCurves.firstPost + Int64(place) * interval + Int64(chance % UInt64(interval))
    }

    /// How many posts, or stories, an account has published until an instant.
    func published(_ account: Int, until now: Instant, stories: Bool = false) -> Int {
        let since = now.seconds - TrueCurves.firstPost
        guard since >= 0 else { return 0 }
        let place = Int(since / interval(account, stories: stories))
        return min(place + (published(account, place, stories: stories) <= now.seconds ? 1 : 0), 49_999)
    }

    /// The post of a number, whenever it is published.
    func post(_ id: SimulatedPost) -> TruePost {
        let account = id.account.number
        let place = id.isStory ? id.number - SimulatedPost.firstStory : id.number
        let chance = SimulatedAccount.mix(hash(account, 24), UInt64(id.number))
        let kind = id.isStory ? .story : platform.postKinds[Int(chance % UInt64(platform.postKinds.count))]
        let isVideo = kind.isVideo || (kind == .pin && chance >> 8 % 3 == 0)
        return TruePost(
            id: id,
            kind: kind,
            publishedAt: Instant(seconds: published(account, place, stories: id.isStory)),
            seconds: isVideo ? 8 + Int64(chance >> 16 % 400) : 0
        )
    }

    /// The true running total of a post's metric at an instant, in the catalogue's scale; counted anew each minute. Nil for
    /// metrics that posts have not, and before the post is there.
    func value(_ post: TruePost, _ metric: MetricID, at now: Instant) -> Int64? {
        guard now >= post.publishedAt else { return nil }
        let minutes = (now.microseconds - post.publishedAt.microseconds) / 60_000_000
        let wasPurged = purge.map { platform.dayZone.startOfDay($0.date) <= now } ?? false
        return combined(metric) { metric in
            let value = primary(post, metric, minutes: minutes)
            return metric == .likes || metric == .reactions ? value.map { purged($0, from: wasPurged) } : value
        }
    }

    private func primary(_ post: TruePost, _ metric: MetricID, minutes: Int64) -> Int64? {
        func of(_ metric: MetricID) -> Int64 { primary(post, metric, minutes: minutes) ?? 0 }
        switch metric {
        case .engagements: return platform.interactions.reduce(0) { $0 + of($1) }
        case .watchTimeSeconds:
            guard post.isVideo else { return 0 }
            let perPlay = 2000 + Int64(hash(post, 31) % UInt64(post.seconds * 700))
            return platform == .youtube
                ? of(.views) * perPlay / 60_000 * 60_000 : of(.videoViews) * perPlay
        case .videoViews, .videoViews10s, .videoViews30s, .videoViews95pct, .videoStarts, .mediaViews:
            guard post.isVideo else { return 0 }
        case .followersGained: return shown(post, minutes) * 2 / 1000
        case .followersLost: return shown(post, minutes) / 4000
        case .skipRate: return (1000 + Int64(hash(post, 32) % 6000)) * 100_000_000
        case .avgViewPercentage: return (2000 + Int64(hash(post, 33) % 6000)) * 10_000_000_000
        default: break
        }
        guard let share = MetricShare.of[metric] else { return nil }
        let whole = share.whole.map { of($0) } ?? shown(post, minutes)
        guard share.permille < 1000 else { return whole }
        let ofPost = 700 + Int64(hash(post, 100 + UInt64(metric.rawValue)) % 501)
        return whole * share.permille / 1000 * ofPost / 1000
    }

    /// How often a post was shown by an age: fast at first, half of it after some hours, never quite all.
    private func shown(_ post: TruePost, _ minutes: Int64) -> Int64 {
        let account = post.id.account.number
        let chance = hash(post, 30)
        let luck = 100 + Int64(chance % 900) + (chance >> 16 % 25 == 0 ? 6000 : 0)
        let final = size(account) * growth(account, post.publishedAt.utcDate) / 1000 * luck / 1000 * 3
        let half = (6 + Int64(chance >> 32 % 30)) * 60
        return final * minutes / (minutes + half)
    }

    private func hash(_ post: TruePost, _ tag: UInt64) -> UInt64 {
        SimulatedAccount.mix(hash(post.id.account.number, 2000 + tag), UInt64(post.id.number))
    }
}

extension PostKind {
    fileprivate var isVideo: Bool {
        switch self {
        case .video, .reel, .short, .live: true
        case .post, .image, .carousel, .story, .article, .pin, .repost: false
        }
    }
}

extension PlatformName {
    /// What the posts of the platform are, each as frequent as it is written here.
    var postKinds: [PostKind] {
        switch self {
        case .instagram: [.image, .reel, .carousel, .reel, .image, .video]
        case .facebook: [.post, .image, .video, .image, .reel]
        case .threads: [.post, .image, .post, .video, .carousel, .repost]
        case .youtube: [.video, .short, .video, .short, .short, .live]
        case .linkedin: [.post, .image, .video, .article]
        case .x: [.post, .post, .image, .video]
        case .tiktok: [.video]
        case .pinterest: [.pin]
        default: [.post]
        }
    }
}
