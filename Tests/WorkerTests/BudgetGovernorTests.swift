import Adapters
import FleetCore
import Platforms
import Postgres
import Runtime
import Testing

@testable import Worker

/// Governors of several workers over one database.
@Suite(.enabled(if: WorkerLab.isAvailable)) struct BudgetGovernorTests {
    private static let now: @Sendable () -> Instant = { Instant(microseconds: ProcessClock.wallNow) }
    private static let plan = BudgetPlan(
        defaults: [.x: [BudgetRule("account", .account, limit: 50, window: .sliding(.seconds(3600)))]]
    )

    private func governor(_ pool: Pool) -> BudgetGovernor {
        let store = BudgetStore(pool: pool)
        let exchange = BudgetExchange(
            store: store,
            plan: Self.plan,
            base: [],
            logger: Logger(label: "tests"),
            now: Self.now
        )
        return BudgetGovernor(exchange: exchange, bills: BudgetBills(store: store), now: Self.now)
    }

    @Test func `workers share a limit, and what would wait too long is put off with the reason`() async throws {
        try await WorkerLab.run { lab in
            let governors = [governor(lab.workerPool), governor(lab.workerPool)]
            let began = Self.now()
            let verdicts = await withTaskGroup(of: BudgetDesk.Verdict.self) { group in
                let runs = governors.map { governor in Task { await governor.run() } }
                for number in 0..<80 {
                    group.addTask {
                        let call = BudgetCall(
                            platform: .x,
                            endpoint: "reads",
                            account: "1",
                            workspace: 1,
                            lane: number < 4 ? .interactive : .normal
                        )
                        return await governors[number % 2].admit(call)
                    }
                }
                var verdicts: [BudgetDesk.Verdict] = []
                for await verdict in group { verdicts.append(verdict) }
                for run in runs {
                    run.cancel()
                    await run.value
                }
                return verdicts
            }
            var admitted = 0
            for verdict in verdicts {
                switch verdict {
                case .admitted: admitted += 1
                case .parked(let until, let why):
                    #expect(until > began)
                    #expect(why == "the budget x/account of account 1 is used up")
                case .refused(let why): Issue.record("refused: \(why)")
                }
            }
            #expect(admitted <= 50 && admitted >= 47, "\(admitted)")
        }
    }

    @Test func `a resource that was paid for today costs nothing, in any worker`() async throws {
        try await WorkerLab.run { lab in
            let store = BudgetStore(pool: lab.workerPool)
            let (first, second) = (BudgetBills(store: store), BudgetBills(store: store))
            let day = CivilDate("2026-11-18")!
            var request = PlatformRequest(origin: "https://api.x.com", path: "/2/tweets")
            (request.items, request.microDollars) = (["1", "2", "3", "4"], 20_000)
            #expect(await first.price(of: request, at: .x, on: day) == 20_000)
            await first.paid(request, at: .x, on: day)
            #expect(await first.price(of: request, at: .x, on: day) == 0)
            #expect(await second.price(of: request, at: .x, on: day) == 0)
            #expect(await second.price(of: request, at: .x, on: day + 1) == 20_000)
            request.items = ["3", "4", "5", "6"]
            #expect(await second.price(of: request, at: .x, on: day) == 10_000)
        }
    }
}
