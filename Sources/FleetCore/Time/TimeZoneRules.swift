/// When local time differs from UTC and by how much: the transitions of one time zone and the rule that continues them.
///
/// A day is the instants `startOfDay(date)..<startOfDay(date + 1)`, computed from local dates, so days of 23 and 25 hours,
/// a midnight that does not exist and a date that a zone left out all come out right. Never add 24 hours.
public struct TimeZoneRules: Sendable, Hashable {
    /// The name it was made with, for example `America/Los_Angeles`.
    public let name: String
    /// Instants, in seconds since 1970, at which the offset changes; ascending.
    let transitions: [Int64]
    /// The offset from each transition on, in seconds east of UTC.
    let offsets: [Int32]
    /// The offset before the first transition.
    let initialOffset: Int32
    /// The rule after the last transition.
    let continuation: PosixZoneRule?

    /// Local time as a clock on the wall shows it.
    public struct LocalTime: Hashable, Sendable {
        /// The local date.
        public let date: CivilDate
        /// Seconds on the wall clock since midnight, 0 to 86,399.
        public let secondOfDay: Int
    }

    /// Seconds east of UTC at an instant.
    public func offset(at instant: Instant) -> Int { offset(atSecond: instant.seconds) }

    /// The local date at an instant.
    public func date(at instant: Instant) -> CivilDate {
        let seconds = instant.seconds
        return CivilDate(daysSinceEpoch: Int32(Instant.floor(seconds + Int64(offset(atSecond: seconds)), 86_400)))
    }

    /// Local date and time of day at an instant; parts of a second are dropped.
    public func localTime(at instant: Instant) -> LocalTime {
        let seconds = instant.seconds
        let local = seconds + Int64(offset(atSecond: seconds))
        let day = Instant.floor(local, 86_400)
        return LocalTime(date: CivilDate(daysSinceEpoch: Int32(day)), secondOfDay: Int(local - day * 86_400))
    }

    /// The instant at which the clocks show this local time.
    ///
    /// A local time that is skipped gives the next valid instant (the moment of the change); one that occurs twice gives
    /// its first occurrence.
    public func instant(of date: CivilDate, secondOfDay: Int = 0) -> Instant {
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
        // No zone is more than 26 hours from UTC, so the walk starts before every candidate.
        var start = local - 26 * 3600
        while true {
            let candidate = local - Int64(offset(atSecond: start))
            let end = nextTransition(after: start)
            if candidate < start { return Instant(seconds: start) }
            guard let end, candidate >= end else { return Instant(seconds: candidate) }
            start = end
        }
    }

    /// The second instant at which the clocks show this local time; nil when they show it once or never.
    public func secondInstant(of date: CivilDate, secondOfDay: Int = 0) -> Instant? {
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
        let first = instant(of: date, secondOfDay: secondOfDay).seconds
        guard first + Int64(offset(atSecond: first)) == local else { return nil }
        var start = first
        while let change = nextTransition(after: start), change - first <= 26 * 3600 {
            let candidate = local - Int64(offset(atSecond: change))
            if candidate >= change { return Instant(seconds: candidate) }
            start = change
        }
        return nil
    }

    /// Whether clocks are set back on a local date, so that they may show some times twice.
    public func hasRepeatedTimes(on date: CivilDate) -> Bool { length(of: date) > .seconds(86_400) }

    /// The first instant of a local date; of a date that the zone skipped whole, the first instant after it.
    public func startOfDay(_ date: CivilDate) -> Instant { instant(of: date) }

    /// The first instant after a local date: the start of the next one. Days are half-open.
    public func endOfDay(_ date: CivilDate) -> Instant { instant(of: date + 1) }

    /// How long a local date is: 23, 24 or 25 hours mostly, zero for a date the zone skipped.
    public func length(of date: CivilDate) -> Duration { endOfDay(date) - startOfDay(date) }

    /// The local date a period ended on that is stamped with its end: the date of one microsecond before.
    public func date(endingAt end: Instant) -> CivilDate {
        date(at: Instant(microseconds: end.microseconds - 1))
    }

    func offset(atSecond second: Int64) -> Int {
        if let last = transitions.last, second < last {
            let index = firstIndex(after: second)
            return Int(index == 0 ? initialOffset : offsets[index - 1])
        }
        if let continuation { return continuation.offset(atSecond: second) }
        return Int(offsets.last ?? initialOffset)
    }

    /// The first instant after `second` at which the offset may change, or nil when there is none.
    func nextTransition(after second: Int64) -> Int64? {
        if let last = transitions.last, second < last { return transitions[firstIndex(after: second)] }
        return continuation?.nextTransition(after: second)
    }

    /// Index of the first transition later than `second`; equals the count when there is none.
    private func firstIndex(after second: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
