import Testing

@testable import Postgres

@Suite("Pipelines", .enabled(if: Server.isAvailable))
struct PipelineTests {
    @Test func `each command has its own answer, in order`() async throws {
        try await Server.withConnection { connection in
            let commands = (0..<50).map { Command("SELECT $1::int8 * 2", [.int8($0)]) }
            let rows = try await connection.pipeline(commands)
            #expect(try rows.map { try $0.only().int8(0) } == (0..<50).map { $0 * 2 })
        }
    }

    @Test func `an error belongs to its command, those behind it are aborted, all is rolled back`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE piped (n int PRIMARY KEY)")
            let results = try await connection.pipelineResults([
                Command("INSERT INTO piped VALUES (1)"),
                Command("INSERT INTO piped VALUES ($1)", [.int4(1)]),
                Command("INSERT INTO piped VALUES ($1)", [.int4(2)]),
                Command("SELECT 1"),
            ])
            let codes = results.map { result in
                if case .failure(let error) = result { return error.sqlState ?? error.code.rawValue }
                return "ok"
            }
            #expect(codes == ["ok", "23505", "aborted", "aborted"])
            #expect(try await connection.query("SELECT * FROM piped").isEmpty)
            // What was aborted is not taken for prepared.
            try await connection.query("INSERT INTO piped VALUES ($1)", [.int4(2)])
            #expect(try await connection.query("SELECT * FROM piped").count == 1)
        }
    }

    @Test func `a statement that cannot be prepared is an error of its command`() async throws {
        try await Server.withConnection { connection in
            let error = try await failure {
                _ = try await connection.pipeline([Command("SELECT 1"), Command("SELEC 2"), Command("SELECT 3")])
            }
            #expect(error.sqlState == "42601" && error.statement == "SELEC 2")
            #expect(try await connection.pipeline([Command("SELECT 1"), Command("SELECT 3")]).count == 2)
        }
    }

    @Test func `a transaction with thousands of elements goes through in one pipeline`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE packed (subject int8, value int8, at timestamptz)")
            let ids = (0..<20_000).map(Int64.init)
            let rows = try await connection.pipeline([
                Command("BEGIN"),
                Command(
                    "INSERT INTO packed SELECT * FROM unnest($1::int8[], $2::int8[], $3::timestamptz[])",
                    [.int8Array(ids), .int8Array(ids.map { $0 * -7 }), .timestampArray(ids)]
                ),
                Command("SELECT sum(value)::int8, max(at) FROM packed"),
                Command("COMMIT"),
            ])
            #expect(rows[1].affected == 20_000)
            #expect(try rows[2].only().int8(0) == ids.reduce(0) { $0 - 7 * $1 })
            #expect(try rows[2].only().timestamp(1) == 19_999)
        }
    }

    @Test func `megabytes in both directions at once do not block`() async throws {
        try await Server.withConnection { connection in
            let block = [UInt8](repeating: 42, count: 1 << 20)
            let rows = try await connection.pipeline((0..<24).map { _ in Command("SELECT $1::bytea", [.bytes(block)]) })
            #expect(try rows.allSatisfy { try $0.only().bytes(0) == block })
        }
    }

    @Test func `a value that cannot be sent lets nothing of its pipeline take effect`() async throws {
        try await Server.withSchema { schema in
            try await Server.withPool(size: 1) { pool in
                try await pool.query(Statement(dynamic: "CREATE TABLE \(schema).kept (t text)"))
                let insert = Statement(dynamic: "INSERT INTO \(schema).kept VALUES ($1)")
                let error = try await failure {
                    _ = try await pool.atomically([Command(insert, [.text("a")]), Command(insert, [.text("\0")])])
                }
                #expect(error.code == .encoding)
                #expect(try await pool.query(Statement(dynamic: "SELECT * FROM \(schema).kept")).isEmpty)
            }
        }
    }

    @Test func `a failed pipeline with its own BEGIN does not stay open in the pool`() async throws {
        try await Server.withPool(size: 1) { pool in
            let error = try await failure {
                _ = try await pool.withConnection {
                    try await $0.pipeline([Command("BEGIN"), Command("SELECT 1/0"), Command("COMMIT")])
                }
            }
            #expect(error.sqlState == "22012")
            #expect(try await pool.query("SELECT 1").only().int4(0) == 1)
        }
    }
}

