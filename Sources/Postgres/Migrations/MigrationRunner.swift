/// Brings the schema up to date: numbered migrations, each in a transaction of its own, under one lock.
///
/// Two runners at once are safe: one applies, the other waits and finds nothing to do. A runner that is killed leaves
/// whole migrations only; the next one goes on where it stopped. The table `flotilla.migrations` keeps what was applied.
public struct MigrationRunner: Sendable {
    private let migrations: [Migration]
    private let schema: String
    private let roles: [String]

    /// - Parameters:
    ///   - migrations: in ascending order.
    ///   - schema: where the table `migrations` lives.
    ///   - roles: what the migrations grant rights to. Roles belong to the whole cluster, whose other databases may migrate
    ///     at the same moment; so each is created before the first migration, by a statement of its own.
    public init(_ migrations: [Migration], schema: String = "flotilla", roles: [String] = []) {
        self.migrations = migrations
        self.schema = schema
        self.roles = roles
    }

    /// Applies what is missing and returns it, in order. Nil for `lockWait` waits for ever for another runner.
    ///
    /// Throws `.migrationChanged`, `.migrationNewer`, and `.server` with the failing statement's SQLSTATE; a
    /// ``TransactionError`` names the step of the transaction.
    @discardableResult
    public func run(
        on address: PostgresAddress,
        lockWait: Duration? = nil,
        onApply: (Migration) -> Void = { _ in }
    ) async throws -> [Migration] {
        var address = address
        // A migration may work for long without a word; the lock is the session's, so there is no other connection.
        address.silenceLimit = nil
        let connection = try await Connection.open(address, name: "flotilla-migrate")
        do {
            let applied = try await run(on: connection, lockWait, onApply)
            await connection.close()
            return applied
        } catch {
            await connection.close()
            throw error
        }
    }

    /// What ``run(on:lockWait:onApply:)`` would apply, without changing anything.
    public func pending(on connection: Connection) async throws(PostgresError) -> [Migration] {
        try await plan(on: connection).pending
    }

    private func run(
        on connection: Connection,
        _ lockWait: Duration?,
        _ onApply: (Migration) -> Void
    ) async throws -> [Migration] {
        if let lockWait {
            try await connection.execute(script: "SET lock_timeout = \(lockWait.serverMilliseconds)")
        }
        // The lock ends with the session, also when this process is killed.
        try await connection.query("SELECT pg_advisory_lock($1)", [.int8(Self.lockKey)])
        if lockWait != nil { try await connection.execute(script: "SET lock_timeout = DEFAULT") }
        let quoted = Statement.quoted(identifier: schema)
        // Asked first: creating needs a right on the database even when the schema is there.
        if try await !hasTable(on: connection) { try await connection.execute(script: Self.table(quoted)) }
        let pending = try await plan(on: connection).pending
        let record = Statement(
            dynamic: """
                INSERT INTO \(quoted).migrations (number, name, checksum)
                VALUES ($1, $2, encode(sha256($3), 'hex'))
                """
        )
        if !pending.isEmpty { try await createRoles(on: connection) }
        for migration in pending {
            try await connection.withTransaction { connection in
                try await connection.execute(script: migration.sql)
                try await connection.query(
                    record,
                    [.int4(Int32(migration.number)), .text(migration.name), .bytes([UInt8](migration.sql.utf8))]
                )
            }
            onApply(migration)
        }
        return pending
    }

    private func createRoles(on connection: Connection) async throws(PostgresError) {
        let missing = try await connection.query(
            "SELECT name FROM unnest($1::text[]) AS given (name) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)",
            [.textArray(roles)]
        )
        for row in missing {
            let role = Statement.quoted(identifier: try row.text(0))
            do throws(PostgresError) {
                try await connection.execute(script: "CREATE ROLE \(role) NOLOGIN")
            } catch  where error.sqlState == "42710" || error.sqlState == "23505" {
                // Another database's migration was faster.
            }
        }
    }

    private func plan(on connection: Connection) async throws(PostgresError) -> MigrationPlan {
        let quoted = Statement.quoted(identifier: schema)
        var applied: [MigrationPlan.Applied] = []
        if try await hasTable(on: connection) {
            let rows = try await connection.query(
                Statement(dynamic: "SELECT number, name, checksum FROM \(quoted).migrations ORDER BY number")
            )
            for row in rows {
                applied.append(
                    MigrationPlan.Applied(
                        number: Int(try row.int4(0)),
                        name: try row.text(1),
                        checksum: try row.text(2)
                    )
                )
            }
        }
        return try MigrationPlan(migrations, checksums: await checksums(on: connection), applied: applied)
    }

    private func hasTable(on connection: Connection) async throws(PostgresError) -> Bool {
        let name = "\(Statement.quoted(identifier: schema)).migrations"
        return try await connection.query("SELECT to_regclass($1) IS NOT NULL", [.text(name)]).only().bool(0)
    }

    /// The server computes them, so that this module needs no cryptography of its own.
    private func checksums(on connection: Connection) async throws(PostgresError) -> [String] {
        let rows = try await connection.query(
            """
            SELECT encode(sha256(sql), 'hex') FROM unnest($1::bytea[]) WITH ORDINALITY AS given (sql, place)
            ORDER BY place
            """,
            [.bytesArray(migrations.map { [UInt8]($0.sql.utf8) })]
        )
        var checksums: [String] = []
        for row in rows { checksums.append(try row.text(0)) }
        return checksums
    }

    private static func table(_ schema: String) -> String {
        """
        CREATE SCHEMA IF NOT EXISTS \(schema);
        CREATE TABLE IF NOT EXISTS \(schema).migrations (
            number integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        """
    }

    /// Any fixed number will do: the bytes of "flotilla".
    private static let lockKey: Int64 = 0x666C_6F74_696C_6C61
}
