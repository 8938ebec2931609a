/// The rule in the last line of a zone file: a standard offset and, where clocks change, two changes each year.
///
/// Offsets here count seconds east of UTC, the other way round from the text, which counts west.
struct PosixZoneRule: Sendable, Hashable {
    /// One change of the year: a day and the seconds after its midnight by the clock before the change.
    struct Change: Sendable, Hashable {
        var day: Day
        var time: Int
    }

    /// The ways a rule names a day.
    enum Day: Sendable, Hashable {
        /// `Mm.w.d`: weekday `d` (0 is Sunday) of week `w` of the month; week 5 is the last one.
        case monthWeek(month: Int, week: Int, weekday: Int)
        /// `Jn`: day 1 to 365, never counting 29 February.
        case julian(Int)
        /// `n`: day 0 to 365, counting 29 February.
        case ordinal(Int)
    }

    /// What holds in summer and when.
    struct Daylight: Sendable, Hashable {
        var offset: Int
        var start: Change
        var end: Change
    }

    var standardOffset: Int
    var daylight: Daylight?

    func offset(atSecond second: Int64) -> Int {
        guard let daylight else { return standardOffset }
        var latest: (at: Int64, offset: Int)?
        for year in years(around: second) {
            for change in changes(of: year, daylight) where change.at <= second {
                if latest.map({ change.at >= $0.at }) ?? true { latest = change }
            }
        }
        return latest?.offset ?? standardOffset
    }

    func nextTransition(after second: Int64) -> Int64? {
        guard let daylight else { return nil }
        var next: Int64?
        for year in years(around: second) {
            for change in changes(of: year, daylight) where change.at > second {
                if next.map({ change.at < $0 }) ?? true { next = change.at }
            }
        }
        return next
    }

    /// The year and its neighbours: a change may lie up to a week outside of its year, and near New Year the neighbour's
    /// change decides.
    private func years(around second: Int64) -> ClosedRange<Int> {
        let day = Instant.floor(second + Int64(standardOffset), 86_400)
        let year = CivilDate(daysSinceEpoch: Int32(clamping: day)).year
        return year - 1...year + 1
    }

    private func changes(of year: Int, _ daylight: Daylight) -> [(at: Int64, offset: Int)] {
        [
            (daylight.start.second(of: year) - Int64(standardOffset), daylight.offset),
            (daylight.end.second(of: year) - Int64(daylight.offset), standardOffset),
        ]
    }
}

extension PosixZoneRule.Change {
    /// Seconds since 1970 on the local clock.
    func second(of year: Int) -> Int64 { Int64(date(of: year).daysSinceEpoch) * 86_400 + Int64(time) }

    private func date(of year: Int) -> CivilDate {
        switch day {
        case .monthWeek(let month, let week, let weekday):
            let first = CivilDate(unchecked: year, month, 1)
            let lead = (weekday - first.weekday.rawValue % 7 + 7) % 7
            var offset = lead + (week - 1) * 7
            while offset >= CivilDate.daysInMonth(month, of: year) { offset -= 7 }
            return first + offset
        case .julian(let number):
            let leapShift = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
            return CivilDate(unchecked: year, 1, 1) + (number - 1 + leapShift)
        case .ordinal(let number):
            return CivilDate(unchecked: year, 1, 1) + number
        }
    }
}
