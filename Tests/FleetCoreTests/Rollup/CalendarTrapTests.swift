import FleetCore
import Testing

/// Days of 23 and 25 hours, days stamped with their end, weeks and months, unfinished stretches.
@Suite struct CalendarTrapTests {
    @Test(arguments: [("2026-03-08", 23), ("2026-11-01", 25), ("2026-07-01", 24)])
    func `a Pacific day has its real hours`(day: String, hours: Int) {
        var subject = SubjectFixture(.instagram)
        let date = CivilDate(day)!
        let (start, end) = (subject.zone.startOfDay(date), subject.zone.endOfDay(date))
        #expect(end - start == .seconds(hours * 3600))
        // Every hour of the day is in it, none of another day is.
        for hour in -1...(hours + 1) {
            subject.read(at: start + .seconds(hour * 3600), [.likes: Int64(1000 + hour)])
        }
        let row = subject.day(date)
        #expect(row.value(.likes) == Int64(hours))
        #expect(row[.likes]?.flags == [.gross])
    }

    @Test(arguments: [("2026-03-08", 23), ("2026-11-01", 25)])
    func `levels of a day of odd length all count`(day: String, hours: Int) {
        var subject = SubjectFixture(.instagram)
        let start = subject.zone.startOfDay(CivilDate(day)!)
        for hour in 0...hours {
            subject.read(at: start + .seconds(hour * 3600), [.followers: Int64(hour)], period: .instant)
        }
        let row = subject.day(day)
        #expect(row[.followers]?.count == Int32(hours))
        #expect(row.value(.followers) == Int64(hours - 1))
    }

    @Test func `a batch puts readings into the platform's days, on both days that the clocks change`() {
        for (day, utc) in [("2026-03-08", "2026-03-09T06:59:59Z"), ("2026-11-01", "2026-11-02T07:59:59Z")] {
            let moment = Instant(utc)!
            let result = JobResult(
                job: UUID(high: 1, low: 1),
                platform: .instagram,
                account: 7,
                workspace: 1,
                enqueuedAt: moment,
                fetchedAt: moment,
                apiVersion: "v25.0",
                requests: 1,
                readings: [
                    Reading(period: .instant, start: .moment(moment), metrics: [.followers], values: [1]),
                    Reading(period: .day, start: .date(CivilDate(day)!), metrics: [.views], values: [1]),
                ]
            )
            let batch = AggregationBatch([result])
            #expect(batch.buckets.map(\.day) == [CivilDate(day)!])
            #expect(batch.buckets[0].end == moment + .seconds(1))
        }
    }

    @Test func `a day stamped with its end is the day before the stamp, summer and winter`() {
        for stamp in ["2018-01-02T08:00:00Z", "2018-07-02T07:00:00Z"] {
            let day = TimeZoneRules.pacific.date(endingAt: Instant(stamp)!)
            #expect(day.day == 1)
        }
    }

    @Test func `a platform's day is not cut anew: one day of the platform is one bucket for every workspace`() {
        var subject = SubjectFixture(.facebook)
        subject.read("2026-11-18", [.views: 10])
        let dates = Grain.day.dates(around: CivilDate("2026-11-18")!)
        #expect(subject.period(dates).value(.views) == 10)
        #expect(subject.zone.startOfDay(dates.lowerBound) == Instant("2026-11-18T08:00:00Z"))
    }

    @Test func `weeks carry the year of their Thursday, and the other weeks the date they begin on`() {
        let date = CivilDate("2027-01-01")!
        let monday = Grain.weekFromMonday.dates(around: date)
        #expect(Grain.weekFromMonday.label(monday.lowerBound) == "2026-W53")
        let sunday = Grain.weekFromSunday.dates(around: date)
        #expect(Grain.weekFromSunday.label(sunday.lowerBound) == "2026-12-27")
        let saturday = Grain.weekFromSaturday.dates(around: date)
        #expect(saturday.lowerBound == CivilDate("2026-12-26"))
        for range in [monday, sunday, saturday] {
            #expect(range.count == 7)
            #expect(range.contains(date))
        }
    }

    @Test func `every day lies in the bucket that its grain names, and buckets meet without gap or overlap`() {
        for grain in Grain.allCases {
            var date = CivilDate("2023-12-20")!
            while date < CivilDate("2025-01-10")! {
                let range = grain.dates(around: date)
                #expect(range.contains(date))
                #expect(grain.dates(around: range.lowerBound) == range)
                #expect(grain.dates(around: range.upperBound) == range)
                #expect(grain.dates(around: range.upperBound + 1).lowerBound == range.upperBound + 1)
                date = range.upperBound + 1
            }
            #expect(Grain(name: grain.name) == grain)
        }
    }

    @Test func `months step from their anchor`() {
        let anchor = CivilDate("2026-01-31")!
        #expect(anchor.addingMonths(2) == CivilDate("2026-03-31"))
        #expect(anchor.addingMonths(1).addingMonths(1) == CivilDate("2026-03-28"))
        #expect(Grain.month.dates(around: CivilDate("2028-02-10")!).count == 29)
        #expect(Grain.month.label(CivilDate("2028-02-01")!) == "2028-02")
    }

    @Test func `an unfinished period is open, and one that may be restated is provisional`() {
        var subject = SubjectFixture(.instagram)
        for day in 2...6 { subject.read("2026-03-0\(day)", [.views: 1], after: .seconds(3600)) }
        #expect(subject.period("2026-03-02", "2026-03-08").state == .open)
        #expect(subject.period("2026-03-02", "2026-03-06").state == .provisional)
        #expect(subject.period("2026-03-02", "2026-03-04").state == .provisional)
        for day in 2...6 { subject.read("2026-03-0\(day)", [.views: 1]) }
        #expect(subject.period("2026-03-02", "2026-03-04").state == .settled)
        // The day after the week shows that it is over; its own days are missing.
        subject.read("2026-03-10", [.views: 1])
        let week = subject.period("2026-03-02", "2026-03-08")
        #expect(week.state == .settled)
        #expect(week[.views]?.count == 5)
        #expect(week.expected == 7)
    }

    @Test func `coverage tells a gap from a zero`() {
        var subject = SubjectFixture(.instagram)
        subject.read("2026-03-02", [.views: 10])
        subject.read("2026-03-03", [.views: 0])
        subject.read("2026-03-05", [.views: 10])
        let week = subject.period("2026-03-02", "2026-03-08")
        #expect(week[.views]?.count == 3)
        #expect(week[.views]?.minimum == 0)
        #expect(subject.day("2026-03-04").cells.isEmpty)
        #expect(subject.day("2026-03-03").value(.views) == 0)
    }
}
