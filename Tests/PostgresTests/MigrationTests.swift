import Testing

@testable import Postgres

@Suite("Migration plan")
struct MigrationPlanTests {
    private let two = [
        Migration(number: 1, name: "one", sql: "a"), Migration(number: 2, name: "two", sql: "b"),
    ]

    private func plan(_ applied: [(Int, String)]) throws(PostgresError) -> [Int] {
        let applied = applied.map { MigrationPlan.Applied(number: $0.0, name: "old", checksum: $0.1) }
        return try MigrationPlan(two, checksums: ["A", "B"], applied: applied).pending.map(\.number)
    }

    @Test func `what is not applied yet is pending`() throws {
        #expect(try plan([]) == [1, 2])
        #expect(try plan([(1, "A")]) == [2])
        #expect(try plan([(1, "A"), (2, "B")]) == [])
    }

    @Test func `changed, unknown and skipped migrations are refused`() {
        func code(_ applied: [(Int, String)]) -> PostgresError.Code? {
            do throws(PostgresError) { _ = try plan(applied) } catch { return error.code }
            return nil
        }
        #expect(code([(1, "changed")]) == .migrationChanged)
        #expect(code([(1, "A"), (2, "B"), (3, "C")]) == .migrationNewer)
        #expect(code([(2, "B")]) == .migrationChanged)
    }
}

@Suite("Migrations", .enabled(if: Server.isAvailable))
struct MigrationTests {
    private func migrations(_ schema: String, count: Int) -> [Migration] {
        (1...count).map { number in
            Migration(
                number: number,
                name: "table \(number)",
                sql: "CREATE TABLE \(schema).t\(number) (n int); INSERT INTO \(schema).t\(number) VALUES (\(number));"
            )
        }
    }

    @Test func `migrations are applied once, in order`() async throws {
        try await Server.withSchema { schema in
            let address = try Server.address
            let first = MigrationRunner(migrations(schema, count: 2), schema: schema)
            #expect(try await first.run(on: address).map(\.number) == [1, 2])
            #expect(try await first.run(on: address) == [])
            let more = MigrationRunner(migrations(schema, count: 4), schema: schema)
            let pending = try await Server.withConnection { try await more.pending(on: $0) }
            #expect(pending.map(\.number) == [3, 4])
            #expect(try await more.run(on: address).map(\.number) == [3, 4])
            let newer = try await failure { try await first.run(on: address) }
            #expect(newer.code == .migrationNewer)
        }
    }

    @Test func `a changed migration is refused`() async throws {
        try await Server.withSchema { schema in
            let address = try Server.address
            _ = try await MigrationRunner([Migration(number: 1, name: "a", sql: "SELECT 1")], schema: schema).run(
                on: address
            )
            let changed = MigrationRunner([Migration(number: 1, name: "a", sql: "SELECT 2")], schema: schema)
            let error = try await failure { try await changed.run(on: address) }
            #expect(error.code == .migrationChanged && error.message.contains("1 (a)"))
        }
    }

    @Test func `two at once: one applies, the other finds nothing to do`() async throws {
        try await Server.withSchema { schema in
            let address = try Server.address
            let runner = MigrationRunner(migrations(schema, count: 8), schema: schema)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await runner.run(on: address).count } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, 8])
        }
    }

    @Test func `a failing migration leaves nothing of itself, and the next run goes on there`() async throws {
        try await Server.withSchema { schema in
            let address = try Server.address
            var list = migrations(schema, count: 3)
            let good = list[1]
            list[1] = Migration(number: 2, name: "broken", sql: good.sql + "SELECT 1/0;")
            let error = try await failure {
                _ = try await MigrationRunner(list, schema: schema).run(on: address)
            }
            #expect(error.sqlState == "22012")
            list[1] = good
            #expect(try await MigrationRunner(list, schema: schema).run(on: address).map(\.number) == [2, 3])
        }
    }

    @Test func `a runner killed in the middle can be followed by another`() async throws {
        try await Server.withSchema { schema in
            let address = try Server.address
            var list = migrations(schema, count: 2)
            let marker = Server.uniqueName()
            list.append(Migration(number: 3, name: "long", sql: "SELECT '\(marker)', pg_sleep(60)"))
            let runner = MigrationRunner(list, schema: schema)
            async let ended: Void = Server.terminate(name: "flotilla-migrate", query: "%\(marker)%")
            let error = try await failure { try await runner.run(on: address) }
            try await ended
            #expect(error.isConnectionLost)
            list[2] = Migration(number: 3, name: "short", sql: "SELECT 1")
            #expect(try await MigrationRunner(list, schema: schema).run(on: address).map(\.number) == [3])
        }
    }

    @Test func `databases of one cluster that migrate at the same moment share new roles`() async throws {
        func name(_ kind: String) -> String { "\(kind)_\(UInt64.random(in: 0 ... .max))" }
        let names = (0..<6).map { _ in name("migration") }
        let roles = (0..<20).map { _ in name("role") }
        let address = try Server.address
        let result: Result<Void, any Error>
        try await Server.withConnection { server in
            for name in names { try await server.execute(script: "CREATE DATABASE \(name)") }
        }
        do {
            let rights = roles.map { "GRANT USAGE ON SCHEMA flotilla TO \($0);" }.joined()
            let runner = MigrationRunner([Migration(number: 1, name: "rights", sql: rights)], roles: roles)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names {
                    group.addTask { _ = try await runner.run(on: address.with(database: name)) }
                }
                try await group.waitForAll()
            }
            result = .success(())
        } catch { result = .failure(error) }
        try await Server.withConnection { server in
            for name in names { try await server.execute(script: "DROP DATABASE \(name)") }
            for role in roles { try await server.execute(script: "DROP ROLE IF EXISTS \(role)") }
        }
        try result.get()
    }
}
