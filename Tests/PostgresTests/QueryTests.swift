import Testing

@testable import Postgres

@Suite("Queries", .enabled(if: Server.isAvailable))
struct QueryTests {
    @Test func `values of every kind come back as they went`() async throws {
        try await Server.withConnection { connection in
            let id = UUIDValue(high: 0x0123_4567_89AB_CDEF, low: .max)
            let row = try await connection.query(
                """
                SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::int8, $6::float8, $7::text, $8::bytea, $9::uuid,
                    $10::numeric, $11::jsonb, $12::int8, $13::int8
                """,
                [
                    .bool(true), .int2(.min), .int4(.min), .int8(.min), .int8(.max), .float8(-0.1), .text("Grüße 🌍"),
                    .bytes([0, 255]), .uuid(id), .numeric("-1234567890.0123456789"), .json(#"{"a": 1}"#), .null,
                    .int4(5),
                ]
            ).only()
            #expect(try row.bool(0))
            #expect(try row.int2(1) == .min)
            #expect(try row.int4(2) == .min)
            #expect(try row.int8(3) == .min && row.int8(4) == .max)
            #expect(try row.float8(5) == -0.1)
            #expect(try row.text(6) == "Grüße 🌍")
            #expect(try row.bytes(7) == [0, 255])
            #expect(try row.uuid(8) == id)
            #expect(try row.numericText(9) == "-1234567890.0123456789")
            #expect(try row.text(10) == #"{"a": 1}"#)
            #expect(try row.optionalInt8(11) == nil && row.isNull(11))
            #expect(try row.int8(12) == 5)
            #expect(throws: PostgresError.self) { try row.int8(11) }
            #expect(throws: PostgresError.self) { try row.text(3) }
            #expect(throws: PostgresError.self) { try row.int8(13) }
        }
    }

    @Test func `dates and instants before 1970 and before 2000 agree with the server's text`() async throws {
        try await Server.withConnection { connection in
            let rows = try await connection.query(
                """
                SELECT d::text, d
                FROM unnest($1::date[]) AS given (d)
                """,
                [.dateArray([-1, 0, 10_956, 10_957, 20_413, -719_162, .max, .min])]
            )
            let texts = try rows.prefix(6).map { try $0.text(0) }
            #expect(
                texts == ["1969-12-31", "1970-01-01", "1999-12-31", "2000-01-01", "2025-11-21", "0001-01-01"]
            )
            #expect(try rows.map { try $0.date(1) } == [-1, 0, 10_956, 10_957, 20_413, -719_162, .max, .min])
            #expect(try rows[6].text(0) == "infinity")
            let instants: [Int64] = [-1, 0, 946_684_799_999_999, 1_763_715_600_123_456, .max, .min]
            let times = try await connection.query(
                "SELECT t, (extract(epoch FROM t) * 1000000)::text FROM unnest($1::timestamptz[]) AS given (t)",
                [.timestampArray(instants)]
            )
            #expect(try times.map { try $0.timestamp(0) } == instants)
            #expect(
                try times.prefix(4).map { try $0.text(1).prefix { $0 != "." } } == [
                    "-1", "0", "946684799999999", "1763715600123456",
                ]
            )
        }
    }

    @Test func `arrays come back as they went, also empty ones and with nulls`() async throws {
        try await Server.withConnection { connection in
            let id = UUIDValue(high: 1, low: 2)
            let row = try await connection.query(
                """
                SELECT $1::bool[], $2::int2[], $3::int4[], $4::int8[], $5::text[], $6::uuid[], $7::date[],
                    $8::timestamptz[], $9::int8[], $10::text[], $11::int8[], $12::float8[], $13::text[]
                """,
                [
                    .boolArray([true, false]), .int2Array([1, -1]), .int4Array([.min, .max]),
                    .int8Array([.min, 0, .max]),
                    .textArray(["", "a,\"b\"", "日本"]), .uuidArray([id]), .dateArray([-5]), .timestampArray([-5, 5]),
                    .optionalInt8Array([1, nil]), .optionalTextArray([nil, "x"]), .int8Array([]), .float8Array([1.5]),
                    .textArray([]),
                ]
            ).only()
            #expect(try row.boolArray(0) == [true, false])
            #expect(try row.int2Array(1) == [1, -1])
            #expect(try row.int4Array(2) == [.min, .max])
            #expect(try row.int8Array(3) == [.min, 0, .max])
            #expect(try row.textArray(4) == ["", "a,\"b\"", "日本"])
            #expect(try row.uuidArray(5) == [id])
            #expect(try row.dateArray(6) == [-5])
            #expect(try row.timestampArray(7) == [-5, 5])
            #expect(try row.optionalInt8Elements(8) == [1, nil])
            #expect(try row.optionalTextElements(9) == [nil, "x"])
            #expect(try row.int8Array(10) == [])
            #expect(try row.float8Array(11) == [1.5])
            #expect(try row.textArray(12) == [])
            #expect(throws: PostgresError.self) { try row.int8Array(8) }
        }
    }

    @Test func `numbers with many digits agree with the server`() async throws {
        try await Server.withConnection { connection in
            for text in [
                "0", "0.000", "-0.0001", "9999.9999", "10000", "123456789012345678901234567890.5", "0.10203040506",
            ] {
                let row = try await connection.query("SELECT $1::numeric::text, $1::numeric", [.numeric(text)]).only()
                #expect(try row.text(0) == text)
                #expect(try row.numericText(1) == text)
            }
            let odd = try await connection.query("SELECT 'NaN'::numeric, 1e20::numeric, 1e-9::numeric").only()
            #expect(try odd.numericText(0) == "NaN")
            #expect(try odd.numericText(1) == "100000000000000000000")
            #expect(try odd.numericText(2) == "0.000000001")
        }
    }

    @Test func `the count of affected rows is the server's`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE counted (n int)")
            let inserted = try await connection.query("INSERT INTO counted SELECT generate_series(1, 7)")
            #expect(inserted.affected == 7 && inserted.isEmpty)
            #expect(try await connection.query("UPDATE counted SET n = 0 WHERE n > 5").affected == 2)
            #expect(try await connection.query("SELECT * FROM counted").columns == ["n"])
        }
    }

    @Test(arguments: [true, false])
    func `a statement with nulls and then values works, prepared or not`(prepares: Bool) async throws {
        var address = try Server.address
        address.preparesStatements = prepares
        try await Server.withConnection(address) { connection in
            try await connection.execute(script: "CREATE TEMP TABLE typed (a int8, b int4, c text, d date)")
            let insert: Statement = "INSERT INTO typed VALUES ($1, $2, $3, $4)"
            try await connection.query(insert, [.null, .null, .null, .null])
            try await connection.query(insert, [.int8(1), .int4(2), .text("x"), .date(3)])
            try await connection.query(insert, [.int8(1), .null, .null, .text("2026-01-01")])
            #expect(try await connection.query("SELECT count(*) FROM typed").only().int8(0) == 3)
            let left = try await connection.query("SELECT count(*) FROM pg_prepared_statements").only().int8(0)
            #expect(prepares ? left > 0 : left == 0)
        }
    }

    @Test func `a server error carries its facts and leaves the connection usable`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE unique_one (n int CONSTRAINT only_once UNIQUE)")
            try await connection.query("INSERT INTO unique_one VALUES (1)")
            let error = try await failure { try await connection.query("INSERT INTO unique_one VALUES (1)") }
            #expect(error.code == .server && error.sqlState == "23505" && error.constraint == "only_once")
            #expect(error.detail?.contains("(n)=(1)") == true)
            #expect(!error.isConnectionLost && !error.isRetryable)
            #expect(try await connection.query("SELECT 1").only().int4(0) == 1)
        }
    }

    @Test func `the schema may change under a prepared statement`() async throws {
        try await Server.withConnection { connection in
            try await connection.execute(script: "CREATE TEMP TABLE changing (a int); INSERT INTO changing VALUES (1)")
            let statement: Statement = "SELECT * FROM changing"
            try await connection.query(statement)
            try await connection.execute(script: "ALTER TABLE changing ADD COLUMN b int")
            let error = try await failure { try await connection.query(statement) }
            #expect(error.sqlState == "0A000")
            #expect(try await connection.query(statement).columns == ["a", "b"])
        }
    }

    @Test func `a big answer arrives whole`() async throws {
        try await Server.withConnection { connection in
            let rows = try await connection.query("SELECT n, repeat('x', 100) FROM generate_series(1, 50000) AS n")
            #expect(rows.count == 50_000)
            #expect(try rows[49_999].int4(0) == 50_000)
            #expect(try rows[25_000].text(1).count == 100)
        }
    }

    @Test func `cancelling the task stops the statement and keeps the connection whole`() async throws {
        try await Server.withPool(size: 1) { pool in
            let task = Task { try await pool.query("SELECT pg_sleep(30)") }
            try await Server.withConnection { watcher in
                while try await watcher.query(
                    "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)' AND state = 'active'"
                ).isEmpty {}
            }
            task.cancel()
            let error = try await failure { _ = try await task.value }
            #expect(error.code == .cancelled)
            #expect(try await pool.query("SELECT 2").only().int4(0) == 2)
        }
    }

    @Test func `without a safe way to cancel the connection is dropped and the pool goes on`() async throws {
        var address = try Server.address
        // A name that is not known to be this machine.
        address.keywords["hostaddr"] = nil
        address.keywords["host"] = "0.0.0.0"
        try await Server.withPool(size: 1, address) { pool in
            let marker = Server.uniqueName()
            let task = Task { try await pool.query("SELECT pg_sleep(30), $1", [.text(marker)]) }
            try await Server.withConnection { watcher in
                while try await watcher.query(
                    "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30), $1' AND state = 'active'"
                ).isEmpty {}
            }
            task.cancel()
            let error = try await failure { try await task.value }
            #expect(error.code == .cancelled && error.isConnectionLost)
            let after = try await pool.query("SELECT 2")
            #expect(try after.only().int4(0) == 2)
        }
    }

    @Test func `a silent server is given up after the limit`() async throws {
        var address = try Server.address
        address.silenceLimit = .milliseconds(50)
        let error = try await Server.withConnection(address) { connection in
            try await failure { try await connection.query("SELECT pg_sleep(30)") }
        }
        #expect(error.code == .silent && error.isConnectionLost && !error.isRetryable)
    }

    @Test func `a server that is not there is an error within the time allowed`() async throws {
        let error = try await Server.withNowhere { nowhere in
            try await failure { try await Server.withConnection(nowhere) { _ in } }
        }
        #expect(error.code == .connectFailed)
        #expect(!error.description.contains("hidden"))
    }

    @Test func `a missing database is said by name`() async throws {
        let error = try await failure {
            try await Server.withConnection(Server.address.with(database: "no_such_database")) { _ in }
        }
        #expect(error.code == .connectFailed)
        #expect(error.message.contains("no_such_database"))
    }
}
