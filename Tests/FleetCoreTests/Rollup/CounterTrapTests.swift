import FleetCore
import TestSupport
import Testing

/// Running totals: where counting starts, what belongs to which day, and what a fall means.
@Suite struct CounterTrapTests {
    private static let monday = CivilDate("2026-03-02")!

    /// A true curve, minute by minute, that only rises.
    private static func curve(days: Int, _ generator: inout SeededGenerator) -> [Int64] {
        var level: Int64 = 0
        return (0...days * 1440).map { _ in
            level += Int64.random(in: 0...3, using: &generator)
            return level
        }
    }

    @Test(arguments: 0..<20) func `hourly, daily and broken looks at one curve give the same total`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let zone = PlatformName.x.dayZone
        let start = zone.startOfDay(Self.monday)
        let curve = Self.curve(days: 7, &generator)
        let last = 7 * 1440 - 30
        let looks: [[Int]] = [
            Array(stride(from: 0, through: last, by: 60)) + [last],
            Array(stride(from: 0, through: last, by: 1440)) + [last],
            [0] + (1..<last).filter { _ in Int.random(in: 0..<400, using: &generator) == 0 } + [last],
        ]
        let truth = curve[last] - curve[0]
        for look in looks {
            var subject = SubjectFixture(.x)
            for minute in look {
                subject.read(at: start + .seconds(minute * 60), [.likes: curve[minute]])
            }
            let days = subject.days((Self.monday - 3)...(Self.monday + 10))
            #expect(days.reduce(0) { $0 + ($1.row.value(.likes) ?? 0) } == truth)
            let week = subject.period(Self.monday...(Self.monday + 6))
            #expect(week.value(.likes) == truth)
            for minute in look.dropFirst() {
                let (day, row) = days.last { zone.startOfDay($0.day) < start + .seconds(minute * 60) }!
                #expect(row.value(.likes)! <= curve[last])
                #expect(day >= Self.monday)
            }
        }
    }

    @Test func `the first reading of an older post is where counting starts, not activity`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-03-02T12:00:00Z", [.likes: 5000])
        #expect(subject.day("2026-03-02")[.likes] == nil)
        subject.read(at: "2026-03-03T12:00:00Z", [.likes: 5010])
        #expect(subject.day("2026-03-02")[.likes] == nil)
        #expect(subject.day("2026-03-03").value(.likes) == 10)
        #expect(subject.period("2026-03-02", "2026-03-08").value(.likes) == 10)
    }

    @Test func `a post that was published under our eyes is credited from its birth`() {
        var subject = SubjectFixture(.x, birth: Instant("2026-03-02T09:00:00Z"))
        subject.read(at: "2026-03-02T23:30:00Z", [.likes: 80])
        let cell = subject.day("2026-03-02")[.likes]
        #expect(cell?.value == 80)
        #expect(cell?.flags == [.gross])
        #expect(cell?.weight == 80)
    }

    @Test func `a late first look credits the birth and says that the days are estimated`() {
        var subject = SubjectFixture(.x, birth: Instant("2026-03-02T09:00:00Z"))
        subject.read(at: "2026-03-04T23:30:00Z", [.likes: 80])
        #expect(subject.day("2026-03-02")[.likes] == nil)
        let cell = subject.day("2026-03-04")[.likes]
        #expect(cell?.value == 80)
        #expect(cell?.flags == [.gross, .startEstimated])
        let week = subject.period("2026-03-02", "2026-03-08")
        #expect(week.value(.likes) == 80)
        #expect(week[.likes]?.count == 1)
        #expect(week.expected == 7)
    }

    @Test func `readings two hours from a boundary stand for it, older ones make the day estimated`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-03-01T22:00:00Z", [.likes: 10])
        subject.read(at: "2026-03-02T22:00:00Z", [.likes: 30])
        subject.read(at: "2026-03-03T21:59:59Z", [.likes: 35])
        subject.read(at: "2026-03-04T22:00:00Z", [.likes: 50])
        #expect(subject.day("2026-03-02")[.likes]?.flags == [.gross])
        #expect(subject.day("2026-03-03")[.likes]?.flags == [.gross, .endEstimated])
        #expect(subject.day("2026-03-04")[.likes]?.flags == [.gross, .startEstimated])
        #expect(subject.period("2026-03-02", "2026-03-04")[.likes]?.flags == [.gross])
    }

    @Test func `a reading on the boundary ends the day before it`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-03-02T00:00:00Z", [.likes: 10])
        subject.read(at: "2026-03-03T00:00:00Z", [.likes: 30])
        #expect(subject.day("2026-03-02").value(.likes) == 20)
        #expect(subject.day("2026-03-03")[.likes] == nil)
    }

    @Test func `an hour is estimated by an eighth of its length`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-03-02T09:50:00Z", [.likes: 10])
        subject.read(at: "2026-03-02T10:58:00Z", [.likes: 30])
        let hour = subject.history.cells(
            from: Instant("2026-03-02T10:00:00Z")!,
            to: Instant("2026-03-02T11:00:00Z")!
        )
        #expect(hour.map(\.flags) == [[.gross, .startEstimated]])
    }

    @Test func `a purge of nineteen percent is a negative day, and nothing is clipped`() {
        var subject = SubjectFixture(.x)
        let totals: [Int64] = [100_000, 100_400, 81_000, 81_300, 81_500]
        for (index, total) in totals.enumerated() {
            let end = subject.zone.startOfDay(Self.monday + index)
            subject.read(at: end, [.likes: total])
        }
        let days = subject.days((Self.monday - 2)...(Self.monday + 6))
        #expect(days.map { $0.row.value(.likes) } == [400, -19_400, 300, 200])
        // What comes back below the highest total is no new gain.
        #expect(days.map { $0.row[.likes]?.weight } == [400, 0, 0, 0])
        let week = subject.period(Self.monday...(Self.monday + 3))
        #expect(week.value(.likes) == -18_500)
        #expect(week[.likes]?.weight == 400)
        #expect(week[.likes]?.minimum == -19_400)
    }

    @Test func `the high-water mark is forgotten after five weeks`() {
        var subject = SubjectFixture(.x)
        subject.read(at: subject.zone.startOfDay(Self.monday), [.likes: 1000])
        subject.read(at: subject.zone.startOfDay(Self.monday + 1), [.likes: 700])
        subject.read(at: subject.zone.startOfDay(Self.monday + 50), [.likes: 750])
        subject.read(at: subject.zone.startOfDay(Self.monday + 51), [.likes: 800])
        #expect(subject.day(Self.monday + 50)[.likes]?.weight == 50)
    }

    @Test func `totals at the ends of 64 bits do not wrap`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-03-02T00:00:00Z", [.likes: -10, .views: 1 << 40])
        subject.read(at: "2026-03-02T23:59:00Z", [.likes: .max, .views: 1 << 41])
        #expect(subject.day("2026-03-02").value(.likes) == .max)
        #expect(subject.day("2026-03-02").value(.views) == 1 << 40)
    }

    @Test func `a native day stands above a difference, which is not counted beside it`() {
        var subject = SubjectFixture(.youtube)
        // The channel's total is read every night; the native day comes three days later.
        for index in 0..<5 {
            let morning = subject.zone.startOfDay(Self.monday + index) + .seconds(9 * 3600)
            subject.read(at: morning, [.views: Int64(1000 + 100 * index)])
        }
        subject.read("2026-03-02", [.views: 97])
        subject.read("2026-03-03", [.views: 95])
        let days = subject.days((Self.monday - 2)...(Self.monday + 6))
        #expect(days.map { $0.row.value(.views) } == [97, 95, 100, 100, 100])
        let week = subject.period(Self.monday...(Self.monday + 6))
        // The difference of the 4th reaches back into the 3rd, which is told already.
        #expect(week.value(.views) == 392)
        #expect(week[.views]?.count == 4)
    }

    @Test func `a week that begins after a complete day is not estimated, one that lacks its last day is`() {
        var subject = SubjectFixture(.x)
        subject.read(at: "2026-02-28T23:50:00Z", [.likes: 1])
        subject.read(at: "2026-03-01T23:50:00Z", [.likes: 10])
        subject.read(at: "2026-03-04T12:00:00Z", [.likes: 30])
        subject.read(at: "2026-03-07T23:50:00Z", [.likes: 44])
        let week = subject.period("2026-03-02", "2026-03-08")
        #expect(week.value(.likes) == 34)
        #expect(week[.likes]?.flags == [.gross, .endEstimated])
    }
}
