internal import FleetCore
internal import Platforms

/// The truth about one platform's accounts and posts, and what of it the platform shows at an instant.
///
/// Values are in the catalogue's scale: what the store must hold in the end.
struct PlatformTruth: Sendable {
    let platform: PlatformName
    let curves: TrueCurves
    let settlement: Settlement
    /// Corrections that the platform has made to days long past.
    let restatements: [Restatement]
    /// Posts that were taken down.
    let deletedPosts: Set<SimulatedPost>

    /// A correction of the figures of some days, from the moment it was made.
    struct Restatement: Hashable, Sendable {
        var days: ClosedRange<CivilDate>
        /// What every count of those days is multiplied with, in thousandths.
        var permille: Int64
        var from: Instant
    }

    var zone: TimeZoneRules { settlement.zone }

    init(
        _ platform: PlatformName,
        seed: UInt64,
        settle: Duration? = nil,
        purge: TrueCurves.Purge? = nil,
        restatements: [Restatement] = [],
        deletedPosts: Set<SimulatedPost> = []
    ) {
        self.platform = platform
        curves = TrueCurves(seed: seed, platform, purge: purge)
        settlement = Settlement(platform, lag: settle)
        self.restatements = restatements
        self.deletedPosts = deletedPosts
    }

    // MARK: Accounts, day by day

    /// What a day's value will be once it is settled, as far as is decided at an instant.
    func value(_ account: Int, _ metric: MetricID, on day: CivilDate, at now: Instant) -> Int64? {
        curves.combined(metric) { metric in
            curves.primary(account, metric, on: day).map { restated($0, metric, day, now) }
        }
    }

    /// What the platform shows of a day's value at an instant; nil while it says nothing of the day.
    func shown(_ account: Int, _ metric: MetricID, on day: CivilDate, at now: Instant) -> Int64? {
        guard let share = settlement.share(of: day, metric, at: now) else { return nil }
        return curves.combined(metric) { metric in
            curves.primary(account, metric, on: day).map { value in
                guard MetricCatalogue[metric]?.isAmount ?? false else { return value }
                let part = restated(value, metric, day, now) * share / 1000
                return metric == .watchTimeSeconds && platform == .youtube ? part / 60_000 * 60_000 : part
            }
        }
    }

    /// What the platform shows of several days together: the sum, and for distinct people something between the largest day
    /// and the sum. Nil while it says nothing of the first day.
    func shown(_ account: Int, _ metric: MetricID, over days: ClosedRange<CivilDate>, at now: Instant) -> Int64? {
        total(metric, days) { shown(account, $0, on: $1, at: now) }
    }

    /// The settled value of several days together.
    func value(_ account: Int, _ metric: MetricID, over days: ClosedRange<CivilDate>, at now: Instant) -> Int64? {
        total(metric, days) { value(account, $0, on: $1, at: now) }
    }

    private func total(
        _ metric: MetricID,
        _ days: ClosedRange<CivilDate>,
        _ ofDay: (MetricID, CivilDate) -> Int64?
    ) -> Int64? {
        guard days.count > 1 else { return ofDay(metric, days.lowerBound) }
        return curves.combined(metric) { metric in
            var sum: Int64?
            var largest: Int64 = 0
            for day in days {
                guard let value = ofDay(metric, day) else { break }
                sum = (sum ?? 0) + value
                largest = max(largest, value)
            }
            guard let sum, MetricCatalogue[metric]?.kind == .unique else { return sum }
            return max(largest, sum * 55 / 100)
        }
    }

    private func restated(_ value: Int64, _ metric: MetricID, _ day: CivilDate, _ now: Instant) -> Int64 {
        guard !restatements.isEmpty, MetricCatalogue[metric]?.isAmount ?? false else { return value }
        let restated = restatements.reduce(value) { value, restatement in
            restatement.from <= now && restatement.days.contains(day) ? value * restatement.permille / 1000 : value
        }
        // YouTube tells time in whole minutes, also after a correction.
        return metric == .watchTimeSeconds && platform == .youtube ? restated / 60_000 * 60_000 : restated
    }

    // MARK: Accounts, now

