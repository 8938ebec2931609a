import FleetCore
import Testing

@testable import Simulator

@Suite struct TrueCurvesTests {
    static let days = CivilDate("2026-01-01")!..<CivilDate("2026-07-01")!

    @Test func `the same seed gives the same numbers, another seed others`() {
        let day = CivilDate("2026-11-19")!
        func sample(_ seed: UInt64) -> [Int64?] {
            (0..<50).map { TrueCurves(seed: seed).value($0, .views, on: day) }
        }
        #expect(sample(7) == sample(7))
        #expect(sample(7) != sample(8))
        // The arithmetic itself is part of the promise: truths recorded once stay true.
        #expect((0..<3).map { TrueCurves(seed: 7).value($0, .views, on: day) } == Self.recorded)
    }

    static let recorded: [Int64?] = [72, 5486, 149]

    @Test func `interactions are the sum of their parts and people are fewer than views`() {
        let curves = TrueCurves(seed: 3)
        for account in 0..<40 {
            for day in Self.days {
                func value(_ metric: MetricID) -> Int64 { curves.value(account, metric, on: day) ?? -1 }
                #expect(value(.engagements) == PlatformName.instagram.interactions.reduce(0) { $0 + value($1) })
                #expect(value(.reach) <= value(.views) && value(.engaged) <= value(.reach))
                #expect(value(.reach) >= 0 && value(.websiteClicks) <= value(.profileViews))
            }
        }
    }

    @Test func `follows minus unfollows is the change of the level`() {
        let curves = TrueCurves(seed: 3)
        for account in 0..<40 {
            for day in Self.days {
                let change =
                    curves.value(account, .followers, on: day)! - curves.value(account, .followers, on: day - 1)!
                let gained = curves.value(account, .followersGained, on: day)!
                let lost = curves.value(account, .followersLost, on: day)!
                #expect(gained - lost == change && gained >= 0 && lost >= 0)
            }
        }
    }

    @Test func `there are days of zero, days of much, and a weekly pattern`() {
        let curves = TrueCurves(seed: 11)
        var zeros = 0
        var byWeekday = [Int64](repeating: 0, count: 8)
        for account in 0..<100 {
            for day in Self.days {
                let views = curves.value(account, .views, on: day)!
                if views == 0 { zeros += 1 }
                byWeekday[day.weekday.rawValue] += views
            }
        }
        #expect((50...500).contains(zeros))
        #expect(byWeekday[7] > byWeekday[3] * 11 / 10)
    }

    @Test func `metrics that are not simulated have no truth`() {
        #expect(TrueCurves(seed: 1).value(0, MetricID(rawValue: 999), on: CivilDate("2026-01-01")!) == nil)
    }

    @Test func `a day counts up, is incomplete at its end and settles`() throws {
        let day = CivilDate("2026-11-01")!
        let settlement = Settlement(lag: .seconds(48 * 3600), zone: .pacific)
        let end = TimeZoneRules.pacific.endOfDay(day)
        #expect(settlement.shown(1000, of: day, at: end - .seconds(25 * 3600 + 1)) == nil)
        #expect(settlement.shown(1000, of: day, at: end - .seconds(25 * 3600)) == 0)
        #expect(settlement.shown(1000, of: day, at: end - .seconds(12 * 3600 + 1800)) == 350)
        #expect(settlement.shown(1000, of: day, at: end) == 700)
        #expect(settlement.shown(1000, of: day, at: end + .seconds(24 * 3600)) == 850)
        #expect(settlement.shown(1000, of: day, at: end + .seconds(48 * 3600)) == 1000)
        let immediate = Settlement(lag: .zero, zone: .pacific)
        #expect(immediate.shown(1000, of: day, at: end) == 1000)
    }
}
