import AMQP
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

@testable import Adapters

/// Erasure in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct ErasureTests {
    /// Two accounts with a post each in two workspaces, all of it stored as an aggregator does.
    private struct World {
        let lab: OperatorLab
        let store: ErasureStore
        let accounts: [Int64]
        let workspaces: [Int64]

        init(_ lab: OperatorLab) async throws {
            (self.lab, store) = (lab, ErasureStore(pool: lab.pool))
            try await lab.pool.query("select setval('flotilla.subject_ids', 7700000000001)")
            for name in ["one", "two"] {
                #expect(
                    await lab("accounts seed --count 2 --platform instagram --workspace \(name) --without-credentials")
                        .code == .ok
                )
            }
            let rows = try await lab.pool.query("select id, workspace_id from flotilla.accounts order by id")
            accounts = try rows.map { try $0.int8(0) }
            workspaces = try rows.map { try $0.int8(1) }
            // The accounts of the second workspace are others at the platform.
            try await lab.pool.query(
                "update flotilla.accounts set external_id = external_id || '9' where id > $1",
                [.int8(accounts[1])]
            )
            for index in 0..<4 { try await keep(result(index, account: index)) }
            try await lab.pool.query("select flotilla.plan_account(id) from flotilla.accounts")
            // Rounds over all accounts say by the number of one how far they came.
            try await lab.pool.query(
                "insert into flotilla.retention_sweeps values ('days', 'x', false, now(), $1)",
                [.int8(accounts[0])]
            )
            try await lab.pool.query(
                "insert into flotilla.reconciliation_nights (night, cursor, started_at) values (now(), $1, now())",
                [.int8(accounts[0])]
            )
            // A run says how far it goes by the number of an account.
            try await lab.pool.query(
                """
                insert into flotilla.runs (id, fire_at, platform, collect, lane, first_date, last_date, state, last_account,
                    cursor, published, expected)
                select gen_random_uuid(), now(), 'instagram', 'posts', 'normal', now(), now(), 'finished', id, id, 0, 0
                from flotilla.accounts
                """
            )
        }

        func result(_ number: Int, account: Int, run: FleetCore.UUID? = nil) -> JobResult {
            let fetched = PostStorageTests.start + .seconds(number)
            var result = JobResult(
                job: OperatorLab.id(number),
                run: run,
                platform: .instagram,
                account: accounts[account],
                workspace: workspaces[account],
                collect: .postMetrics,
                enqueuedAt: fetched,
                fetchedAt: fetched,
                apiVersion: "v25.0",
                requests: 1,
                readings: [Reading(period: .day, start: .date(OperatorLab.day), metrics: [.views], values: [5])]
            )
            result.postReadings = [
                PostReadings(
                    post: "post-of-\(accounts[account])",
                    readings: [Reading(period: .lifetime, start: .moment(fetched), metrics: [.views], values: [7])]
                )
            ]
            return result
        }

        @discardableResult
        func keep(_ results: JobResult...) async throws -> ResultStore.Summary {
            try await ResultStore(pool: lab.pool).store(results, shard: 0)
        }

        /// The account's number, its id and its posts', wherever they stand in any table.
        func places(_ account: Int) async throws -> [String] {
            let tables = try await lab.pool.query(
                """
                select relname from pg_class where relnamespace = 'flotilla'::regnamespace and relkind in ('r', 'p')
                    and not relispartition order by 1
                """
            ).map { try $0.text(0) }
            var found: [String] = []
            for table in tables {
                let count = try await lab.pool.query(
                    Statement(dynamic: "select count(*) from flotilla.\(table) t where t::text ~ $1"),
                    [.text("\\y(post-of-)?\(accounts[account])\\y")]
                ).only().int8(0)
                if count > 0 { found.append(table) }
            }
            return found
        }

        /// Erases without queues, which a database of its own has none of.
        func erase(_ target: ErasureTarget) async throws -> StoredErasure {
            let id = try await store.bury(target, reason: "test")
            try await store.awaitWriters(shards: 2)
            try await store.deleteRows(id)
            if case .workspace(let workspace) = target { try await store.deleteRows(ofWorkspace: workspace, id) }
            #expect(try await store.remains(store.accounts(id)).map(\.name) == [])
            try await store.forget(target, id)
            try await store.finish(id, at: PostStorageTests.start)
            return try #require(await store.erasure(id))
        }
    }

    private static func world(_ body: (World) async throws -> Void) async throws {
        try await OperatorLab.run { lab in try await body(try await World(lab)) }
    }

    @Test func `an erased account is found in no table, and the others are as they were`() async throws {
        try await Self.world { world in
            let retention = RetentionStore(pool: world.lab.pool)
            #expect(
                try await retention.lift(retention.hold(workspace: nil, account: world.accounts[0], reason: "over"))
            )
            #expect(try await world.places(0).count > 6)
            let before = try await world.places(1)
            let receipt = try await world.erase(.account(world.accounts[0]))
            #expect(try await world.places(0) == [])
            // The one that stays does not stand among what is to be rolled up again because of it.
            #expect(try await world.places(1).filter { $0 != "dirty_groups" } == before.filter { $0 != "dirty_groups" })
            let bounds = try await world.lab.pool.query("select last_account from flotilla.runs order by 1").map {
                try $0.int8(0)
            }
            #expect(bounds == [0] + world.accounts.dropFirst())
            #expect(receipt.step == .done && receipt.target == nil && receipt.accounts == 1)
            #expect(receipt.rows.contains { $0.name == "observations" && $0.count == 2 })
            #expect(receipt.rows.contains { $0.name == "posts" && $0.count == 1 })
            #expect(receipt.mark.count == 64 && receipt.nameMark.count == 64)
        }
    }

    @Test func `an erased workspace goes with all its accounts`() async throws {
        try await Self.world { world in
            let receipt = try await world.erase(.workspace(world.workspaces[2]))
            for account in 2..<4 { #expect(try await world.places(account) == []) }
            #expect(receipt.accounts == 2)
            let left = try await world.lab.pool.query("select name from flotilla.workspaces order by 1").map {
                try $0.text(0)
            }
            #expect(left == ["one"])
        }
    }

    @Test func `once buried, no door, no plan and no result brings an account back`() async throws {
        try await Self.world { world in
            _ = try await world.store.bury(.account(world.accounts[0]), reason: "test")
            let pool = world.lab.pool
            await #expect(throws: PostgresError.self) {
                try await pool.query("select flotilla.enqueue('instagram', $1)", [.int8(world.accounts[0])])
            }
            await #expect(throws: PostgresError.self) {
                try await pool.query(
                    "update flotilla.accounts set state = 'active' where id = $1",
                    [.int8(world.accounts[0])]
                )
            }
            let known = try await pool.query(
                "select account_id from flotilla.access_for($1)",
                [.int8Array(world.accounts)]
            )
            #expect(try known.map { try $0.int8(0) }.sorted() == Array(world.accounts.dropFirst()))
            let observations: Statement = "select count(*) from flotilla.observations"
            let before = try await pool.query(observations).only().int8(0)
            let summary = try await world.keep(world.result(10, account: 0), world.result(11, account: 1))
            #expect(summary.recorded == 1 && summary.repeated == 1)
            #expect(try await pool.query(observations).only().int8(0) == before + 2)
        }
    }

    @Test func `a result or a dead letter that comes late changes nothing but that its job has ended`() async throws {
        try await Self.world { world in
            let run = OperatorLab.id(500)
            try await world.lab.pool.query(
                """
                insert into flotilla.runs (id, fire_at, platform, collect, lane, first_date, last_date, state, last_account,
                    published, expected) values ($1, now(), 'instagram', 'posts', 'normal', now(), now(), 'published', 1, 2, 2)
                """,
                [.uuid(run.parameter)]
            )
            _ = try await world.erase(.account(world.accounts[0]))
            var letter = DeadLetter(refused: world.result(21, account: 0, run: run))
            letter.cause = "unknown_account"
            for _ in 0..<2 {
                #expect(try await world.keep(world.result(20, account: 0, run: run)).recorded == 0)
                #expect(try await DeadLetterStore(pool: world.lab.pool).store([letter]) == 0)
            }
            #expect(try await world.places(0) == [])
            let counts = try await world.lab.pool.query(
                "select state, dead, stored from flotilla.runs where id = $1",
                [.uuid(run.parameter)]
            ).only()
            #expect(try counts.text(0) == "finished" && counts.int8(1) == 2 && counts.int8(2) == 0)
            let (code, report) = try await world.lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    @Test func `deleting may stop anywhere, and goes on when it is called again`() async throws {
        try await Self.world { world in
            let id = try await world.store.bury(.account(world.accounts[0]), reason: "test")
            // Something that still names a post stops the deletion in the middle.
            try await world.lab.pool.query("create table flotilla.guard (post bigint references flotilla.posts)")
            try await world.lab.pool.query(
                "insert into flotilla.guard select id from flotilla.posts where account_id = $1",
                [.int8(world.accounts[0])]
            )
            await #expect(throws: (any Error).self) { try await world.store.deleteRows(id) }
            try await world.lab.pool.query("drop table flotilla.guard")
            try await world.store.deleteRows(id)
            #expect(try await world.store.remains([world.accounts[0]]).isEmpty)
            let again = try await world.store.bury(.account(world.accounts[0]), reason: "again")
            #expect(again == id)
            try await world.store.forget(.account(world.accounts[0]), id)
            try await world.store.finish(id, at: PostStorageTests.start)
            #expect(try await world.places(0) == [])
            let receipt = try #require(await world.store.erasure(id))
            #expect(receipt.rows.first { $0.name == "observations" }?.count == 2)
        }
    }

    @Test func `an account that comes into a workspace under erasure is buried too`() async throws {
        try await Self.world { world in
            let target = ErasureTarget.workspace(world.workspaces[0])
            let id = try await world.store.bury(target, reason: "test")
            #expect(
                await world.lab("accounts seed --count 1 --platform instagram --workspace one --without-credentials")
                    .code == .ok
            )
            #expect(try await world.store.bury(target, reason: "test") == id)
            #expect(try await world.store.accounts(id).count == 3)
        }
    }

    @Test func `what a hold names is not erased, and what there is not neither`() async throws {
        try await Self.world { world in
            let retention = RetentionStore(pool: world.lab.pool)
            let hold = try await retention.hold(workspace: world.workspaces[0], account: nil, reason: "case")
            #expect(try await world.store.obstacle(.account(world.accounts[0])) == "hold \(hold) is in force")
            #expect(try await world.store.obstacle(.account(world.accounts[2])) == nil)
            #expect(try await retention.lift(hold))
            _ = try await retention.hold(workspace: nil, account: world.accounts[3], reason: "case")
            #expect(try await world.store.obstacle(.workspace(world.workspaces[2])) != nil)
            #expect(try await world.store.obstacle(.workspace(999)) == "there is no workspace 999")
            let answer = await world.lab("erase account \(world.accounts[3]) --reason test --dry-run")
            #expect(answer.code == .refused && answer.output.contains("observations"))
            #expect(await world.lab("erase account \(world.accounts[0]) --reason test").code == .refused)
        }
    }
}

