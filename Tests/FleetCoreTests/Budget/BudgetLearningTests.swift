import FleetCore
import TestSupport
import Testing

@Suite struct BudgetLearningTests {
    private static let start = Instant("2026-11-18T09:00:00Z")!
    private static let rule = BudgetRule("quarter", .app, limit: 300, window: .sliding(.seconds(900)))
    private static let steered = BudgetRule("app", .app, limit: nil, window: .sliding(.seconds(3600)))

    private let call = BudgetCall(platform: .x, endpoint: "reads", account: "a", workspace: 1, lane: .normal)

    private func permit(_ verdict: BudgetDesk.Verdict?) throws -> BudgetDesk.Permit {
        guard case .admitted(let permit)? = verdict else { throw NotAdmitted() }
        return permit
    }

    private struct NotAdmitted: Error {}

    private func desk(_ rules: [BudgetRule]) -> BudgetDesk {
        BudgetDesk(holder: 1, terms: BudgetPlan(defaults: [.x: rules]).terms([]))
    }

    private func ask(_ signal: LimitSignal, turn: Int64, inFlight: Int64 = 0) -> BudgetAsk {
        var ask = BudgetAsk(key: BudgetKey(.x, rule: "quarter"), holder: 1, life: 1, turn: turn)
        ask.needs = 300
        ask.least = 1
        ask.statement = BudgetStatement(signal: signal, at: Self.start, inFlight: inFlight)
        return ask
    }

    @Test func `what others used under the same limit is learnt from the first answer`() throws {
        var ledger = BudgetLedger()
        let terms = BudgetTerms(Self.rule, zone: .utc)
        let signal = LimitSignal(rule: "quarter", limit: 300, remaining: 199, resetsAt: Self.start + .seconds(600))
        let answer = ledger.decide(ask(signal, turn: 1, inFlight: 1), terms, at: Self.start)
        // 100 are used by someone else and a few are kept for the interactive lane.
        #expect(answer.granted == 300 - 100 - 6)
        // Saying the same again changes nothing, and what others used comes back when the window ends.
        var later = ask(signal, turn: 2)
        later.granted = answer.granted
        #expect(ledger.decide(later, terms, at: Self.start + .seconds(1)).granted == answer.granted)
    }

    @Test func `what the platform counted in a window that is gone takes nothing from the next`() throws {
        let terms = BudgetTerms(Self.rule, zone: .utc)
        for age in [1, 3, 20, 400] {
            var ledger = BudgetLedger()
            var first = BudgetAsk(key: BudgetKey(.x, rule: "quarter"), holder: 1, life: 1, turn: 1)
            (first.needs, first.least) = (294, 1)
            let granted = ledger.decide(first, terms, at: Self.start).granted
            #expect(granted == 294)
            // All of it is used at once, and the window passes; an answer from before its end is told after it.
            var report = BudgetAsk(key: first.key, holder: 1, life: 1, turn: 2)
            (report.granted, report.settled) = (granted, granted)
            report.uses = [BudgetUse(latest: Self.start + .seconds(1), count: granted)]
            _ = ledger.decide(report, terms, at: Self.start + .seconds(2))
            let now = Self.start + .seconds(902)
            var next = BudgetAsk(key: first.key, holder: 1, life: 1, turn: 3)
            (next.granted, next.settled, next.needs, next.least) = (granted, granted, 294, 1)
            let signal = LimitSignal(rule: "quarter", limit: 300, remaining: 6)
            next.statement = BudgetStatement(signal: signal, at: now - .seconds(age))
            #expect(ledger.decide(next, terms, at: now).granted == granted + 294, "\(age) s")
        }
    }

    @Test func `a header that names more than our own count leaves changes nothing`() throws {
        var ledger = BudgetLedger()
        let terms = BudgetTerms(Self.rule, zone: .utc)
        var first = BudgetAsk(key: BudgetKey(.x, rule: "quarter"), holder: 2, life: 1, turn: 1)
        (first.needs, first.least) = (200, 1)
        #expect(ledger.decide(first, terms, at: Self.start).granted == 200)
        let signal = LimitSignal(rule: "quarter", limit: 300, remaining: 299)
        #expect(ledger.decide(ask(signal, turn: 1), terms, at: Self.start).granted == 94)
    }

    @Test func `a lower limit holds at once, a higher one only where nobody set it`() throws {
        for (isSet, said, granted) in [(false, 50, 49), (true, 50, 49), (false, 600, 300), (true, 600, 294)] {
            var ledger = BudgetLedger()
            let terms = BudgetTerms(Self.rule, zone: .utc, isSet: isSet)
            let signal = LimitSignal(rule: "quarter", limit: Int64(said))
            #expect(ledger.decide(ask(signal, turn: 1), terms, at: Self.start).granted == Int64(granted))
        }
    }

