import Testing

@testable import Postgres

@Suite("Transactions", .enabled(if: Server.isAvailable))
struct TransactionTests {
    struct Refused: Error {}

    @Test func `what returns is committed and what throws is rolled back`() async throws {
        try await Server.withSchema { schema in
            try await Server.withPool { pool in
                try await pool.query(Statement(dynamic: "CREATE TABLE \(schema).t (n int)"))
                let insert = Statement(dynamic: "INSERT INTO \(schema).t VALUES ($1)")
                try await pool.withTransaction { _ = try await $0.query(insert, [.int4(1)]) }
                let error = await #expect(throws: TransactionError.self) {
                    try await pool.withTransaction { connection in
                        try await connection.query(insert, [.int4(2)])
                        throw Refused()
                    }
                }
                #expect(error?.body is Refused)
                #expect(error?.rollback == nil && error?.commit == nil && error?.isRetryable == false)
                let kept = try await pool.query(Statement(dynamic: "SELECT n FROM \(schema).t"))
                #expect(try kept.only().int4(0) == 1)
            }
        }
    }

    @Test func `a swallowed error does not pass for a commit`() async throws {
        try await Server.withPool(size: 1) { pool in
            let error = await #expect(throws: TransactionError.self) {
                try await pool.withTransaction { connection in
                    _ = try? await connection.query("SELECT 1/0")
                }
            }
            #expect(error?.commit?.sqlState == "25P02")
            let after = try await pool.query("SELECT 1")
            #expect(after.count == 1)
        }
    }

    @Test func `a transaction within a transaction is refused and the outer one goes on`() async throws {
        try await Server.withConnection { connection in
            try await connection.withTransaction { outer in
                let error = try await failure { try await outer.withTransaction { _ in } }
                #expect(error.code == .busy)
                let rows = try await outer.query("SELECT 1")
                #expect(rows.count == 1)
            }
        }
    }

    @Test func `a cancelled transaction is rolled back and its connection kept`() async throws {
        let name = Server.uniqueName()
        try await Server.withPool(size: 1, name: name) { pool in
            let before = try await pool.query("SELECT pg_backend_pid()").only().int4(0)
            let task = Task {
                try await pool.withTransaction { connection in
                    try await connection.execute(script: "CREATE TEMP TABLE half (n int)")
                    return try await connection.query("SELECT pg_sleep(60)")
                }
            }
            try await Server.withConnection { watcher in
                while try await watcher.query(
                    "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%pg_sleep%'",
                    [.text(name)]
                ).isEmpty {}
            }
            task.cancel()
            let error = try await failure { try await task.value }
            #expect(error.code == .cancelled && !error.isConnectionLost)
            let row = try await pool.query("SELECT pg_backend_pid(), to_regclass('half') IS NULL").only()
            #expect(try row.int4(0) == before)
            #expect(try row.bool(1))
        }
    }

    @Test func `an error at COMMIT itself is the commit's and not in doubt`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(
                script: "CREATE TEMP TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
            )
            let error = await #expect(throws: TransactionError.self) {
                try await connection.withTransaction {
                    try await $0.execute(script: "INSERT INTO late VALUES (1), (1)")
                }
            }
            #expect(error?.commit?.sqlState == "23505")
            #expect(error?.isCommitUnknown == false)
            #expect(try await connection.query("SELECT * FROM late").isEmpty)
        }
    }

    @Test func `isolation, read only and the timeouts reach the server`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.withTransaction(
                isolation: .serializable,
                readOnly: true,
                statementTimeout: .milliseconds(1500),
                lockTimeout: .seconds(2)
            ) { connection in
                let row = try await connection.query(
                    """
                    SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'),
                        current_setting('statement_timeout'), current_setting('lock_timeout')
                    """
                ).only()
                #expect(try (0..<4).map { try row.text($0) } == ["serializable", "on", "1500ms", "2s"])
            }
            #expect(try await pool.query("SHOW statement_timeout").only().text(0) == "0")
            let slow = try await failure {
                try await pool.withTransaction(statementTimeout: .milliseconds(20)) {
                    try await $0.query("SELECT pg_sleep(10)")
                }
            }
            #expect(slow.sqlState == "57014" && slow.code == .server)
        }
    }

    @Test func `a session ended in the middle of a transaction may be tried again, and works then`() async throws {
        let name = Server.uniqueName()
        try await Server.withPool(size: 1, name: name) { pool in
            let rows = try await retrying { attempt in
                try await pool.withTransaction { connection in
                    if attempt == 1 {
                        try await connection.query("SELECT 'victim'")
                        try await Server.terminate(name: name, query: "SELECT 'victim'")
                    }
                    return try await connection.query("SELECT $1::int4", [.int4(Int32(attempt))])
                }
            }
            #expect(try rows.only().int4(0) == 2)
        }
    }

    @Test func `a connection lost during COMMIT is in doubt and not tried again`() async throws {
        let name = Server.uniqueName()
        try await Server.withSchema { schema in
            try await prepareSlowCommit(schema)
            try await Server.withPool(size: 1, name: name) { pool in
                let insert = Statement(dynamic: "INSERT INTO \(schema).slow VALUES (1)")
                async let ended: Void = Server.terminate(name: name, query: "COMMIT%")
                var attempts = 0
                let error = await #expect(throws: TransactionError.self) {
                    try await retrying { _ -> Void in
                        attempts += 1
                        try await pool.withTransaction { _ = try await $0.query(insert) }
                    }
                }
                try await ended
                #expect(error?.isCommitUnknown == true)
                #expect(error?.commit?.isConnectionLost == true)
                #expect(attempts == 1)
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func `a pipeline lost while it commits is in doubt`() async throws {
        let name = Server.uniqueName()
        try await Server.withSchema { schema in
            try await prepareSlowCommit(schema)
            try await Server.withPool(size: 1, name: name) { pool in
                let insert = Command(Statement(dynamic: "INSERT INTO \(schema).slow VALUES (1)"))
                async let ended: Void = Server.terminate(name: name, query: "%.slow VALUES%")
                let implicit = try await failure { _ = try await pool.atomically([insert]) }
                try await ended
                #expect(implicit.code == .commitUnknown && implicit.isConnectionLost && !implicit.isRetryable)

                async let endedAgain: Void = Server.terminate(name: name, query: "COMMIT%")
                let explicit = try await failure {
                    _ = try await pool.withConnection {
                        try await $0.pipeline([Command("BEGIN"), insert, Command("COMMIT")])
                    }
                }
                try await endedAgain
                #expect(explicit.code == .commitUnknown && !explicit.isRetryable)
            }
        }
    }

    @Test func `a serialization failure is tried again until it works`() async throws {
        try await Server.withSchema { schema in
            try await Server.withPool { pool in
                try await pool.withConnection {
                    try await $0.execute(script: "CREATE TABLE \(schema).c (n int); INSERT INTO \(schema).c VALUES (0)")
                }
                let read = Statement(dynamic: "SELECT n FROM \(schema).c")
                let write = Statement(dynamic: "UPDATE \(schema).c SET n = $1")
                var attempts = 0
                try await retrying { attempt in
                    attempts = attempt
                    try await pool.withTransaction(isolation: .serializable) { connection in
                        let n = try await connection.query(read).only().int4(0)
                        if attempt <= 2 {
                            _ = try await pool.withTransaction(isolation: .serializable) { other in
                                let n = try await other.query(read).only().int4(0)
                                return try await other.query(write, [.int4(n + 1)])
                            }
                        }
                        _ = try await connection.query(write, [.int4(n + 1)])
                    }
                }
                #expect(attempts == 3)
                #expect(try await pool.query(read).only().int4(0) == 3)
            }
        }
    }

    @Test func `other errors are not tried again, and five tries are the most`() async throws {
        var attempts = 0
        await #expect(throws: Refused.self) {
            try await retrying { _ in
                attempts += 1
                throw Refused()
            }
        }
        #expect(attempts == 1)
        attempts = 0
        await #expect(throws: PostgresError.self) {
            try await retrying(attempts: 50, firstDelay: .zero) { _ in
                attempts += 1
                throw PostgresError(.server, "deadlock", sqlState: "40P01")
            }
        }
        #expect(attempts == 5)
    }

    /// A table whose rows make COMMIT take long.
    private func prepareSlowCommit(_ schema: String) async throws {
        try await Server.withConnection {
            try await $0.execute(
                script: """
                    CREATE TABLE \(schema).slow (n int);
                    CREATE FUNCTION \(schema).wait() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
                    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON \(schema).slow
                        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION \(schema).wait();
                    """
            )
        }
    }
}

@Suite("Retryable errors")
struct RetryableTests {
    @Test(arguments: ["40001", "40P01", "57P01", "57P02", "57P03", "08006", "08001"])
    func `passing states may be tried again`(state: String) {
        #expect(PostgresError(.server, "", sqlState: state).isRetryable)
        #expect(!PostgresError(.server, "", sqlState: state, isOutcomeUnknown: true).isRetryable)
        #expect(!PostgresError(.commitUnknown, "", sqlState: state, isOutcomeUnknown: true).isRetryable)
    }

    @Test(arguments: ["23505", "42601", "57014", "22012", "53300"])
    func `lasting states may not`(state: String) {
        #expect(!PostgresError(.server, "", sqlState: state).isRetryable)
    }

    @Test func `a statement's text is shortened to one line`() {
        let text = "SELECT\n   1,\n\t2" + String(repeating: ", 3", count: 500)
        let short = PostgresError.shortened(text)
        #expect(short.hasPrefix("SELECT 1, 2, 3"))
        #expect(short.count <= 161)
    }
}
