/// A week by ISO 8601: it begins on Monday and belongs to the year that holds its Thursday.
public struct ISOWeek: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The ISO year, which near New Year differs from the calendar year.
    public let year: Int
    /// The week, 1 to 53.
    public let week: Int

    /// For example `2026-W53`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.appendDigits(year, width: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(UInt8(ascii: "W"))
        bytes.appendDigits(week, width: 2)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The earlier week.
    public static func < (left: ISOWeek, right: ISOWeek) -> Bool {
        (left.year, left.week) < (right.year, right.week)
    }
}

extension CivilDate {
    /// The ISO week this date lies in: 2027-01-01 is in 2026-W53.
    public var isoWeek: ISOWeek {
        let thursday = startOfWeek + 3
        let year = thursday.year
        let firstOfYear = CivilDate(unchecked: year, 1, 1)
        return ISOWeek(year: year, week: (thursday - firstOfYear) / 7 + 1)
    }

    /// The Monday on or before this date.
    public var startOfWeek: CivilDate { startOfWeek(beginningOn: .monday) }

    /// The last day with weekday `first` on or before this date.
    public func startOfWeek(beginningOn first: Weekday) -> CivilDate {
        self - (weekday.rawValue - first.rawValue + 7) % 7
    }

    /// The first of this date's month.
    public var startOfMonth: CivilDate { self - (day - 1) }

    /// The date `months` calendar months from this anchor, held to the last day of a shorter month.
    ///
    /// Steps do not compose: 31 January plus one month plus one month is 28 March, plus two months is 31 March. So a
    /// series always steps from its anchor, `anchor.addingMonths(n)`, never from its own last element.
    public func addingMonths(_ months: Int) -> CivilDate {
        let (year, month, day) = components
        let index = year * 12 + (month - 1) + months
        let targetYear = index >= 0 ? index / 12 : (index - 11) / 12
        let targetMonth = index - targetYear * 12 + 1
        return CivilDate(
            unchecked: targetYear,
            targetMonth,
            min(day, CivilDate.daysInMonth(targetMonth, of: targetYear))
        )
    }

    /// The same day `years` later; 29 February becomes the 28th in a year that has none.
    public func addingYears(_ years: Int) -> CivilDate { addingMonths(years * 12) }
}
