import Runtime
import Testing

@testable import Postgres

@Suite("Pool", .enabled(if: Server.isAvailable))
struct PoolTests {
    @Test func `waiting callers are served in order`() async throws {
        try await Server.withPool(size: 1) { pool in
            let (order, sink) = AsyncStream<Int>.makeStream()
            let tasks = try await pool.withConnection { _ in
                var tasks: [Task<Void, any Error>] = []
                for number in 0..<20 {
                    tasks.append(Task { try await pool.withConnection { _ in _ = sink.yield(number) } })
                    while pool.occupancy.waiting < number + 1 { await Task.yield() }
                }
                return tasks
            }
            for task in tasks { try await task.value }
            sink.finish()
            let numbers = await order.reduce(into: []) { $0.append($1) }
            #expect(numbers == Array(0..<20))
            #expect(pool.occupancy == Pool.Occupancy(connections: 1, idle: 1, waiting: 0))
        }
    }

    @Test func `an exhausted pool is an error after the wait and not before`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.withConnection { _ in
                let clock = ContinuousClock()
                let began = clock.now
                let error = try await failure { try await pool.withConnection(wait: .milliseconds(50)) { _ in } }
                #expect(error.code == .poolTimeout)
                #expect(clock.now - began >= .milliseconds(50))
            }
            #expect(pool.occupancy.waiting == 0)
        }
    }

    @Test func `a cancelled caller leaves the queue`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.withConnection { _ in
                let task = Task { try await pool.withConnection { _ in } }
                while pool.occupancy.waiting == 0 { await Task.yield() }
                task.cancel()
                let error = try await failure { try await task.value }
                #expect(error.code == .cancelled)
                #expect(pool.occupancy.waiting == 0)
            }
        }
    }

    @Test func `many callers over few connections all get through`() async throws {
        try await Server.withPool(size: 3) { pool in
            let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<300 as Range<Int64> {
                    group.addTask { try await pool.query("SELECT $1::int8", [.int8(number)]).only().int8(0) }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 44_850)
            #expect(pool.occupancy.connections <= 3)
        }
    }

    @Test func `an idle connection that the server ended is replaced unseen`() async throws {
        let name = Server.uniqueName()
        try await Server.withPool(size: 1, name: name) { pool in
            let before = try await pool.query("SELECT pg_backend_pid()").only().int4(0)
            try await Server.terminate(name: name)
            try await Server.withConnection { watcher in
                while try await !watcher.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [.int4(before)]).isEmpty
                {}
            }
            #expect(try await pool.query("SELECT pg_backend_pid()").only().int4(0) != before)
        }
    }

    @Test func `what a borrower leaves open is rolled back`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.withConnection { try await $0.execute(script: "BEGIN") }
            try await pool.withConnection { connection in
                #expect(connection.isAtRest)
                #expect(pool.occupancy.connections == 1)
            }
        }
    }

    @Test func `an unreachable server fails at once, or is tried until the wait is over`() async throws {
        try await Server.withNowhere { nowhere in try await self.knock(nowhere) }
    }

    private func knock(_ nowhere: PostgresAddress) async throws {
        try await Server.withPool(nowhere) { pool in
            let first = try await failure { try await pool.query("SELECT 1") }
            let second = try await failure { try await pool.query("SELECT 1") }
            #expect(first.code == .connectFailed && second.code == .connectFailed)
            let clock = ContinuousClock()
            let began = clock.now
            let third = try await failure {
                try await pool.withConnection(wait: .milliseconds(120), whenDown: .retry) { _ in }
            }
            #expect(third.code == .connectFailed)
            #expect(clock.now - began >= .milliseconds(100))
            #expect(pool.occupancy.connections == 0)
        }
    }

    @Test func `a closed pool refuses callers and waits for the lent connection`() async throws {
        let pool = Pool(address: try Server.address, size: 1, name: "postgres-tests", logger: Logger(label: "tests"))
        let (started, start) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let borrower = Task {
            try await pool.withConnection { connection in
                start.finish()
                for await _ in released {}
                return try await connection.query("SELECT 7").only().int4(0)
            }
        }
        for await _ in started {}
        let waiter = Task { try await failure { try await pool.query("SELECT 1") } }
        while pool.occupancy.waiting == 0 { await Task.yield() }
        async let closed: Void = pool.close()
        #expect(try await waiter.value.code == .poolClosed)
        release.finish()
        #expect(try await borrower.value == 7)
        await closed
        let error = try await failure { try await pool.query("SELECT 1") }
        #expect(error.code == .poolClosed)
        #expect(pool.occupancy == Pool.Occupancy(connections: 0, idle: 0, waiting: 0))
    }

    @Test func `sessions ended at random lose nothing and double nothing`() async throws {
        let name = Server.uniqueName()
        try await Server.withSchema { schema in
            try await Server.withConnection {
                try await $0.execute(
                    script: """
                        CREATE TABLE \(schema).done (key int PRIMARY KEY);
                        CREATE TABLE \(schema).total (n int); INSERT INTO \(schema).total VALUES (0);
                        """
                )
            }
            // The key makes the work idempotent: only then may an outcome in doubt be repeated.
            let work = Statement(
                dynamic: """
                    WITH fresh AS (INSERT INTO \(schema).done VALUES ($1) ON CONFLICT DO NOTHING RETURNING key)
                    UPDATE \(schema).total SET n = n + (SELECT count(*) FROM fresh) WHERE EXISTS (SELECT FROM fresh)
                    """
            )
            let progress = Statement(dynamic: "SELECT count(*) FROM \(schema).done")
            try await Server.withPool(size: 4, name: name) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<4 as Range<Int32> {
                        group.addTask {
                            for number in 0..<250 as Range<Int32> {
                                try await Self.repeatInDoubt {
                                    try await pool.withTransaction(whenDown: .retry) {
                                        _ = try await $0.query(work, [.int4(worker * 1000 + number)])
                                    }
                                }
                            }
                        }
                    }
                    group.addTask { try await Self.endSessions(name, progress) }
                    try await group.waitForAll()
                }
            }
            let row = try await Server.withConnection { connection in
                try await connection.query(
                    Statement(dynamic: "SELECT (SELECT count(*) FROM \(schema).done), n FROM \(schema).total")
                ).only()
            }
            #expect(try row.int8(0) == 1000)
            #expect(try row.int8(1) == 1000)
        }
    }

    /// Ends one session each time the work got on, until nearly all is done.
    private static func endSessions(_ name: String, _ progress: Statement) async throws {
        try await Server.withConnection { watcher in
            var last: Int64 = -1
            while last < 900 {
                let now = try await watcher.query(progress).only().int8(0)
                if now < last + 10 { continue }
                last = now
                try await watcher.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1
                    ORDER BY random() LIMIT 1
                    """,
                    [.text(name)]
                )
            }
        }
    }

    private static func repeatInDoubt(_ work: () async throws -> Void) async throws {
        for _ in 0..<50 {
            do { return try await work() } catch let error as TransactionError {
                guard error.isCommitUnknown || error.isRetryable else { throw error }
            } catch let error as PostgresError {
                guard error.isRetryable else { throw error }
            }
        }
        throw NothingThrown()
    }
}