/// Messages of erased accounts among those of others, on a real broker.
@Suite(.enabled(if: TopologyLab.isAvailable)) struct QueueSweeperTests {
    private static func body(_ account: Int, _ number: Int) -> JSONValue {
        .string(#"{"version":1,"account":\#(account),"number":\#(number)}"#)
    }

    private static func fill(_ lab: TopologyLab, _ exchange: String) async throws {
        for number in 0..<40 {
            try await lab.api.post(
                ["exchanges", lab.virtualHost, exchange, "publish"],
                [
                    "properties": ["delivery_mode": 2, "headers": ["x-flotilla-attempt": 3]], "routing_key": "x.bulk",
                    "payload": body(number % 4, number), "payload_encoding": "string",
                ]
            )
        }
    }

    private static func sweeper(_ lab: TopologyLab) throws -> QueueSweeper {
        let broker = try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"])
        let server = broker.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        return QueueSweeper(
            endpoint: try Endpoint(url: "\(server)/\(lab.virtualHost)"),
            logger: Logger(label: "sweeper-tests")
        )
    }

    @Test(arguments: [("jobs.x.bulk", "jobs"), ("retry.1m", "retry.1m"), ("parked", "parked")])
    func `a round takes out what was erased and leaves the others as they were`(queue: String, exchange: String)
        async throws
    {
        try await TopologyLab.run { lab in
            try await Self.fill(lab, exchange)
            let sweeper = try Self.sweeper(lab)
            let place = QueueSweeper.Place(queue: queue, exchange: exchange)
            let first = try await sweeper.sweep(place, round: "a", accounts: [1, 3])
            #expect(first == QueueSweeper.Tally(seen: 40, removed: 20))
            // The broker takes back what the first round still held when its channel is gone.
            while try await sweeper.ready(queue) != 20 { await Task.yield() }
            let second = try await sweeper.sweep(place, round: "b", accounts: [1, 3])
            #expect(second == QueueSweeper.Tally(seen: 20, removed: 0))
            var numbers: Set<Int64> = []
            for _ in 0..<20 {
                let message = try await lab.message(in: queue, .take)
                #expect(message["routing_key"] == "x.bulk")
                #expect(message["properties"]?["headers"]?["x-flotilla-attempt"] == 3)
                let job = try JSONValue(parsing: try #require(message["payload"]?.string))
                numbers.insert(try #require(job["number"]?.int64))
            }
            #expect(numbers.count == 20 && numbers.allSatisfy { $0 % 2 == 0 })
            #expect(try await sweeper.sweep(place, round: "c", accounts: [0]).seen == 0)
        }
    }

    @Test func `the account is found in jobs and results, and a broken body has none`() {
        #expect(QueueSweeper.account(of: Array(#"{"id":"a","account":17,"x":[]}"#.utf8)) == 17)
        #expect(QueueSweeper.account(of: Array(#"{"account":"17"}"#.utf8)) == nil)
        #expect(QueueSweeper.account(of: Array(#"{"account":17,"#.utf8)) == 17)
        #expect(QueueSweeper.account(of: Array("nothing".utf8)) == nil)
    }
}
