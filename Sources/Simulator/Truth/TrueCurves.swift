internal import FleetCore
internal import Platforms

/// What really happened to every simulated account on every day: a pure function of the seed.
///
/// All arithmetic is on integers, in thousandths, so the same seed gives the same numbers on every machine. A day's views
/// are the account's size times weekday times growth times noise, with a few days of zero and a few of four times as
/// much; everything else follows from the views, and follows minus unfollows is the change of the level.
struct TrueCurves: Sendable {
    let seed: UInt64

    /// The day from which growth counts.
    private static let origin = CivilDate("2025-01-01")!
    /// Monday to Sunday, in thousandths.
    private static let week: [Int64] = [980, 950, 940, 970, 1030, 1180, 1240]

    /// The settled value of a metric for a day, or the level at its end. Nil for metrics that are not simulated.
    func value(_ account: Int, _ metric: MetricID, on day: CivilDate) -> Int64? {
        switch metric {
        case .views: return views(account, day)
        case .reach: return part(.reach, account, day, of: views(account, day), 600)
        case .engaged: return part(.engaged, account, day, of: value(account, .reach, on: day) ?? 0, 42)
        case .likes: return part(metric, account, day, of: views(account, day), 55)
        case .comments: return part(metric, account, day, of: views(account, day), 5)
        case .saves: return part(metric, account, day, of: views(account, day), 7)
        case .shares: return part(metric, account, day, of: views(account, day), 8)
        case .replies: return part(metric, account, day, of: views(account, day), 1)
        case .reposts: return part(metric, account, day, of: views(account, day), 1)
        case .engagements:
            return TrueCurves.interactions.reduce(0) { $0 + (value(account, $1, on: day) ?? 0) }
        case .profileViews: return part(metric, account, day, of: views(account, day), 22)
        case .websiteClicks, .profileLinkClicks:
            return part(metric, account, day, of: value(account, .profileViews, on: day) ?? 0, 70)
        case .followers: return followers(account, day)
        case .followersGained: return churn(account, day) + max(0, change(account, day))
        case .followersLost: return churn(account, day) + max(0, -change(account, day))
        case .following: return Int64(hash(account, 2) % 900) + 50 + days(day) / 30
        case .posts: return Int64(hash(account, 3) % 800) + max(0, days(day)) / 3
        default: return nil
        }
    }

    /// The metrics that a day's interactions are the sum of.
    static let interactions: [MetricID] = [.likes, .comments, .saves, .shares, .replies, .reposts]

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
    private func size(_ account: Int) -> Int64 {
        let hash = hash(account, 1)
        return (64 + Int64(hash % 64)) << Int64(hash >> 8 % 10) / 2
    }

    /// In thousandths: falling by up to 15 % or growing by up to 60 % a year.
    private func growth(_ account: Int, _ day: CivilDate) -> Int64 {
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

    private func followers(_ account: Int, _ day: CivilDate) -> Int64 {
        let base = size(account) * 6 + 120
        let wobble = Int64(hash(account, 5, day) % UInt64(base / 400 + 3))
        return base * growth(account, day) / 1000 + wobble
    }

    private func change(_ account: Int, _ day: CivilDate) -> Int64 {
        followers(account, day) - followers(account, day - 1)
    }

    /// People who left and were replaced on the same day.
    private func churn(_ account: Int, _ day: CivilDate) -> Int64 {
        followers(account, day) / 900 + Int64(hash(account, 6, day) % 4)
    }

    private func days(_ day: CivilDate) -> Int64 { Int64(day - TrueCurves.origin) }

    private func hash(_ account: Int, _ tag: UInt64) -> UInt64 {
        SimulatedAccount.mix(SimulatedAccount.mix(seed, tag), UInt64(account))
    }

    private func hash(_ account: Int, _ tag: UInt64, _ day: CivilDate) -> UInt64 {
        SimulatedAccount.mix(hash(account, tag), UInt64(bitPattern: Int64(day.daysSinceEpoch)))
    }
}
