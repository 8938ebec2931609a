import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// Ledgers in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct BudgetStoreTests {
    private static let start = Instant("2026-11-18T09:00:00Z")!
    private static let rule = BudgetRule("hour", .app, limit: 100, window: .sliding(.seconds(3600)))
    private static let terms = BudgetTerms(rule, zone: .utc)

    private func ask(_ holder: UInt64, needs: Int64, turn: Int64 = 1, subject: String = "") -> BudgetAsk {
        var ask = BudgetAsk(
            key: BudgetKey(.x, rule: "hour", subject: subject),
            holder: holder,
            life: 1,
            turn: turn
        )
        (ask.needs, ask.least) = (needs, 1)
        return ask
    }

    @Test func `workers that ask at once never get more than the limit`() async throws {
        try await OperatorLab.run { lab in
            let pool = Pool(
                address: try PostgresAddress(url: lab.url),
                size: 8,
                name: "budget-tests",
                logger: Logger(label: "tests")
            )
            let store = BudgetStore(pool: pool)
            let granted = try await withThrowingTaskGroup(of: Int64.self) { group in
                for holder in 1...24 {
                    group.addTask {
                        let asks = [
                            ask(UInt64(holder), needs: 10), ask(UInt64(holder), needs: 7, subject: "a\(holder % 3)"),
                        ]
                        let answers = try await store.decide(asks, terms: { _ in Self.terms }, now: { Self.start })
                        #expect(answers[1].key.subject == "a\(holder % 3)")
                        return answers[0].granted
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(granted <= 98 && granted >= 90)
            let rows = try await store.ledgers(limit: 10)
            #expect(rows.map(\.key.subject) == ["", "a0", "a1", "a2"])
            #expect(rows[0].ledger.lent == granted)
            // What was lent and not heard of again is used; nothing is lent again before it left the window.
            let later = Self.start + .seconds(3600)
            let none = try await store.decide([ask(99, needs: 10)], terms: { _ in Self.terms }, now: { later })
            #expect(none[0].granted <= 98 - granted)
            let gone = later + .seconds(60)
            let all = try await store.decide([ask(98, needs: 10)], terms: { _ in Self.terms }, now: { gone })
            #expect(all[0].granted == 10)
            await pool.close()
        }
    }

    @Test func `a worker's role may use budgets and nothing more of them`() async throws {
        try await OperatorLab.run { lab in
            var address = try PostgresAddress(url: lab.url)
            address.settings["role"] = "flotilla_worker"
            let pool = Pool(address: address, size: 1, name: "budget-tests", logger: Logger(label: "tests"))
            let store = BudgetStore(pool: pool)
            let answers = try await store.decide([ask(1, needs: 1)], terms: { _ in Self.terms }, now: { Self.start })
            #expect(answers[0].granted >= 1)
            _ = try await store.exchange(since: Self.start, at: Self.start)
            try await store.paid(.x, day: Self.start.utcDate, [1, 2, 2])
            #expect(try await store.unpaid(.x, day: Self.start.utcDate, [1, 2, 3]) == [3])
            #expect(try await store.unpaid(.x, day: Self.start.utcDate + 1, [1]) == [1])
            try await store.sweep(at: Self.start + .seconds(30 * 86_400))
            #expect(try await store.ledgers(limit: 10).isEmpty)
            await #expect(throws: (any Error).self) {
                try await store.set(BudgetPlan.Override(platform: .x, rule: Self.rule))
            }
            await pool.close()
        }
    }

    @Test func `one worker of the fleet makes the single call to an endpoint that fails`() async throws {
        try await OperatorLab.run { lab in
            let store = BudgetStore(pool: lab.pool)
            let endpoint = BudgetDesk.Endpoint(.x, "reads")
            let opening = CircuitBreaker.Opening(since: Self.start, nextProbe: Self.start + .seconds(10))
            let told = try await store.exchange(openings: [endpoint: opening], since: Self.start, at: Self.start)
            #expect(told.breakers[endpoint] == opening)
            let early = try await store.exchange(probes: [endpoint], since: Self.start, at: Self.start + .seconds(9))
            #expect(early.probes.isEmpty)
            let now = Self.start + .seconds(10)
            #expect(try await store.exchange(probes: [endpoint], since: now, at: now).probes == [endpoint])
            let second = try await store.exchange(probes: [endpoint], since: now, at: now + .seconds(1))
            #expect(second.probes.isEmpty)
            #expect(second.breakers[endpoint]?.nextProbe == now + .seconds(10))
            let closed = try await store.exchange(openings: [endpoint: nil], since: now, at: now)
            #expect(closed.breakers.isEmpty)
        }
    }

    @Test func `what the platform holds back reaches every worker`() async throws {
        try await OperatorLab.run { lab in
            let store = BudgetStore(pool: lab.pool)
            let steered = BudgetTerms(
                BudgetRule("hour", .app, limit: nil, window: .sliding(.seconds(3600))),
                zone: .utc
            )
            var ask = ask(1, needs: 0)
            let until = Self.start + .seconds(600)
            ask.statement = BudgetStatement(
                signal: LimitSignal(rule: "hour", percent: 97),
                at: Self.start,
                blockedUntil: until
            )
            _ = try await store.decide([ask], terms: { _ in steered }, now: { Self.start })
            let news = try await store.exchange(since: Self.start - .seconds(5), at: Self.start + .seconds(1))
            #expect(news.steered.map(\.key.rule) == ["hour"])
            #expect(news.steered.first?.until == until)
            let after = try await store.exchange(since: Self.start - .seconds(5), at: until + .seconds(1))
            #expect(after.steered.isEmpty)
        }
    }

    @Test func `budgets are set, shown, foretold and unset`() async throws {
        try await OperatorLab.run { lab in
            let unknown = await lab("budgets set x mine --limit 280")
            #expect(unknown.code == .refused && unknown.error.contains("--window"))
            #expect(await lab("budgets set x mine --limit 280 --window 900 --of app").code == .ok)
            #expect(
                await lab("budgets set x money --limit 5000000 --window month --of workspace --unit micro_dollars").code
                    == .ok
            )
            let money = BudgetRule("money", .workspace, unit: .microDollars, limit: 5_000_000, window: .month)
            var ask = BudgetAsk(key: BudgetKey(.x, rule: "money", subject: "3"), holder: 1, life: 1, turn: 1)
            (ask.needs, ask.least) = (1_500_000, 1_500_000)
            let now = Instant(microseconds: ProcessClock.wallNow)
            let answers = try await BudgetStore(pool: lab.pool).decide(
                [ask],
                terms: { _ in BudgetTerms(money, zone: .utc) },
                now: { now }
            )
            #expect(answers[0].granted == 1_500_000)
            let shown = await lab("budgets show --platform x")
            #expect(shown.code == .ok && shown.output.contains("mine") && shown.output.contains("280"))
            let json = try await lab("budgets show --platform x --json").json
            #expect("\(json)".contains("3500000") || "\(json)".contains("3_500_000"))
            let forecast = await lab("budgets forecast")
            #expect(forecast.code == .ok && forecast.output.contains("1.50 USD"))
            #expect(await lab("budgets unset x mine").code == .ok)
            #expect(await lab("budgets unset x mine").code == .notFound)
        }
    }
}
