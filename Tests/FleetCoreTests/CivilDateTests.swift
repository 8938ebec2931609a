import FleetCore
import Testing

@Suite struct CivilDateTests {
    @Test func `every day of four hundred years survives the way to components and back`() {
        var expected = CivilDate("1899-12-31")!
        for year in 1900..<2300 {
            for month in 1...12 {
                for day in 1...CivilDate.daysInMonth(month, of: year) {
                    let date = CivilDate(year: year, month: month, day: day)!
                    expected = expected + 1
                    #expect(date == expected && date.components == (year, month, day))
                }
            }
        }
    }

    @Test func `1970-01-01 is day zero and a Thursday`() {
        #expect(CivilDate("1970-01-01")!.daysSinceEpoch == 0)
        #expect(CivilDate("1970-01-01")!.weekday == .thursday)
        #expect(CivilDate("1969-12-31")!.weekday == .wednesday)
        #expect(CivilDate("2026-11-21")!.weekday == .saturday)
    }

    @Test(arguments: ["0001-01-01", "1600-02-29", "1969-12-31", "2000-02-29", "2026-11-21", "9999-12-31"])
    func `a date is written as it was read`(text: String) {
        #expect(CivilDate(text)?.description == text)
    }

    @Test(arguments: [
        "", "2026-11-2", "2026-11-211", "2026-1-21", "26-11-21", "2026/11/21", "2026-13-01", "2026-00-01",
        "2026-02-29", "2026-04-31", "2026-11-00", "0000-01-01", " 2026-11-21", "2026-11-21 ", "+026-11-21",
        "2026-11-2x",
        "١٩٧٠-01-01",
    ])
    func `text that is not a date of the calendar is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test(arguments: [
        ("2027-01-01", "2026-W53"), ("2026-01-01", "2026-W01"), ("2021-01-03", "2020-W53"), ("2024-12-30", "2025-W01"),
        ("2023-01-01", "2022-W52"), ("2026-11-21", "2026-W47"),
    ])
    func `the ISO week carries the ISO year`(date: String, week: String) {
        #expect(CivilDate(date)!.isoWeek.description == week)
    }

    @Test func `a week starts on the weekday asked for, on or before the date`() {
        for offset in 0..<14 {
            let date = CivilDate("2026-11-09")! + offset
            for first in Weekday.allCases {
                let start = date.startOfWeek(beginningOn: first)
                #expect(start.weekday == first && start <= date && date - start < 7)
            }
        }
        #expect(CivilDate("2026-11-21")!.startOfMonth == CivilDate("2026-11-01"))
    }

    @Test func `months step from the anchor, not from the last step`() {
        let anchor = CivilDate("2026-01-31")!
        #expect(anchor.addingMonths(1) == CivilDate("2026-02-28"))
        #expect(anchor.addingMonths(2) == CivilDate("2026-03-31"))
        #expect(anchor.addingMonths(1).addingMonths(1) == CivilDate("2026-03-28"))
        #expect(anchor.addingMonths(-2) == CivilDate("2025-11-30"))
        #expect(anchor.addingMonths(-13) == CivilDate("2024-12-31"))
        #expect(CivilDate("2024-02-29")!.addingYears(1) == CivilDate("2025-02-28"))
    }

    @Test func `dates count and range by days`() {
        let start = CivilDate("2026-02-27")!
        #expect((start..<start + 3).map(\.description) == ["2026-02-27", "2026-02-28", "2026-03-01"])
        #expect(CivilDate("2026-03-01")! - start == 2)
        #expect(start - 58 == CivilDate("2025-12-31"))
    }
}
