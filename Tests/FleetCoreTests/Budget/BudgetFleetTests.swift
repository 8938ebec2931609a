import FleetCore
import TestSupport
import Testing

@Suite struct BudgetFleetTests {
    private static let minute = BudgetRule("minute", .app, limit: 60, window: .sliding(.seconds(60)))

    @Test(arguments: [1, 4, 16], [1, 2])
    func `no sliding window is exceeded and nearly all of it is used`(workers: Int, seed: Int) {
        var options = BudgetFleet.Options(workers: workers, rules: [Self.minute], seed: UInt64(seed))
        options.interactiveEvery = .seconds(20)
        var fleet = BudgetFleet(options)
        fleet.run(.seconds(600))
        #expect(fleet.busiest(Self.minute) <= 60)
        #expect(fleet.counted.count >= 580, "\(fleet.counted.count) of 600")
        #expect(fleet.interactiveWaits.count >= 20)
        #expect(fleet.interactiveWaits.allSatisfy { $0 <= .seconds(2) }, "\(fleet.interactiveWaits.max()!)")
    }

    @Test(arguments: 1...4)
    func `workers that die and answers that get lost exceed no window`(seed: Int) {
        var options = BudgetFleet.Options(workers: 5, rules: [Self.minute], seed: UInt64(seed))
        options.deaths = 40
        options.lostAnswers = 100
        options.longestCall = .seconds(20)
        var fleet = BudgetFleet(options)
        fleet.run(.seconds(900), step: .milliseconds(100))
        #expect(fleet.busiest(Self.minute) <= 60)
        #expect(fleet.counted.count > 100)
    }

    @Test(arguments: 1...2)
    func `several rules hold at once`(seed: Int) {
        let rules = [
            Self.minute,
            BudgetRule("account", .account, limit: 12, window: .sliding(.seconds(60))),
            BudgetRule("units", .app, unit: .units, limit: 400, window: .aligned(.seconds(300))),
        ]
        var options = BudgetFleet.Options(workers: 4, rules: rules, seed: UInt64(seed))
        options.accounts = 4
        options.units = 3
        options.longestCall = .milliseconds(900)
        var fleet = BudgetFleet(options)
        fleet.run(.seconds(900))
        for rule in rules { #expect(fleet.busiest(rule) <= rule.limit!, "\(rule.name)") }
        // Four accounts with twelve calls a minute each; 133 calls of three units in five minutes.
        #expect(fleet.counted.count >= 380, "\(fleet.counted.count) of 399")
    }

    @Test func `a day in Pacific time begins at midnight there, also when the clock changes`() {
        let rule = BudgetRule("day", .app, unit: .units, limit: 100, window: .day)
        var options = BudgetFleet.Options(workers: 3, rules: [rule], zone: .pacific)
        // The evening before the clocks go back on 2026-11-01.
        options.start = TimeZoneRules.pacific.endOfDay(CivilDate("2026-10-31")!) - .seconds(60)
        options.longestCall = .seconds(2)
        var fleet = BudgetFleet(options)
        fleet.run(.seconds(180))
        #expect(fleet.counted.count >= 190)
        #expect(fleet.busiest(rule) <= 100)
        #expect(
            fleet.ledgers.values.first?.reset(fleet.terms[0], at: fleet.now)
                == TimeZoneRules.pacific.endOfDay(CivilDate("2026-11-01")!)
        )
    }

    @Test func `no workspace drains what all share while another waits`() {
        var options = BudgetFleet.Options(workers: 2, rules: [Self.minute])
        options.accounts = 20
        options.workspaces = 2
        var fleet = BudgetFleet(options)
        fleet.run(.seconds(600))
        let first = fleet.counted.count { $0.call.workspace == 0 }
        #expect(abs(first * 2 - fleet.counted.count) < fleet.counted.count / 10)
    }
}