@Suite("Copies", .enabled(if: Server.isAvailable))
struct CopyTests {
    @Test func `ten thousand rows with arrays arrive`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(
                script: """
                    CREATE TEMP TABLE copied (
                        id int8, metrics int2[], values int8[], name text, day date, at timestamptz, n numeric, j jsonb)
                    """
            )
            let columns = ["id", "metrics", "values", "name", "day", "at", "n", "j"]
            let count = try await connection.copyIn(table: "copied", columns: columns) { writer in
                for index in 0..<10_000 as Range<Int64> {
                    try writer.row { row throws(PostgresError) in
                        try row.append(.int8(index))
                        try row.append(.int2Array([1, 2, 3]))
                        try row.append(.int8Array([index, -index]))
                        try row.append(index % 2 == 0 ? .text("gerade \(index)") : .null)
                        try row.append(.date(Int32(index)))
                        try row.append(.timestamp(index * 1_000_000))
                        try row.append(.numeric("\(index).25"))
                        try row.append(.json("{\"i\": \(index)}"))
                    }
                }
            }
            #expect(count == 10_000)
            let row = try await connection.query(
                """
                SELECT count(*), sum(values[2])::int8, count(name), max(day), max(at), sum(n), sum((j->>'i')::int8)::int8
                FROM copied
                """
            ).only()
            #expect(try row.int8(0) == 10_000)
            #expect(try row.int8(1) == -49_995_000)
            #expect(try row.int8(2) == 5_000)
            #expect(try row.date(3) == 9_999)
            #expect(try row.timestamp(4) == 9_999_000_000)
            #expect(try row.numericText(5) == "49997500.00")
            #expect(try row.int8(6) == 49_995_000)
        }
    }

    @Test func `what the writer throws stops the copy and nothing stays`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE halted (n int4)")
            await #expect(throws: NothingThrown.self) {
                try await connection.copyIn(table: "halted", columns: ["n"]) { writer in
                    try writer.row(.int4(1))
                    throw NothingThrown()
                }
            }
            let width = try await failure {
                try await connection.copyIn(table: "halted", columns: ["n"]) { try $0.row(.int4(1), .int4(2)) }
            }
            #expect(width.code == .encoding)
            #expect(try await connection.query("SELECT * FROM halted").isEmpty)
        }
    }

    @Test func `a wrong column or a wrong type is the server's error`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE strict (n int4)")
            let column = try await failure {
                try await connection.copyIn(table: "strict", columns: ["no such"]) { try $0.row(.int4(1)) }
            }
            #expect(column.sqlState == "42703")
            let type = try await failure {
                try await connection.copyIn(table: "strict", columns: ["n"]) { try $0.row(.int8(1)) }
            }
            #expect(type.sqlState == "22P03")
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }
}

@Suite("Streams", .enabled(if: Server.isAvailable))
struct StreamTests {
    @Test func `all rows pass in chunks and in order`() async throws {
        try await Server.withPool(size: 1) { pool in
            var next: Int32 = 1
            var sizes: [Int] = []
            try await pool.withStream("SELECT n FROM generate_series(1, $1::int4) AS n", [.int4(2_500)]) { stream in
                for try await rows in stream {
                    sizes.append(rows.count)
                    for row in rows {
                        #expect(try row.int4(0) == next)
                        next += 1
                    }
                }
            }
            #expect(sizes == [1000, 1000, 500])
            #expect(try await pool.query("SELECT 1").count == 1)
            #expect(pool.occupancy.connections == 1)
        }
    }

    @Test func `a stream can be left early and the connection used again`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.withStream("SELECT n, repeat('x', 500) FROM generate_series(1, 10000000) AS n") { stream in
                for try await rows in stream {
                    #expect(rows.count == 1000)
                    break
                }
            }
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test func `a busy connection says so, and an error in the middle is thrown`() async throws {
        try await Server.withConnection { connection in
            try await connection.withStream("SELECT generate_series(1, 5000)") { stream in
                var iterator = stream.makeAsyncIterator()
                _ = try await iterator.next()
                let busy = try await failure { try await connection.query("SELECT 1") }
                #expect(busy.code == .busy)
            }
            let error = try await failure {
                try await connection.withStream("SELECT 10 / (3000 - n) FROM generate_series(1, 5000) AS n") { stream in
                    for try await _ in stream {}
                }
            }
            #expect(error.sqlState == "22012")
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }
}
