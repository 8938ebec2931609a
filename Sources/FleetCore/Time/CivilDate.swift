/// A day of the Gregorian calendar without a time zone, counted from 1970-01-01.
///
/// A date is not an instant: which instants it covers is the business of ``TimeZoneRules``. Values made from text or
/// from year, month and day lie between 0001-01-01 and 9999-12-31; arithmetic may leave that range and traps only where
/// 32 bits end, which is some five million years away.
public struct CivilDate: Hashable, Sendable {
    /// Days since 1970-01-01, negative before it.
    public let daysSinceEpoch: Int32

    /// The date so many days after 1970-01-01.
    @inlinable
    public init(daysSinceEpoch: Int32) {
        self.daysSinceEpoch = daysSinceEpoch
    }

    /// The date of year, month (1 to 12) and day (1 to 31), or nil when the calendar has no such day or the year is not
    /// in 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysInMonth(month, of: year)
        else { return nil }
        self.init(unchecked: year, month, day)
    }

    /// Year, month and day that are known to exist.
    init(unchecked year: Int, _ month: Int, _ day: Int) {
        // Years begin in March here, so that the leap day is the last of its year; 400 years are one era of 146,097 days.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSinceEpoch: Int32(era * 146_097 + dayOfEra - 719_468))
    }

    /// Year, month and day of this date.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSinceEpoch) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The calendar year.
    public var year: Int { components.year }
    /// The month, 1 to 12.
    public var month: Int { components.month }
    /// The day of the month, 1 to 31.
    public var day: Int { components.day }

    /// The day of the week.
    public var weekday: Weekday {
        // 1970-01-01 was a Thursday, which is 3 days after a Monday.
        let index = (Int(daysSinceEpoch) + 3) % 7
        return Weekday(rawValue: (index < 0 ? index + 7 : index) + 1)!
    }

    /// How many days a month has; February knows leap years. `month` must be 1 to 12.
    public static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether the year has a 29th of February.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}

/// A day of the week with its ISO number: Monday is 1, Sunday is 7.
public enum Weekday: Int, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday
}

/// Dates are strideable by days, so that `start..<end` is a collection and `end - start` is a count.
extension CivilDate: Strideable {
    /// The date `days` later, or earlier when negative.
    @inlinable
    public func advanced(by days: Int) -> CivilDate {
        CivilDate(daysSinceEpoch: daysSinceEpoch + Int32(days))
    }

    /// How many days `other` lies after this date.
    @inlinable
    public func distance(to other: CivilDate) -> Int {
        Int(other.daysSinceEpoch) - Int(daysSinceEpoch)
    }

    /// The earlier date.
    @inlinable
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }

    /// The date `days` later.
    @inlinable
    public static func + (date: CivilDate, days: Int) -> CivilDate { date.advanced(by: days) }

    /// The date `days` earlier.
    @inlinable
    public static func - (date: CivilDate, days: Int) -> CivilDate { date.advanced(by: -days) }

    /// How many days the left date lies after the right one.
    @inlinable
    public static func - (left: CivilDate, right: CivilDate) -> Int { right.distance(to: left) }
}