    /// A level at an instant. Levels move once a day; the number of posts moves with the posts.
    func level(_ account: Int, _ metric: MetricID, at now: Instant) -> Int64? {
        if metric == .posts {
            let deleted = deletedPosts.count { $0.account.number == account && !$0.isStory }
            return Int64(curves.published(account, until: now) - deleted)
        }
        if metric == .followers && platform == .youtube && hidesSubscribers(account) { return nil }
        guard let value = curves.primary(account, metric, on: zone.date(at: now)) else { return nil }
        return metric == .followers && platform == .youtube ? PlatformTruth.rounded(value) : value
    }

    /// Three significant digits, the others zero: what YouTube says of subscribers.
    static func rounded(_ value: Int64) -> Int64 {
        var unit: Int64 = 1
        while value / unit >= 1000 { unit *= 10 }
        return value / unit * unit
    }

    /// The running total of an account's metric since its beginning, today included as far as it is shown.
    func total(_ account: Int, _ metric: MetricID, at now: Instant) -> Int64? {
        let today = zone.date(at: now)
        guard today > TrueCurves.origin else { return 0 }
        guard curves.primary(account, metric, on: today) != nil else { return nil }
        var sum: Int64 = 0
        for day in TrueCurves.origin..<today { sum += curves.primary(account, metric, on: day) ?? 0 }
        let running = Settlement(lag: .zero, zone: zone)
        sum += running.shown(curves.primary(account, metric, on: today) ?? 0, of: today, at: now) ?? 0
        guard metric == .likes else { return sum }
        return curves.purged(sum, from: curves.purge.map { zone.startOfDay($0.date) <= now } ?? false)
    }

    // MARK: Posts

    /// The posts of an account that are there at an instant, newest first, beginning below a number.
    func posts(_ account: SimulatedAccount, before end: Int? = nil, limit: Int, at now: Instant) -> [TruePost] {
        var number = min(end ?? .max, curves.published(account.number, until: now))
        var posts: [TruePost] = []
        while number > 0, posts.count < limit {
            number -= 1
            if let post = post(SimulatedPost(account, number: number), at: now) { posts.append(post) }
        }
        return posts
    }

    /// The stories of an account that are still to be seen: those of the last 24 hours, newest first.
    func stories(_ account: SimulatedAccount, at now: Instant) -> [TruePost] {
        var place = curves.published(account.number, until: now, stories: true)
        var stories: [TruePost] = []
        while place > 0 {
            place -= 1
            let id = SimulatedPost(account, number: SimulatedPost.firstStory + place)
            guard let story = post(id, at: now) else { break }
            stories.append(story)
        }
        return stories
    }

    /// A post, or nil when it is not there: not yet published, taken down, or a story past its day.
    func post(_ id: SimulatedPost, at now: Instant) -> TruePost? {
        guard deletedPosts.isEmpty || !deletedPosts.contains(id) else { return nil }
        let post = curves.post(id)
        guard post.publishedAt <= now, !id.isStory || now < post.publishedAt + .hours(24) else { return nil }
        return post
    }

    /// The running total of a post's metric at an instant; nil for what YouTube does not show of the video.
    func value(_ post: TruePost, _ metric: MetricID, at now: Instant) -> Int64? {
        platform == .youtube && hides(metric, of: post.id) ? nil : curves.value(post, metric, at: now)
    }

    /// What a post gained on a day, as it is shown at an instant; nil while the platform says nothing of the day.
    func shown(_ post: TruePost, _ metric: MetricID, on day: CivilDate, at now: Instant) -> Int64? {
        guard let share = settlement.share(of: day, metric, at: now) else { return nil }
        return gained(post, metric, on: day).map { gained in
            guard MetricCatalogue[metric]?.isAmount ?? false, metric != .watchTimeSeconds || platform != .youtube else {
                return gained
            }
            return gained * share / 1000
        }
    }

    /// What a post gained on a day: the difference of its running totals, zero before it was there.
    func gained(_ post: TruePost, _ metric: MetricID, on day: CivilDate) -> Int64? {
        curves.combined(metric) { metric in
            guard let after = curves.value(post, metric, at: max(zone.endOfDay(day), post.publishedAt)) else {
                return nil
            }
            guard MetricCatalogue[metric]?.isAmount ?? false else { return after }
            guard zone.endOfDay(day) > post.publishedAt else { return 0 }
            return after - (curves.value(post, metric, at: zone.startOfDay(day)) ?? 0)
        }
    }
}

extension Metric {
    /// Whether values are amounts of a period, of which a part can be shown: counts, times, distinct people.
    var isAmount: Bool { kind == .delta || kind == .unique }
}
