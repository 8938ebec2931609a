internal import FleetCore
internal import Platforms

/// What really happened to every simulated account of one platform on every day: a pure function of the seed.
///
/// All arithmetic is on integers, in thousandths, so the same seed gives the same numbers on every machine. A day's views
/// are the account's size times weekday times growth times noise, with a few days of zero and a few of four times as
/// much; everything else follows from the views, and follows minus unfollows is the change of the level.
struct TrueCurves: Sendable {
    let platform: PlatformName
    /// The date from which the level and the likes are lower, when accounts were purged.
    let purge: Purge?
    /// The seed of this platform: Instagram's is the world's.
    private let seed: UInt64

    /// A clean-up by the platform: one date from which levels and likes are lower.
    struct Purge: Hashable, Sendable {
        var date: CivilDate
        /// The share taken away, in thousandths.
        var permille: Int64
    }

    init(seed: UInt64, _ platform: PlatformName = .instagram, purge: Purge? = nil) {
        self.platform = platform
        self.purge = purge
        let place = UInt64(PlatformName.allCases.firstIndex(of: platform) ?? 0)
        self.seed = place == 0 ? seed : SimulatedAccount.mix(seed, 1000 + place)
    }

    /// The day from which growth counts.
    static let origin = CivilDate("2025-01-01")!
    /// Monday to Sunday, in thousandths.
    private static let week: [Int64] = [980, 950, 940, 970, 1030, 1180, 1240]

    /// The settled value of a metric for a day, or the level at its end, in the catalogue's scale. Nil for metrics that are
    /// not simulated.
    func value(_ account: Int, _ metric: MetricID, on day: CivilDate) -> Int64? {
        combined(metric) { primary(account, $0, on: day) }
    }

    /// A metric that is worked out from others, or the other itself.
    func combined(_ metric: MetricID, _ primary: (MetricID) -> Int64?) -> Int64? {
        switch metric {
        case .engagementRate:
            return TrueCurves.quotient(primary(.engagements), primary(.impressions), unit: 1_000_000_000_000_000)
        case .avgWatchSeconds:
            let played = primary(platform == .youtube ? .views : .videoViews)
            let unit: Int64 = platform == .youtube ? 1000 : 1
            return TrueCurves.quotient(primary(.watchTimeSeconds).map { $0 / unit }, played, unit: 1).map {
                $0 * unit * 1_000_000
            }
        default: return primary(metric)
        }
    }

    /// Nothing divided by nothing is nothing.
    private static func quotient(_ above: Int64?, _ below: Int64?, unit: Int64) -> Int64? {
        guard let above, let below else { return nil }
        return below == 0 ? 0 : Int64(Int128(above) * Int128(unit) / Int128(below))
    }

    /// The settled value of a metric that is not worked out from others.
    func primary(_ account: Int, _ metric: MetricID, on day: CivilDate) -> Int64? {
        switch metric {
        case .followers: return followers(account, day)
        case .followersGained where platform == .linkedin: return change(account, day)
        case .followersGained: return churn(account, day) + max(0, change(account, day))
        case .followersLost: return churn(account, day) + max(0, -change(account, day))
        case .pageLikes: return followers(account, day) * 9 / 10
        case .pageLikesGained: return (primary(account, .followersGained, on: day) ?? 0) * 9 / 10
        case .following: return Int64(hash(account, 2) % 900) + 50 + days(day) / 30
        case .listed: return Int64(hash(account, 8) % 40) + days(day) / 90
        case .monthlyViews: return ((day - 29)...day).reduce(0) { $0 + views(account, $1) }
        case .likes where platform == .linkedin && day == purge?.date:
            // Withdrawn reactions count negative on the day of their withdrawal.
            return -(part(metric, account, day, of: views(account, day), 55) + 5)
        case .watchTimeSeconds: return watched(account, day)
        case .avgViewPercentage: return (2000 + Int64(hash(account, 9, day) % 6000)) * 10_000_000_000
        case .engagements:
            return platform.interactions.reduce(0) { $0 + (primary(account, $1, on: day) ?? 0) }
        default:
            guard let share = MetricShare.of[metric] else { return nil }
            let whole = share.whole.map { primary(account, $0, on: day) ?? 0 } ?? views(account, day)
            return share.permille == 1000 ? whole : part(metric, account, day, of: whole, share.permille)
        }
    }

