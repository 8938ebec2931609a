import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// Orders of operators, as commands give them and as workers are told.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct ControlOrderTests {
    private static func report(_ number: Int = 1) -> WorkerReport {
        WorkerReport(
            id: OperatorLab.id(number),
            host: "host-\(number)",
            pid: 100 + number,
            version: "1",
            startedAt: Instant(microseconds: ProcessClock.wallNow),
            queues: [.init(key: "instagram.normal", prefetch: 8), .init(key: "x.bulk", prefetch: 4)]
        )
    }

    private static func job(_ number: Int, account: Int64, collect: CollectionKind = .accountDaily) -> Job {
        Job(
            id: OperatorLab.id(number),
            platform: .instagram,
            account: account,
            collect: collect,
            date: OperatorLab.day,
            reason: "test",
            enqueuedAt: Instant(microseconds: ProcessClock.wallNow)
        )
    }

    private func hold(_ store: ControlStore, _ job: Job, for control: Int64, attempt: Int = 1) async throws -> Bool {
        try await store.hold(job, body: job.encoded(), attempt: attempt, doubt: nil, for: control)
    }

    @Test func `a pause reaches workers, is listed with its reason, and is gone when it is lifted`() async throws {
        try await OperatorLab.run { lab in
            let store = ControlStore(pool: lab.pool)
            #expect(try await store.beat(Self.report()).board.isEmpty)
            let made = await lab("queues pause --platform instagram --lane normal --reason too-early --for 2h --json")
            #expect(made.code == .ok)
            let id = try #require(try made.json["control"]?.int64)
            let now = Instant(microseconds: ProcessClock.wallNow)
            let board = try await store.beat(Self.report()).board
            #expect(board.isPaused(platform: .instagram, lane: .normal, at: now))
            #expect(!board.isPaused(platform: .instagram, lane: .bulk, at: now))
            #expect(!board.isPaused(platform: .instagram, lane: .normal, at: now + .seconds(7300)))
            let listed = await lab("queues controls")
            #expect(listed.output.contains("too-early") && listed.output.contains("platform instagram, lane normal"))
            #expect(await lab("queues resume \(id)").code == .ok)
            #expect(await lab("queues resume \(id)").code == .notFound)
            #expect(try await store.beat(Self.report()).board.isEmpty)
            #expect(await lab("queues controls").error.contains("nothing is paused"))
            #expect(await lab("queues controls --all").output.contains("too-early"))
        }
    }

    @Test func `an order needs a part of the work that there is, and a reason`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("queues pause --reason why").code == .usage)
            #expect(await lab("queues pause --platform x --everything --reason why").code == .usage)
            #expect(await lab("queues pause --platform x").code == .usage)
            #expect(await lab("queues pause --account 99 --reason why").code == .notFound)
            #expect(await lab("queues pause --workspace nobody --reason why").code == .notFound)
            #expect(await lab("queues pause --everything --reason why").code == .ok)
        }
    }

    @Test func `a job set aside goes on as the attempt that it was when its order ends`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            let account = try await lab.pool.query("select id from flotilla.accounts").only().int8(0)
            let store = ControlStore(pool: lab.pool)
            let made = await lab("queues pause --account \(account) --reason looked-at --json")
            let id = try #require(try made.json["control"]?.int64)
            #expect(try await hold(store, Self.job(1, account: account), for: id, attempt: 3))
            #expect(try await hold(store, Self.job(1, account: account), for: id, attempt: 3))
            #expect(try await AuditStore(pool: lab.pool).unfinished().outbox == 1)
            #expect(try await WorkloadStore(pool: lab.pool).releaseHeld() == 0)
            #expect(await lab("queues resume \(id)").code == .ok)
            let rows = try await lab.pool.query("select job_id, attempt, routing_key from flotilla.outbox")
            #expect(try rows.only().int2(1) == 3 && rows.only().text(2) == "instagram.normal")
            // A worker that had not heard of it yet is told to run the job.
            #expect(try await !hold(store, Self.job(2, account: account), for: id))
        }
    }

    @Test func `an order that ran out lets its jobs go`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            let account = try await lab.pool.query("select id from flotilla.accounts").only().int8(0)
            let made = await lab("queues pause --account \(account) --reason why --for 1h --json")
            let id = try #require(try made.json["control"]?.int64)
            #expect(try await hold(ControlStore(pool: lab.pool), Self.job(1, account: account), for: id))
            try await lab.pool.query(
                "update flotilla.controls set created_at = now() - interval '2 h', expires_at = now() - interval '1 s'"
            )
            #expect(try await WorkloadStore(pool: lab.pool).releaseHeld() == 1)
        }
    }

    @Test func `what is drained stays in the outbox, and the rest goes`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 2 --platform instagram --without-credentials").code == .ok)
            try await lab.pool.query("select flotilla.enqueue('instagram', id) from flotilla.accounts")
            let first = try await lab.pool.query("select min(id) from flotilla.accounts").only().int8(0)
            let outbox = OutboxStore(pool: lab.pool)
            let made = await lab("queues drain --account \(first) --reason contract --json")
            #expect(try await outbox.relay(limit: 10) { $0.map { _ in true } } == (1, 1))
            #expect(await lab("queues drain --platform instagram --reason contract").code == .ok)
            #expect(try await outbox.relay(limit: 10) { $0.map { _ in true } } == (0, 0))
            let ids = try await lab.pool.query("select id from flotilla.controls").map { String(try $0.int8(0)) }
            #expect(try made.json["control"]?.int64 != nil)
            #expect(await lab("queues resume \(ids.joined(separator: " "))").code == .ok)
            #expect(try await outbox.relay(limit: 10) { $0.map { _ in true } } == (1, 1))
        }
    }

    @Test func `a job that the ledger knows is cancelled at once, and its result is dropped`() async throws {
        try await OperatorLab.run { lab in
            let results = try await lab.store(jobs: 1)
            let account = results[0].account
            let id = try await lab.pool.query(
                "select flotilla.enqueue('instagram', $1)",
                [.int8(account)]
            ).only().uuid(0)
            let job = FleetCore.UUID(id)
            let answer = await lab("jobs cancel \(job) --reason mistake")
            #expect(answer.code == .ok && answer.output.contains("cancelled"))
            #expect(try await lab.pool.query("select count(*) from flotilla.outbox").only().int8(0) == 0)
            var late = results[0]
            late.job = job
            _ = try await ResultStore(pool: lab.pool).store([late], shard: 0)
            let shown = await lab("jobs show \(job) --json")
            #expect(try shown.json["state"]?.string == "cancelled")
            #expect(await lab("jobs cancel \(job) --reason again").code == .refused)
            let done = await lab("jobs cancel \(results[0].job) --reason late")
            #expect(done.code == .refused && done.output.contains("had ended before: done"))
            #expect(try await lab.audit("--expect-quiet").code == .ok)
        }
    }

    @Test func `a job that the ledger does not know is cancelled by the worker that meets it`() async throws {
        try await OperatorLab.run { lab in
            let job = Self.job(77, account: 1)
            #expect(await lab("jobs cancel \(job.id) --reason mistake --json").output.contains("marked"))
            let board = try await ControlStore(pool: lab.pool).beat(Self.report()).board
            #expect(board.cancellation(of: job.id) == "mistake")
        }
    }

    @Test func `workers report themselves, and end when they are asked to`() async throws {
        try await OperatorLab.run { lab in
            let store = ControlStore(pool: lab.pool)
            var report = Self.report()
            report.queues[0].holding = 3
            report.queues[0].ended = 20
            #expect(try await store.beat(report).drain == nil)
            _ = try await store.beat(Self.report(2))
            let listed = await lab("workers list")
            #expect(listed.output.contains("host-1") && listed.output.contains("host-2"))
            #expect(await lab("workers drain \(report.id) --reason retired").code == .ok)
            #expect(try await store.beat(report).drain == "retired")
            #expect(try await store.beat(Self.report(2)).drain == nil)
            report.state = .ended
            report.handedBack = 2
            _ = try await store.beat(report)
            #expect(await !lab("workers list").output.contains("host-1"))
            #expect(await lab("workers list --all").output.contains("ended"))
            #expect(await lab("workers drain \(report.id) --reason retired").code == .notFound)
        }
    }

    @Test func `what queues hold is put together from the broker and the workers`() async throws {
        try await OperatorLab.run { lab in
            let (store, workload) = (ControlStore(pool: lab.pool), WorkloadStore(pool: lab.pool))
            var report = Self.report()
            report.queues[0].holding = 3
            report.queues[0].ended = 10
            report.queues[0].busy = .seconds(20)
            report.queues[0].requests = 30
            let now = Instant(microseconds: ProcessClock.wallNow)
            report.queues[0].takenAt = now
            report.queues[0].enqueuedAt = now - .seconds(90)
            _ = try await store.beat(report)
            let seen = [
                WorkloadStore.Seen(platform: .instagram, lane: .normal, ready: 40, consumers: 1),
                WorkloadStore.Seen(platform: .x, lane: .bulk, ready: 0, consumers: 1),
            ]
            let loads = try await workload.loads(seen)
            #expect(loads[0].inHand == 3 && loads[0].meanRun == .seconds(2) && loads[0].requestsPerJob == 3)
            #expect((85...100).contains(Int(loads[0].oldest.components.seconds)))
            #expect(loads[1] == QueueLoad(platform: .x, lane: .bulk))
            try await workload.note(seen, loads, concurrency: [.normal: 8])
            #expect(try await store.beat(report).ready == ["instagram.normal": 40, "x.bulk": 0])
            #expect(await lab("queues pause --platform instagram --reason standstill").code == .ok)
            let listed = await lab("queues list")
            #expect(listed.output.contains("instagram.normal") && listed.output.contains("standstill"))
        }
    }
}

