extension BudgetRule.Window {
    /// How far two clocks may be apart: the platform's and ours, or those of two workers.
    ///
    /// Where windows follow one another, what is used this close to a boundary counts on both of its sides. A sliding window
    /// is only ever measured by our own clocks.
    var slack: Duration {
        switch self {
        case .sliding(let length): min(.milliseconds(250), length / 8)
        case .aligned(let length): min(.seconds(1), length / 8)
        case .day, .month: .seconds(1)
        }
    }

    /// When the current window began; for a sliding one, the earliest instant that still counts.
    public func start(at now: Instant, zone: TimeZoneRules) -> Instant {
        switch self {
        case .sliding(let length): return now - length
        case .aligned(let length):
            let length = max(length.wholeMicroseconds, 1)
            return Instant(microseconds: Instant.floor(now.microseconds, length) * length)
        case .day: return zone.startOfDay(zone.date(at: now))
        case .month:
            let date = now.utcDate
            return TimeZoneRules.utc.startOfDay(date + (1 - date.day))
        }
    }

    /// When a window that holds an instant ends; for a sliding one, when the instant leaves it.
    public func end(of instant: Instant, zone: TimeZoneRules) -> Instant {
        switch self {
        case .sliding(let length): return instant + length
        case .aligned(let length): return start(at: instant, zone: zone) + length
        case .day: return zone.endOfDay(zone.date(at: instant))
        case .month:
            let date = instant.utcDate
            let days = CivilDate.daysInMonth(date.month, of: date.year)
            return TimeZoneRules.utc.startOfDay(date + (days + 1 - date.day))
        }
    }

    /// The first moment at which a use no longer counts.
    public func release(of use: Instant, zone: TimeZoneRules) -> Instant {
        switch self {
        case .sliding(let length): use + length + slack
        // The boundary that the use was surely before.
        case .aligned, .day, .month: end(of: use + slack, zone: zone) + slack
        }
    }

    /// About how long a window is.
    public var length: Duration {
        switch self {
        case .sliding(let length), .aligned(let length): length
        case .day: .seconds(86_400)
        case .month: .seconds(30 * 86_400)
        }
    }

    /// Whether two uses may be kept as one at the later instant without counting longer than a sliver.
    func mayMerge(_ earlier: Instant, _ later: Instant, zone: TimeZoneRules) -> Bool {
        switch self {
        case .sliding(let length):
            let grain = max(length.wholeMicroseconds / 128, 1)
            return Instant.floor(earlier.microseconds, grain) == Instant.floor(later.microseconds, grain)
        case .aligned, .day, .month:
            return release(of: earlier, zone: zone) == release(of: later, zone: zone)
        }
    }
}
