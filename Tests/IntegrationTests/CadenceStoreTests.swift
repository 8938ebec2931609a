import Adapters
import Configuration
import FleetCore
import JSON
import Platforms
import Postgres
import Runtime
import Testing

/// The accounts' plans in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct CadenceStoreTests {
    static let now = Instant("2026-11-18T20:00:00Z")!
    static let rules = CadenceRules(Platform.instagram)
    static let lease = "dispatcher"

    /// Seeded accounts with plans that begin at ``now``, and a lease to lead by.
    struct World {
        let lab: OperatorLab
        let store: CadenceStore
        let accounts: [Int64]
        let workspace: Int64
        let epoch: Int64

        init(_ lab: OperatorLab, accounts count: Int = 1) async throws {
            self.lab = lab
            store = CadenceStore(pool: lab.pool)
            #expect(await lab("accounts seed --count \(count) --platform instagram --without-credentials").code == .ok)
            let rows = try await lab.pool.query("select id, workspace_id from flotilla.accounts order by id")
            accounts = try rows.map { try $0.int8(0) }
            workspace = try rows[0].int8(1)
            let lease = try await ScheduleStore(pool: lab.pool).lease(
                CadenceStoreTests.lease,
                holder: "a",
                time: .seconds(600)
            )
            epoch = try #require(lease)
            for account in accounts { #expect(try await store.start(account, at: now)) }
        }

        @discardableResult
        func turn(at moment: Instant, limit: Int = 100, pool: Pool? = nil) async throws -> CadenceStore.Summary {
            try await (pool.map(CadenceStore.init(pool:)) ?? store).turn(
                rules,
                now: moment,
                limit: limit,
                lease: CadenceStoreTests.lease,
                epoch: epoch
            )
        }

        /// The jobs in the outbox, which is emptied.
        func jobs(at moment: Instant) async throws -> [Job] {
            let rows = try await lab.pool.query("delete from flotilla.outbox returning body, id")
            let sorted = try rows.map { (try $0.int8(1), try $0.text(0)) }.sorted { $0.0 < $1.0 }
            return try sorted.map { try JobContract().read(Array($0.1.utf8), now: moment) }
        }

        func listing(_ number: Int, at moment: Instant, _ posts: [DiscoveredPost]) async throws {
            var result = JobResult(
                job: OperatorLab.id(number),
                platform: .instagram,
                account: accounts[0],
                workspace: workspace,
                collect: .posts,
                enqueuedAt: moment,
                fetchedAt: moment,
                apiVersion: "v25.0",
                requests: 1,
                readings: []
            )
            result.posts = posts
            _ = try await ResultStore(pool: lab.pool).store([result], shard: 0)
        }

        func due() async throws -> Instant {
            let row = try await lab.pool.query("select min(due_at) from flotilla.cadence").only()
            return Instant(microseconds: try row.timestamp(0))
        }
    }

    static func world(accounts: Int = 1, _ body: (World) async throws -> Void) async throws {
        try await OperatorLab.run { lab in try await body(try await World(lab, accounts: accounts)) }
    }

    @Test func `a new account's first jobs are in the outbox and in the ledger, and its plan moves on`() async throws {
        try await Self.world { world in
            let summary = try await world.turn(at: Self.now)
            #expect(summary.accounts == 1)
            #expect(summary.jobs == [.metrics: 1, .stories: 1, .discovery: 1, .demographics: 1])
            let jobs = try await world.jobs(at: Self.now)
            #expect(jobs.map(\.collect) == [.accountDaily, .stories, .posts, .demographics])
            #expect(jobs[0].days == 4 && jobs[0].date == CivilDate("2026-11-17")!)
            #expect(jobs.allSatisfy { $0.lane == .normal && $0.account == world.accounts[0] })
            let states = try await world.lab.pool.query("select state::text, count(*) from flotilla.jobs group by 1")
                .only()
            #expect(try states.text(0) == "accepted" && states.int8(1) == 4)
            #expect(try await world.turn(at: Self.now).accounts == 0)
            #expect(try await world.due() > Self.now)
        }
    }

    @Test func `a plan that is stored and read again goes on where it was`() async throws {
        try await Self.world { world in
            var state = CadenceState(account: world.accounts[0], plannedAt: Self.now)
            var moment = Self.now
            // With every turn, the stored plan must have come as far as the one in memory.
            for _ in 0..<40 {
                let facts = CadenceFacts(storedDays: [])
                let turn = CadencePlan(state, Self.rules, facts, now: moment).turn()
                let summary = try await world.turn(at: moment)
                #expect(summary.jobs.values.reduce(0, +) == turn.orders.count, "\(moment)")
                let shown = try await world.store.show(world.accounts[0], now: moment) { _ in Self.rules }
                #expect(shown?.state == turn.state)
                state = turn.state
                moment = try #require(turn.dueAt)
                #expect(try await world.due() == moment)
            }
        }
    }

    @Test func `new posts wake the plan, and are read together`() async throws {
        try await Self.world { world in
            try await world.turn(at: Self.now)
            _ = try await world.jobs(at: Self.now)
            let found = Self.now + .seconds(60)
            try await world.listing(
                1,
                at: found,
                (0..<3).map {
                    DiscoveredPost(
                        externalID: "p\($0)",
                        publishedAt: Self.now - .seconds(3600 * (1 + $0 * 1100)),
                        kind: .reel
                    )
                }
            )
            #expect(try await world.due() == found)
            #expect(try await world.turn(at: found).jobs == [.posts: 1])
            let job = try #require(try await world.jobs(at: found).first)
            #expect(job.posts.count == 2, "the third is older than ninety days")
            #expect(job.collect == .postMetrics)
            // The first tick of the hour reads the one of today again.
            let next = try await world.due()
            #expect(next - found <= .seconds(3600))
        }
    }

    @Test func `many dispatchers at once order each job once`() async throws {
        try await Self.world(accounts: 60) { world in
            let wide = Pool(
                address: try PostgresAddress(url: world.lab.url),
                size: 6,
                name: "cadence",
                logger: Logger(label: "cadence")
            )
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var accounts = 0
                        while true {
                            let summary = try await world.turn(at: Self.now, limit: 7, pool: wide)
                            if summary.accounts == 0 { return accounts }
                            accounts += summary.accounts
                        }
                    }
                }
                return try await group.reduce(into: 0, +=)
            }
            await wide.close()
            #expect(counts == 60)
            let row = try await world.lab.pool.query(
                """
                select count(*), count(distinct (account_id, collect)),
                    (select count(*) from flotilla.outbox) from flotilla.jobs
                """
            ).only()
            #expect(try (0..<3).map { try row.int8($0) } == [240, 240, 240])
        }
    }

    @Test func `a dispatcher that lost its lease orders nothing`() async throws {
        try await Self.world { world in
            try await world.lab.pool.query("update flotilla.leases set epoch = epoch + 1")
            await #expect(throws: (any Error).self) { try await world.turn(at: Self.now) }
            #expect(try await world.jobs(at: Self.now).isEmpty)
            #expect(try await world.due() == Self.now)
        }
    }

    @Test func `a turn that cannot be committed has done nothing`() async throws {
        try await Self.world { world in
            // The outbox refuses, after the ledger took the jobs.
            try await world.lab.pool.query("alter table flotilla.outbox add constraint closed check (false)")
            await #expect(throws: (any Error).self) { try await world.turn(at: Self.now) }
            let row = try await world.lab.pool.query("select count(*) from flotilla.jobs").only()
            #expect(try row.int8(0) == 0)
            #expect(try await world.due() == Self.now)
            try await world.lab.pool.query("alter table flotilla.outbox drop constraint closed")
            #expect(try await world.turn(at: Self.now).accounts == 1)
        }
    }

    @Test func `a missing day is asked for again until it comes`() async throws {
        try await Self.world { world in
            let account = world.accounts[0]
            try await world.lab.pool.query(
                """
                update flotilla.cadence set metrics_day = '2026-11-17', gaps_at = $1, stories_at = $1, discovery_at = $1,
                    demographics_at = $1, history_first = '2026-10-01', history_next = '2026-11-10',
                    history_last = '2026-11-09', history_at = $1
                """,
                [.timestamp((Self.now - .seconds(86_400 * 2)).microseconds)]
            )
            // All days but two are there.
            for day in CivilDate("2026-10-01")!...CivilDate("2026-11-17")! where day.day != 20 && day.day != 21 {
                try await world.lab.pool.query(
                    """
                    insert into flotilla.current_values (subject_id, period, start_at, workspace_id, metrics, "values",
                        sources, source_jobs, source_times) values ($1, 1, $2, 1, '{}', '{}', '{}', '{}', '{}')
                    """,
                    [.int8(account), .timestamp(TimeZoneRules.pacific.startOfDay(day).microseconds)]
                )
            }
            var moment = Self.now
            var asked: [Job] = []
            for _ in 0..<6 {
                try await world.turn(at: moment)
                asked += try await world.jobs(at: moment).filter { $0.reason == "cadence: gaps" }
                moment = moment + .seconds(86_400)
            }
            #expect(asked.count == 3 && asked.allSatisfy { $0.days == 2 && $0.lane == .bulk })
            #expect(asked.allSatisfy { $0.date == CivilDate("2026-10-21")! })
            try await world.lab.pool.query(
                """
                insert into flotilla.current_values select subject_id, period, $1, workspace_id, metrics, "values", sources,
                    source_jobs, source_times from flotilla.current_values limit 1
                """,
                [.timestamp(TimeZoneRules.pacific.startOfDay(CivilDate("2026-10-20")!).microseconds)]
            )
            try await world.turn(at: moment)
            let left = try await world.lab.pool.query("select day from flotilla.cadence_gaps where day < '2026-11-01'")
                .only()
            #expect(try left.date(0) == CivilDate("2026-10-21")!.daysSinceEpoch)
        }
    }

    @Test func `plans of inactive accounts rest, those that are paused stand still`() async throws {
        try await Self.world(accounts: 3) { world in
            try await world.lab.pool.query(
                "update flotilla.accounts set state = 'needs_reconnect' where id = $1",
                [.int8(world.accounts[0])]
            )
            #expect(await world.lab("cadence pause --account \(world.accounts[1])").code == .ok)
            let summary = try await world.turn(at: Self.now)
            #expect(summary.accounts == 2 && summary.jobs[.metrics] == 1)
            #expect(await world.lab("cadence pause --platform instagram").code == .ok)
            let later = Self.now + .seconds(30 * 86_400)
            #expect(try await world.store.due([.instagram], now: later).isEmpty)
            #expect(try await world.turn(at: later).accounts == 0)
            #expect(await world.lab("cadence resume --platform instagram").code == .ok)
            #expect(await world.lab("cadence resume --account \(world.accounts[1])").code == .ok)
            #expect(try await world.store.due([.instagram], now: later) == [.instagram])
            #expect(try await world.turn(at: later).accounts == 3)
        }
    }

    @Test func `the roles of dispatcher and aggregator suffice`() async throws {
        try await Self.world { world in
            var address = try PostgresAddress(url: world.lab.url)
            address.settings = ["role": "flotilla_dispatcher"]
            let dispatcher = Pool(address: address, size: 1, name: "d", logger: Logger(label: "d"))
            #expect(try await world.turn(at: Self.now, pool: dispatcher).accounts == 1)
            #expect(try await CadenceStore(pool: dispatcher).due([.instagram], now: Self.now).isEmpty)
            await dispatcher.close()
            address.settings = ResultStore.sessionSettings.merging(["role": "flotilla_aggregator"]) { one, _ in one }
            let aggregator = Pool(address: address, size: 1, name: "a", logger: Logger(label: "a"))
            var result = JobResult(
                job: OperatorLab.id(1),
                platform: .instagram,
                account: world.accounts[0],
                workspace: world.workspace,
                collect: .postMetrics,
                enqueuedAt: Self.now,
                fetchedAt: Self.now,
                apiVersion: "v25.0",
                requests: 1,
                readings: []
            )
            result.posts = [DiscoveredPost(externalID: "a")]
            result.postReadings = [
                PostReadings(
                    post: "b",
                    readings: [Reading(period: .lifetime, start: .moment(Self.now), metrics: [.likes], values: [2])]
                )
            ]
            result.breakdowns = [PostStorageTests.audience(["DE": 1])]
            result.isSynthetic = true
            #expect(try await ResultStore(pool: aggregator).store([result], shard: 0).recorded == 1)
            result.job = OperatorLab.id(2)
            (result.missingPosts, result.postReadings) = (["b"], [])
            result.fetchedAt = Self.now + .seconds(90_000)
            _ = try await ResultStore(pool: aggregator).store([result], shard: 0)
            await aggregator.close()
        }
    }

    @Test func `people see what is due and why`() async throws {
        try await OperatorLab.run { lab in
            let seeded = await lab("accounts seed --count 2 --platform instagram --without-credentials --plan")
            #expect(seeded.code == .ok)
            let account = try await lab.pool.query("select min(account_id) from flotilla.cadence").only().int8(0)
            let all = await lab("cadence show")
            #expect(all.code == .ok && all.output.contains("instagram"))
            let shown = await lab("cadence show --account \(account) --json")
            let tasks = try shown.json["tasks"]?.array ?? []
            #expect(tasks.compactMap { $0["task"]?.string } == CadenceTask.allCases.map(\.rawValue))
            #expect(await lab("cadence show --account 999999").code == .notFound)
            #expect(await lab("cadence pause").code == .usage)
            #expect(await lab("cadence pause --account 999999").code == .notFound)
            // Accounts that are only seeded have no plan.
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            #expect(try await lab.pool.query("select count(*) from flotilla.cadence").only().int8(0) == 2)
        }
    }

    @Test func `a run over posts names every known post of each account`() async throws {
        try await Self.world(accounts: 2) { world in
            #expect(await world.lab("runs start --platform instagram --collect post_metrics").code == .refused)
            try await world.listing(1, at: Self.now, (0..<120).map { DiscoveredPost(externalID: "p\($0)") })
            let started = await world.lab("runs start --platform instagram --collect post_metrics --json")
            #expect(try started.json["expected"]?.int64 == 3)
            let schedules = ScheduleStore(pool: world.lab.pool)
            let run = try #require(try await schedules.planning(.normal).first)
            let posts = try await schedules.posts(of: world.accounts, run: run)
            let plan = try #require(run.plan(daysPerJob: 1, postsPerJob: Platform.instagram.postsPerJob))
            let jobs = world.accounts.flatMap { plan.jobs(of: $0, posts: posts[$0] ?? [], enqueuedAt: Self.now) }
            #expect(jobs.map(\.posts.count) == [50, 50, 20])
            #expect(Set(jobs.flatMap(\.posts)).count == 120)
            let stories = await world.lab("runs start --platform instagram --collect stories --json")
            #expect(try stories.json["expected"]?.int64 == 2)
            #expect(await world.lab("runs start --platform instagram --collect credential_refresh").code == .refused)
        }
    }
}
