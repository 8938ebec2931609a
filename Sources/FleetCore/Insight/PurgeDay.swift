/// A day on which a counter fell on many accounts of one platform: the platform took away what it no longer counts, and
/// nobody did anything wrong. One event, not one alert per account.
public struct PurgeDay: Equatable, Sendable {
    /// How a counter or level of one account changed on a day.
    public struct Change: Equatable, Sendable {
        public var account: Int64
        public var platform: PlatformName
        public var metric: MetricID
        public var day: CivilDate
        /// Where it stood before.
        public var opening: Int64
        /// How much was added; negative when it fell.
        public var change: Int64

        public init(
            account: Int64,
            platform: PlatformName,
            metric: MetricID,
            day: CivilDate,
            opening: Int64,
            change: Int64
        ) {
            self.account = account
            self.platform = platform
            self.metric = metric
            self.day = day
            self.opening = opening
            self.change = change
        }

        /// Whether more than one in a hundred went away.
        var isFall: Bool { opening > 0 && change < 0 && change.magnitude > (opening / 100).magnitude }
    }

    public var platform: PlatformName
    public var metric: MetricID
    public var day: CivilDate
    /// Accounts on which it fell, and those of which both ends are known.
    public var accounts: Int
    public var known: Int
    /// What all accounts that fell had before, and what went away, as a positive number.
    public var opening: Int64
    public var lost: Int64

    /// The least accounts that make a purge, and the least share of those known, as one in so many.
    public static let leastAccounts = 5
    public static let leastShare = 4

    private struct Key: Hashable {
        var platform: PlatformName
        var metric: MetricID
        var day: CivilDate
    }

    /// The purges among the changes, by day.
    public static func all(in changes: some Sequence<Change>) -> [PurgeDay] {
        var days: [Key: PurgeDay] = [:]
        for change in changes {
            let key = Key(platform: change.platform, metric: change.metric, day: change.day)
            var day =
                days[key]
                ?? PurgeDay(
                    platform: change.platform,
                    metric: change.metric,
                    day: change.day,
                    accounts: 0,
                    known: 0,
                    opening: 0,
                    lost: 0
                )
            day.known += 1
            if change.isFall {
                day.accounts += 1
                day.opening = saturatingSum(day.opening, change.opening)
                day.lost = saturatingDifference(day.lost, change.change)
            }
            days[key] = day
        }
        return days.values.filter { $0.accounts >= leastAccounts && $0.accounts * leastShare >= $0.known }
            .sorted { ($0.day, $0.platform.rawValue, $0.metric) < ($1.day, $1.platform.rawValue, $1.metric) }
    }
}
