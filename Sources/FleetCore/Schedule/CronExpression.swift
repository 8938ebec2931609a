/// A cron expression of five fields: minute, hour, day of month, month, day of week.
///
/// Each field takes `*`, numbers, ranges `a-b`, steps `*/n` or `a-b/n`, and lists of these; months and weekdays also their
/// English names. As in cron, when both day fields are restricted a day that matches either of them fires.
public struct CronExpression: Equatable, Sendable {
    /// What is wrong with an expression, in one sentence.
    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let minutes: [Int]
    private let hours: [Int]
    private let days: Set<Int>
    private let months: Set<Int>
    /// 0 is Sunday.
    private let weekdays: Set<Int>
    private let anyDay: Bool
    private let anyWeekday: Bool

    public init(_ text: String) throws(Fault) {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard fields.count == 5 else {
            throw Fault(
                description:
                    "a cron expression has 5 fields (minute hour day month weekday), \"\(text)\" has \(fields.count)"
            )
        }
        minutes = try Self.values(of: fields[0], named: "minute", in: 0...59).sorted()
        hours = try Self.values(of: fields[1], named: "hour", in: 0...23).sorted()
        days = try Self.values(of: fields[2], named: "day", in: 1...31)
        months = try Self.values(of: fields[3], named: "month", in: 1...12, names: Self.monthNames)
        weekdays = Set(
            try Self.values(of: fields[4], named: "weekday", in: 0...7, names: Self.weekdayNames).map { $0 % 7 }
        )
        anyDay = fields[2].hasPrefix("*")
        anyWeekday = fields[4].hasPrefix("*")
    }

    /// Whether it fires in every hour: then it follows the clock on the wall as it goes.
    private var isAnyHour: Bool { hours.count == 24 }

    /// The first fire after the given moment in the given zone, or nil when none comes within eight years (such as
    /// 30 February).
    ///
    /// With hours that are named, a local time that daylight saving skips fires at the next valid moment, and a repeated one
    /// once. With any hour, an hour that is repeated fires twice and one that is skipped not at all, so that the fires of
    /// "every 15 minutes" are 15 minutes apart on every day.
    public func next(after moment: Instant, in zone: TimeZoneRules) -> Instant? {
        let local = zone.localTime(at: moment)
        for offset in 0..<(8 * 366) {
            let date = local.date + offset
            guard matches(date) else { continue }
            // Of two local times the later never comes first, so those before the moment's own need no look.
            let first = firstTime(on: date, after: moment, from: offset == 0 ? local.secondOfDay : 0, in: zone)
            let repeated = repeatedTime(on: date, after: moment, in: zone)
            if let fire = [first, repeated].compactMap({ $0 }).min() { return fire }
        }
        return nil
    }

    /// The fires from one moment to another, the second one included, oldest first, and at most so many.
    public func fires(
        from start: Instant,
        through end: Instant,
        in zone: TimeZoneRules,
        limit: Int
    ) -> [Instant] {
        var fires: [Instant] = []
        var moment = Instant(microseconds: start.microseconds - 1)
        while fires.count < limit, let fire = next(after: moment, in: zone), fire <= end {
            fires.append(fire)
            moment = fire
        }
        return fires
    }

    private func firstTime(
        on date: CivilDate,
        after moment: Instant,
        from earliest: Int,
        in zone: TimeZoneRules
    ) -> Instant? {
        for hour in hours where (hour + 1) * 3600 > earliest {
            for minute in minutes {
                let second = (hour * 60 + minute) * 60
                let fire = zone.instant(of: date, secondOfDay: second)
                guard fire > moment else { continue }
                if isAnyHour, zone.localTime(at: fire).secondOfDay != second { continue }
                return fire
            }
        }
        return nil
    }

    private func repeatedTime(on date: CivilDate, after moment: Instant, in zone: TimeZoneRules) -> Instant? {
        guard isAnyHour, zone.hasRepeatedTimes(on: date) else { return nil }
        for hour in hours {
            for minute in minutes {
                let fire = zone.secondInstant(of: date, secondOfDay: (hour * 60 + minute) * 60)
                if let fire, fire > moment { return fire }
            }
        }
        return nil
    }

    private func matches(_ date: CivilDate) -> Bool {
        guard months.contains(date.month) else { return false }
        let day = days.contains(date.day)
        let weekday = weekdays.contains(date.weekday.rawValue % 7)
        return anyDay || anyWeekday ? day && weekday : day || weekday
    }

    private static let monthNames = [
        "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
        "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
    ]
    private static let weekdayNames = ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]

    private static func values(
        of field: String,
        named name: String,
        in range: ClosedRange<Int>,
        names: [String: Int] = [:]
    ) throws(Fault) -> Set<Int> {
        var values: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", omittingEmptySubsequences: false)
            let step = halves.count == 2 ? Int(halves[1]) ?? 0 : 1
            let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
                .map { names[$0.lowercased()] ?? Int($0) }
            let span: ClosedRange<Int>?
            if halves[0] == "*" {
                span = range
            } else if ends.count == 1, let only = ends[0] {
                // `a/n` runs from a to the end, as cron has it.
                span = only <= range.upperBound ? only...(halves.count == 2 ? range.upperBound : only) : nil
            } else if ends.count == 2, let low = ends[0], let high = ends[1], low <= high {
                span = low...high
            } else {
                span = nil
            }
            guard let span, step > 0, halves.count <= 2, range.contains(span.lowerBound),
                range.contains(span.upperBound)
            else {
                throw Fault(
                    description: "\"\(part)\" is not a \(name); say *, a number from \(range.lowerBound) to "
                        + "\(range.upperBound), a range a-b or a step */n"
                )
            }
            values.formUnion(stride(from: span.lowerBound, through: span.upperBound, by: step))
        }
        return values
    }
}
