/// The moments at which an account's posts are looked at: every hour, counted back from a little before the end of the
/// platform's day, so that one of them stands close to each boundary of a day.
///
/// Rarer looks fall on some of the same moments, so posts of every age meet in the same calls. Each account has a place of
/// its own within the hour, so that a million accounts do not fall due in one minute.
public struct TickGrid: Sendable, Hashable {
    /// How often. Each rank's ticks are among those of the ranks before it.
    public enum Rank: Int, Sendable, Comparable, CaseIterable {
        case hourly, sixHourly, daily, weekly

        public static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    /// The last tick of a day stands at least so long before its end: time to be answered.
    static let lead = Duration.seconds(300)

    private let zone: TimeZoneRules
    /// How long before the end of a day its last tick stands.
    private let offset: Duration
    /// The day of the week whose last tick is the weekly one, from 1 for Monday.
    private let weekday: Int

    /// - Parameter account: its place within the hour and the week follows from it.
    public init(zone: TimeZoneRules, account: Int64) {
        self.zone = zone
        offset = Self.lead + .seconds(Int64(Self.mixed(account) % 3300))
        weekday = Int(Self.mixed(account ^ 0x5EED) % 7) + 1
    }

    /// The first tick of a rank after a moment.
    public func next(_ rank: Rank, after moment: Instant) -> Instant {
        // Moved by the offset, ticks are whole hours before the end of a day.
        let shifted = moment + offset
        var date = zone.date(at: shifted)
        var end = zone.endOfDay(date)
        var hours = (end.microseconds - shifted.microseconds - 1) / Self.hour
        switch rank {
        case .hourly: break
        case .sixHourly: hours -= hours % 6
        case .daily: hours = 0
        case .weekly:
            hours = 0
            while date.weekday.rawValue != weekday { date = date + 1 }
            end = zone.endOfDay(date)
        }
        return Instant(microseconds: end.microseconds - hours * Self.hour) - offset
    }

    /// A moment of the account within a stretch that begins at another, the same at every call.
    public static func spread(_ account: Int64, over stretch: Duration, from start: Instant) -> Instant {
        start + .seconds(Int64(mixed(account ^ 0x0FF5E7) % UInt64(max(stretch.components.seconds, 1))))
    }

    private static let hour: Int64 = 3_600_000_000

    /// The finisher of SplitMix64: neighbouring accounts land far apart.
    private static func mixed(_ account: Int64) -> UInt64 {
        var value = UInt64(bitPattern: account) &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