    private func views(_ account: Int, _ day: CivilDate) -> Int64 {
        let chance = hash(account, 10, day)
        if chance % 89 == 0 { return 0 }
        // Two draws added give noise with a peak in its middle: 700 to 1299.
        let noise = 700 + Int64(chance >> 16 % 300) + Int64(chance >> 32 % 300)
        let weekday = TrueCurves.week[day.weekday.rawValue - 1]
        let usual = size(account) * weekday / 1000 * growth(account, day) / 1000 * noise / 1000
        return chance % 211 == 1 ? usual * 4 : usual
    }

    /// Views of an ordinary day at the origin: 32 to 65,000, small accounts as frequent as large ones.
    func size(_ account: Int) -> Int64 {
        let hash = hash(account, 1)
        return (64 + Int64(hash % 64)) << Int64(hash >> 8 % 10) / 2
    }

    /// In thousandths: falling by up to 15 % or growing by up to 60 % a year.
    func growth(_ account: Int, _ day: CivilDate) -> Int64 {
        let perYear = Int64(hash(account, 4) % 751) - 150
        return min(max(1000 + perYear * days(day) / 365, 200), 10_000)
    }

    /// A share of a whole in thousandths, varying by account and by day.
    private func part(_ metric: MetricID, _ account: Int, _ day: CivilDate, of whole: Int64, _ share: Int64) -> Int64 {
        let tag = 100 + UInt64(metric.rawValue)
        let ofAccount = 800 + Int64(hash(account, tag) % 401)
        let ofDay = 900 + Int64(hash(account, tag, day) % 201)
        return whole * share / 1000 * ofAccount / 1000 * ofDay / 1000
    }

    /// Milliseconds watched; whole minutes on YouTube, which says no less.
    private func watched(_ account: Int, _ day: CivilDate) -> Int64 {
        let perPlay = Int64(hash(account, 11, day) % 9000)
        guard platform == .youtube else {
            return (primary(account, .videoViews, on: day) ?? 0) * (4000 + perPlay * 2)
        }
        return views(account, day) * (60 + perPlay / 30) / 60 * 60_000
    }

    private func followers(_ account: Int, _ day: CivilDate) -> Int64 {
        let base = isSmall(account) ? 20 + Int64(hash(account, 7) >> 8 % 25) : size(account) * 6 + 120
        let wobble = Int64(hash(account, 5, day) % UInt64(base / 400 + 3))
        let level = base * growth(account, day) / 1000 + wobble
        return purged(level, from: purge.map { $0.date <= day } ?? false)
    }

    /// Whether an account stays below the hundred followers that platforms want before they say much: one in twenty.
    func isSmall(_ account: Int) -> Bool { hash(account, 7) % 20 == 3 }

    /// A level or a running total, lower once the purge has been.
    func purged(_ value: Int64, from isPast: Bool) -> Int64 {
        guard isPast, let purge else { return value }
        return value * (1000 - purge.permille) / 1000
    }

    private func change(_ account: Int, _ day: CivilDate) -> Int64 {
        followers(account, day) - followers(account, day - 1)
    }

    /// People who left and were replaced on the same day.
    private func churn(_ account: Int, _ day: CivilDate) -> Int64 {
        followers(account, day) / 900 + Int64(hash(account, 6, day) % 4)
    }

    private func days(_ day: CivilDate) -> Int64 { Int64(day - TrueCurves.origin) }

    func hash(_ account: Int, _ tag: UInt64) -> UInt64 {
        SimulatedAccount.mix(SimulatedAccount.mix(seed, tag), UInt64(account))
    }

    func hash(_ account: Int, _ tag: UInt64, _ day: CivilDate) -> UInt64 {
        SimulatedAccount.mix(hash(account, tag), UInt64(bitPattern: Int64(day.daysSinceEpoch)))
    }
}