    @Test func `a limit of unknown size slows down from 75 percent and stops at 95`() throws {
        var desk = desk([Self.steered])
        let permit = try self.permit(desk.admit(call, at: Self.start))
        desk.learn([LimitSignal(rule: "app", percent: 74)], from: permit, at: Self.start)
        #expect(desk.admit(call, at: Self.start) != nil)
        desk.learn([LimitSignal(rule: "app", percent: 83)], from: permit, at: Self.start + .seconds(1))
        #expect(desk.admit(call, at: Self.start + .seconds(1)) == nil)
        desk.end(try self.permit(desk.admit(call, at: Self.start + .milliseconds(1401))), at: Self.start + .seconds(2))
        let regained = Self.start + .seconds(300)
        let signal = LimitSignal(rule: "app", percent: 95, resetsAt: regained)
        desk.learn([signal], from: permit, at: Self.start + .seconds(2))
        #expect(desk.admit(call, at: Self.start + .seconds(60)) == nil)
        let asks = desk.asks(at: Self.start + .seconds(2))
        #expect(asks.first?.statement?.blockedUntil == regained)
        #expect(desk.admit(call, at: regained + .seconds(1)) != nil)
    }

    @Test(arguments: [nil, -5, 0, 7, 315_360_000])
    func `a refusal holds its family of calls back, whatever wait it names`(wait: Int?) throws {
        var desk = desk([])
        let permit = try self.permit(desk.admit(call, at: Self.start))
        let until = desk.refused(permit, .app, wait: wait.map { .seconds($0) }, signals: [], at: Self.start)
        #expect(until > Self.start && until <= Self.start + .seconds(86_460))
        if wait == 7 { #expect(until == Self.start + .seconds(7)) }
        #expect(desk.admit(call, at: until - .milliseconds(1)) == nil)
        var other = call
        other.endpoint = "writes"
        #expect(desk.admit(other, at: Self.start) != nil)
        // The first call afterwards goes alone, and the others follow once it was answered.
        let first = try self.permit(desk.admit(call, at: until))
        #expect(desk.admit(call, at: until) == nil)
        desk.end(first, at: until + .milliseconds(200))
        desk.passed(first)
        #expect(desk.admit(call, at: until + .milliseconds(200)) != nil)
    }

    @Test func `money that is spent refuses with its cause, and a paid resource costs nothing`() throws {
        let money = BudgetRule("money", .workspace, unit: .microDollars, limit: 5000, window: .month)
        var desk = desk([money])
        var paid = call
        #expect(desk.admit(paid, at: Self.start) != nil)
        paid.microDollars = 5001
        guard case .refused(let why)? = desk.admit(paid, at: Self.start) else {
            Issue.record("it was let go")
            return
        }
        #expect(why.contains("x/money of workspace 1"))
        // Two calls want more than is left: the first goes, the second waits for nothing.
        paid.microDollars = 3000
        var ledger = BudgetLedger()
        for ticket in 1...2 {
            let now = Self.start + .seconds(ticket * 10)
            #expect(desk.admit(paid, at: now) == nil)
            desk.wait(paid, ticket: UInt64(ticket), at: now)
            for _ in 1...2 {
                let asks = desk.asks(at: now)
                let answers = asks.map { ledger.decide($0, BudgetTerms(money, zone: .utc), at: now) }
                desk.answered(answers, to: asks, at: now)
            }
            switch desk.turn(at: now).first?.verdict {
            case .admitted(let permit)?:
                #expect(ticket == 1)
                desk.end(permit, at: now)
            case .refused(let why)?: #expect(ticket == 2 && why.contains("is spent"))
            case .parked?, nil: Issue.record("nothing was decided about \(ticket)")
            }
        }
    }

    @Test func `windows begin at midnight in the platform's zone and on the first of a month in UTC`() throws {
        let day = BudgetRule.Window.day
        let spring = Instant("2026-03-08T20:00:00Z")!
        #expect(day.start(at: spring, zone: .pacific) == Instant("2026-03-08T08:00:00Z")!)
        #expect(day.end(of: spring, zone: .pacific) == Instant("2026-03-09T07:00:00Z")!)
        let month = BudgetRule.Window.month
        #expect(month.start(at: spring, zone: .pacific) == Instant("2026-03-01T00:00:00Z")!)
        #expect(month.end(of: Instant("2024-02-29T23:59:59Z")!, zone: .pacific) == Instant("2024-03-01T00:00:00Z")!)
        #expect(month.end(of: Instant("2026-12-31T23:59:59Z")!, zone: .utc) == Instant("2027-01-01T00:00:00Z")!)
        // What is used in the last second of a day may be counted by the platform on either side.
        #expect(day.release(of: Instant("2026-03-09T06:59:59.5Z")!, zone: .pacific) > Instant("2026-03-10T07:00:00Z")!)
        #expect(day.release(of: Instant("2026-03-09T06:59:00Z")!, zone: .pacific) < Instant("2026-03-09T07:01:00Z")!)
    }

    @Test func `a breaker opens when calls fail, tries single ones, and closes after two that succeed`() throws {
        var breaker = CircuitBreaker()
        var now = Self.start
        var opening: CircuitBreaker.Opening?
        for number in 0..<16 where opening == nil {
            now = now + .seconds(1)
            opening = breaker.ended(failed: number % 2 == 0, at: now)
        }
        #expect(opening?.nextProbe == now + .seconds(10))
        let again = opening?.probed(failed: true, at: now + .seconds(10))
        #expect(again?.nextProbe == now + .seconds(20))
        let once = again?.probed(failed: false, at: now + .seconds(20))
        #expect(once?.successes == 1)
        #expect(once?.probed(failed: false, at: now + .seconds(30)) == nil)
        var healthy = CircuitBreaker()
        for number in 0..<100 { #expect(healthy.ended(failed: number % 5 == 0, at: now) == nil) }
    }

    @Test func `an endpoint with an open breaker gets the single call that the fleet leaves to us`() throws {
        var desk = desk([])
        var permits: [BudgetDesk.Permit] = []
        for _ in 0..<10 {
            if case .admitted(let permit)? = desk.admit(call, at: Self.start) { permits.append(permit) }
        }
        for permit in permits { desk.endpointEnded(permit, failed: true, at: Self.start) }
        #expect(desk.breakerNews().openings.count == 1)
        #expect(desk.admit(call, at: Self.start + .seconds(5)) == nil)
        let now = Self.start + .seconds(11)
        desk.wait(call, ticket: 1, at: now)
        #expect(desk.turn(at: now).isEmpty)
        let endpoint = BudgetDesk.Endpoint(.x, "reads")
        #expect(desk.breakerNews().probes == [endpoint])
        desk.adopt([endpoint: .init(since: Self.start, nextProbe: now + .seconds(10))], probes: [endpoint])
        let decided = desk.turn(at: now)
        let probe = try self.permit(decided.first?.verdict)
        #expect(probe.isProbe)
        #expect(desk.admit(call, at: now) == nil)
    }

    @Test(arguments: 0..<50)
    func `a ledger comes back from its bytes as it was, and anything else is refused`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var ledger = BudgetLedger()
        let terms = BudgetTerms(Self.rule, zone: .utc)
        for number in 0..<20 {
            var ask = BudgetAsk(
                key: BudgetKey(.x, rule: "quarter"),
                pot: number % 3 == 0 ? .interactive : .general,
                holder: generator.next(),
                life: 1,
                turn: 1
            )
            ask.needs = Int64.random(in: 0...40, using: &generator)
            ask.shares = [Int64(number): 3]
            _ = ledger.decide(ask, terms, at: Self.start + .seconds(number))
        }
        let bytes = ledger.packed
        #expect(BudgetLedger(packed: bytes) == ledger)
        #expect(BudgetLedger(packed: Array(bytes.dropLast())) == nil)
        #expect(BudgetLedger(packed: bytes + [0]) == nil)
        #expect(BudgetLedger(packed: []) == nil)
    }
}

extension BudgetLearningTests {
    @Test func `a call that began before its rule had a limit gives back no unit that it never took`() throws {
        let plan = BudgetPlan(defaults: [.x: [BudgetRule("app", .app, limit: nil, window: .sliding(.seconds(60)))]])
        let now = Instant("2026-11-18T09:00:00Z")!
        let call = BudgetCall(platform: .x, endpoint: "reads", account: "a", workspace: 1, lane: .normal)
        var desk = BudgetDesk(holder: 1, terms: plan.terms([]))
        guard case .admitted(let first)? = desk.admit(call, at: now) else { throw CancellationError() }
        desk.learn([LimitSignal(rule: "app", percent: 80)], from: first, at: now)
        guard case .admitted(let early)? = desk.admit(call, at: now + .seconds(1)) else { throw CancellationError() }
        let rule = BudgetRule("app", .app, limit: 1, window: .sliding(.seconds(60)))
        let terms = plan.terms([.init(platform: .x, rule: rule)])
        desk.use(terms)
        desk.end(early, at: now + .seconds(2))
        #expect(desk.admit(call, at: now + .seconds(2)) == nil)
        desk.wait(call, ticket: 1, at: now + .seconds(2))
        let asks = desk.asks(at: now + .seconds(2))
        var ledger = BudgetLedger()
        let answers = asks.map { ledger.decide($0, terms[.x]![0], at: now + .seconds(2)) }
        desk.answered(answers, to: asks, at: now + .seconds(2))
        #expect(desk.turn(at: now + .seconds(2)).count == 1)
        #expect(desk.admit(call, at: now + .seconds(3)) == nil)
    }
}
