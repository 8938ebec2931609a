internal import FleetCore

/// How much of a day's truth a platform shows at an instant: it counts while the day runs, is still incomplete when it ends,
/// and restates until a lag has passed. Some platforms say nothing of a day until it is well over.
struct Settlement: Sendable {
    /// How long after a day's end its values still change; zero makes them right as soon as the day is over.
    var lag: Duration
    /// The zone whose days count.
    var zone: TimeZoneRules
    /// How long after its end a day is missing altogether; nil shows the day while it runs.
    var silence: Duration?
    /// The same for the gain of followers.
    var silenceOfFollowers: Duration?
    /// Metrics that are missing until nothing of the day changes any more.
    var slow: Set<MetricID> = []
    /// The share shown of a day that has just ended, in thousandths.
    var shareAtEnd: Int64 = Settlement.shareAtEnd

    /// The usual share shown of a day that has just ended, in thousandths.
    static let shareAtEnd: Int64 = 700

    /// How a platform settles; a lag that is given replaces the platform's own and bounds its silence.
    init(_ platform: PlatformName, lag given: Duration? = nil) {
        zone = platform.dayZone
        switch platform {
        // Instagram's follows and unfollows of the day that has just ended are not ready.
        case .instagram: (lag, silenceOfFollowers) = (.hours(48), .hours(24))
        case .facebook, .threads: lag = .hours(48)
        case .youtube:
            (lag, silence, shareAtEnd) = (.hours(72), .hours(48), 900)
            slow = [.followersGained, .followersLost, .likes, .dislikes, .comments, .shares]
        case .linkedin: (lag, silence, silenceOfFollowers, shareAtEnd) = (.hours(48), .hours(12), .hours(48), 850)
        case .x, .tiktok: (lag, shareAtEnd) = (.hours(1), 990)
        case .pinterest: (lag, silence, shareAtEnd) = (.hours(48), .hours(24), 900)
        default: lag = platform.settlingLag
        }
        guard let given else { return }
        lag = given
        silence = silence.map { min($0, given) }
        silenceOfFollowers = silenceOfFollowers.map { min($0, given) }
    }

    init(lag: Duration, zone: TimeZoneRules) {
        self.lag = lag
        self.zone = zone
    }

    /// The share shown in thousandths, or nil before the platform says anything of the day.
    func share(of day: CivilDate, _ metric: MetricID? = nil, at now: Instant) -> Int64? {
        let start = zone.startOfDay(day)
        guard now >= start else { return nil }
        let end = zone.endOfDay(day)
        if let silence = silence(of: metric), now < end + silence { return nil }
        let atEnd = lag == .zero ? 1000 : shareAtEnd
        if now < end {
            return atEnd * (now.microseconds - start.microseconds) / (end.microseconds - start.microseconds)
        }
        let since = now.microseconds - end.microseconds
        let whole = lag.wholeMicroseconds
        return since >= whole ? 1000 : atEnd + (1000 - atEnd) * since / whole
    }

    /// How long after a day's end a metric of it is missing altogether.
    private func silence(of metric: MetricID?) -> Duration? {
        guard let metric else { return silence }
        if slow.contains(metric) { return lag }
        return metric == .followersGained || metric == .followersLost ? silenceOfFollowers ?? silence : silence
    }

    /// A settled value as it is shown, or nil before the platform says anything of the day.
    func shown(_ value: Int64, of day: CivilDate, at now: Instant) -> Int64? {
        share(of: day, at: now).map { value * $0 / 1000 }
    }

    /// Whether nothing of a day changes any more.
    func isSettled(_ day: CivilDate, at now: Instant) -> Bool {
        let wait = max(lag, silence ?? .zero, silenceOfFollowers ?? .zero)
        return now >= zone.endOfDay(day) + wait
    }
}

extension Duration {
    static func hours(_ hours: Int) -> Duration { .seconds(hours * 3600) }
}