/// The same through a broker: what workers died with, and queues that are purged.
@Suite(.enabled(if: FeedLab.isAvailable)) struct SuspectFlowTests {
    private func publish(_ lab: FeedLab, _ jobs: [Job]) async throws {
        let publisher = try lab.makePublisher()
        try await lab.with([RunningService("publisher") { await publisher.run() }]) {
            let outcomes = await publisher.publish(jobs.map { JobMessages(topology: lab.topology).message($0) })
            #expect(outcomes.allSatisfy { $0 == .accepted })
        }
    }

    private func jobs(_ count: Int, account: Int64 = 1) -> [Job] {
        (0..<count).map { number in
            Job(
                id: OperatorLab.id(number),
                platform: .x,
                account: account,
                date: OperatorLab.day,
                lane: .bulk,
                reason: "test",
                enqueuedAt: Instant(microseconds: ProcessClock.wallNow)
            )
        }
    }

    @Test func `a job that came back from six crashed workers is tried apart, and is not among the dead`() async throws
    {
        try await FeedLab.run { lab in
            try await publish(lab, jobs(1))
            for _ in 0...5 { _ = try await lab.broker.message(in: "jobs.x.bulk", .giveBack) }
            try await lab.aggregating { _ in
                let message = try await lab.broker.message(in: lab.topology.suspectsQueue, .take)
                #expect(message["routing_key"] == "x.bulk")
                #expect(message["properties"]?["headers"]?["x-flotilla-crashes"] == .number(.integer(6)))
            }
            #expect(try await lab.count("dead_letters") == 0)
        }
    }

    @Test func `a cancelled job stands in the ledger as cancelled, and its run counts it`() async throws {
        try await FeedLab.run { lab in
            var job = jobs(1, account: 7)[0]
            job.run = OperatorLab.id(900)
            try await lab.pool.query(
                """
                insert into flotilla.runs (id, fire_at, platform, collect, lane, first_date, last_date, state, last_account,
                    expected, published) values ($1, now(), 'x', 'account_daily', 'bulk', '2026-11-18', '2026-11-18',
                    'published', 7, 1, 1)
                """,
                [.uuid(OperatorLab.id(900).parameter)]
            )
            try await publish(lab, [job])
            try await lab.aggregating { _ in
                let refused = await lab("queues purge x bulk --reason wrong --count 2")
                #expect(refused.code == .refused && refused.error.contains("add --count 1 to do it"))
                let purged = await lab("queues purge x bulk --reason wrong --count 1")
                #expect(purged.code == .ok && purged.output.contains("cancelled 1 job of jobs.x.bulk"))
                try await lab.until("the ledger knows") {
                    try await lab.count("jobs where state = 'cancelled'") == 1
                }
            }
            let run = try await lab.pool.query("select state, cancelled, dead from flotilla.runs").only()
            #expect(try run.text(0) == "finished" && run.int8(1) == 1 && run.int8(2) == 0)
            #expect(try await lab.count("dead_letters") == 0)
            #expect(await lab("queues purge x bulk --reason wrong --count 1").output.contains("is empty"))
        }
    }
}
