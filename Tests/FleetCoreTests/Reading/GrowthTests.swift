import FleetCore
import TestSupport
import Testing

@Suite("Growth")
struct GrowthTests {
    private static let first = CivilDate("2026-11-01")!
    private static let dates = first...first + 27

    private static func levels(_ days: some Sequence<Int>) -> [FollowerGrowth.Level] {
        days.map { FollowerGrowth.Level(day: first + $0, value: 1000 + Int64($0) * 10) }
    }

    @Test("days without a reading change nothing while both ends are known", arguments: 0..<300)
    func removed(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var levels: [FollowerGrowth.Level] = []
        var value = Int64.random(in: 0...1000, using: &generator)
        for step in -4...27 {
            value = max(0, value + Int64.random(in: -30...40, using: &generator))
            levels.append(.init(day: Self.first + step, value: value))
        }
        let whole = FollowerGrowth(over: Self.dates, levels: levels)
        let ends = [Self.first - 1, Self.dates.upperBound]
        let sparse = levels.filter { ends.contains($0.day) || Bool.random(using: &generator) }
        let growth = FollowerGrowth(over: Self.dates, levels: sparse)
        #expect(growth == whole && growth.verdict == .whole)
        #expect(growth.growth == levels.last!.value - levels[3].value)
    }

    @Test("an end may be three days old and no older; then the days that are known are answered for")
    func stale() {
        let three = FollowerGrowth(over: Self.dates, levels: Self.levels([-4, 10, 24]))
        #expect(three.verdict == .whole && three.growth == 280)
        let four = FollowerGrowth(over: Self.dates, levels: Self.levels([-5, 10, 24]))
        #expect(four.verdict == .shortened && four.start?.day == Self.first + 10 && four.growth == 140)
        let early = FollowerGrowth(over: Self.dates, levels: Self.levels([-1, 10, 23]))
        #expect(early.verdict == .shortened && early.end?.day == Self.first + 23 && early.growth == 240)
        for levels in [[], [5], [-1], [-9, 40]] {
            let refused = FollowerGrowth(over: Self.dates, levels: Self.levels(levels))
            #expect(refused.verdict == .refused && refused.growth == nil && refused.rate == nil)
        }
    }

    @Test("the rate is growth over the first level, and there is none when nobody was there")
    func rate() {
        let day = Self.first
        let grown = FollowerGrowth(over: day...day, levels: [.init(day: day - 1, value: 8), .init(day: day, value: 9)])
        #expect(grown.rate == 125_000_000_000_000)
        let born = FollowerGrowth(over: day...day, levels: [.init(day: day - 1, value: 0), .init(day: day, value: 9)])
        #expect(born.growth == 9 && born.rate == nil)
    }

    @Test("who came and went is told only if every day is there, with what the platform corrected")
    func flow() {
        let levels = Self.levels(-1...27)
        var gained: [CivilDate: Int64] = [:]
        for day in Self.dates { gained[day] = 12 }
        let lost = gained.mapValues { _ in Int64(3) }
        let whole = FollowerGrowth(over: Self.dates, levels: levels, gained: gained, lost: lost)
        #expect(whole.flow == FollowerGrowth.Flow(gained: 336, lost: 84, corrections: 28))
        gained[Self.first + 9] = nil
        #expect(FollowerGrowth(over: Self.dates, levels: levels, gained: gained, lost: lost).flow == nil)
    }
}

@Suite("Comparison periods")
struct ComparisonPeriodTests {
    private func period(_ first: String, _ last: String, _ basis: ComparisonBasis, today: String = "2027-12-31")
        -> String
    {
        let period = ComparisonPeriod(
            CivilDate(first)!...CivilDate(last)!,
            by: basis,
            last: CivilDate(today)! - 1
        )
        return period.other.map { "\($0.lowerBound) \($0.upperBound)" } ?? "nothing"
    }

    @Test("a month is compared with the month before, other stretches with as many days before")
    func calendar() {
        #expect(period("2026-03-01", "2026-03-31", .calendar) == "2026-02-01 2026-02-28")
        #expect(period("2026-03-01", "2026-03-31", .days) == "2026-01-29 2026-02-28")
        #expect(period("2026-11-16", "2026-11-22", .calendar) == "2026-11-09 2026-11-15")
        #expect(period("2026-01-01", "2026-03-31", .calendar) == "2025-10-01 2025-12-31")
    }

    @Test("a year before is the same dates, of a whole month the whole month; weekdays meet after 52 weeks")
    func year() {
        #expect(period("2025-02-01", "2025-02-28", .year) == "2024-02-01 2024-02-29")
        #expect(period("2024-02-29", "2024-02-29", .year) == "2023-02-28 2023-02-28")
        #expect(period("2026-11-16", "2026-11-22", .year) == "2025-11-16 2025-11-22")
        #expect(period("2026-11-16", "2026-11-22", .weekdays) == "2025-11-17 2025-11-23")
    }

    @Test("of a stretch that is not over, the days that are over are compared with as many")
    func unfinished() {
        #expect(period("2026-11-01", "2026-11-30", .calendar, today: "2026-11-11") == "2026-10-01 2026-10-10")
        #expect(period("2026-03-01", "2026-03-31", .calendar, today: "2026-03-31") == "2026-02-01 2026-02-28")
        #expect(period("2026-11-01", "2026-11-30", .calendar, today: "2026-11-01") == "nothing")
        let november = CivilDate("2026-11-01")!...CivilDate("2026-11-30")!
        #expect(!ComparisonPeriod(november, by: .days, last: november.upperBound).isPartial)
        #expect(ComparisonPeriod(november, by: .days, last: november.upperBound - 1).isPartial)
    }

    @Test("sums of unequal lengths are compared per day, and what may still change says so")
    func perDay() {
        typealias Fixture = ReadingFixture
        let long = (0..<4).map { Fixture.daily(Fixture.day + $0, [.views: 30]) }
        let short = (0..<2).map { Fixture.daily(Fixture.day + 10 + $0, [.views: 40]) }
        let left = Fixture.series(long, Fixture.day...Fixture.day + 3, .stretch)
        let right = Fixture.series(short, Fixture.day + 10...Fixture.day + 11, .stretch)
        let compared = FigureComparison.all(right.rows[0], left.rows[0]).first { $0.metric == .views }
        #expect(compared?.change == nil && compared?.permille == 333 && compared?.trend == .up)
        #expect(compared?.isProvisional == false)
        let fresh = Fixture.series([Fixture.daily([.views: 5], hours: 1)], Fixture.day...Fixture.day, .stretch)
        let early = FigureComparison.all(fresh.rows[0], left.rows[0]).map(\.isProvisional)
        #expect(Set(early) == [true])
    }
}
