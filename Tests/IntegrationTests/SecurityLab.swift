import Adapters
import Postgres
import Runtime
import Testing

/// A database whose owner is no superuser, as in production, with one login per role and two workspaces full of rows.
struct SecurityLab {
    /// Every role that a process, a gateway or a person acts as.
    static let roles = FlotillaSchema.roles

    /// The superuser, who sees everything.
    let all: Pool
    let owner: PostgresAddress
    let base: PostgresAddress
    let suffix: String

    /// Makes the database, lends it and drops it with its logins.
    static func run(_ body: (SecurityLab) async throws -> Void) async throws {
        let url = try #require(OperatorLab.server, "FLOTILLA_TEST_POSTGRES is not set")
        let server = try PostgresAddress(url: url)
        let suffix = String(UInt32.random(in: 0 ... .max))
        let main = Pool(address: server, size: 1, name: "security", logger: Logger(label: "security"))
        let logins = roles.map { "\($0)_\(suffix)" } + ["owner_\(suffix)"]
        try await execute(main, "create role owner_\(suffix) login createrole")
        try await execute(main, "create database security_\(suffix) owner owner_\(suffix)")
        let base = server.with(database: "security_\(suffix)")
        let result: Result<Void, any Error>
        do {
            let owner = base.acting("owner_\(suffix)")
            try await FlotillaSchema.migrator.run(on: owner)
            for role in roles { try await execute(main, "create role \(role)_\(suffix) login in role \(role)") }
            let all = Pool(address: base, size: 1, name: "security", logger: Logger(label: "security"))
            let lab = SecurityLab(all: all, owner: owner, base: base, suffix: suffix)
            do {
                try await lab.fill()
                try await body(lab)
                await all.close()
                result = .success(())
            } catch {
                await all.close()
                throw error
            }
        } catch {
            result = .failure(error)
        }
        try await execute(main, "drop database security_\(suffix) with (force)")
        for login in logins { try await execute(main, "drop role if exists \(login)") }
        await main.close()
        try result.get()
    }

    private static func execute(_ pool: Pool, _ sql: String) async throws {
        try await pool.query(Statement(dynamic: sql))
    }

    /// Two workspaces, 1 and 2, alike but for their numbers.
    private func fill() async throws {
        try await all.withConnection { connection in
            try await connection.execute(script: Self.content)
        }
    }

    private static let content = """
        insert into flotilla.workspaces (name) values ('one'), ('two');
        insert into flotilla.accounts (id, workspace_id, platform, external_id)
            select id * 100, id, 'x', 'account-' || id from flotilla.workspaces;
        insert into flotilla.posts (id, account_id, workspace_id, external_id, kind)
            select id + 1, id, workspace_id, 'post', 'post' from flotilla.accounts;
        insert into flotilla.credentials (account_id, sealed) select id, 'secret' from flotilla.accounts;
        insert into flotilla.cadence (account_id, platform, due_at, planned_at)
            select id, platform, now(), now() from flotilla.accounts;
        insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at)
            select flotilla.uuid_v7(), 'done', id, platform, 'account_daily', now() from flotilla.accounts;
        insert into flotilla.observations (job_id, subject_id, workspace_id, period, start_at, fetched_at, attempt,
            api_version, metrics, "values")
            select flotilla.uuid_v7(), id, workspace_id, 1, now(), now(), 1, 'v', '{1}', array[id] from flotilla.accounts;
        insert into flotilla.current_values (subject_id, period, start_at, workspace_id, metrics, "values", sources,
            source_jobs, source_times)
            select id, 1, now(), workspace_id, '{1}', array[id], '{}', '{}', '{}' from flotilla.accounts;
        insert into flotilla.rollups select r.* from flotilla.accounts a cross join lateral jsonb_populate_record(
            null::flotilla.rollups, jsonb_build_object('subject_id', a.id, 'account_id', a.id, 'level', 0, 'grain', 1,
                'start_at', now(), 'end_at', now(), 'day', current_date, 'workspace_id', a.workspace_id, 'state', 2,
                'generation', 1, 'expected', 1, 'metrics', array[1], 'values', array[a.id], 'counts', '{}'::int[],
                'sums', '{}'::int[], 'minimums', '{}'::int[], 'maximums', '{}'::int[], 'weights', '{}'::int[],
                'flags', '{}'::int[], 'changed_at', now())) r;
        insert into flotilla.dead_letters (account_id, platform, cause, detail, attempt, routing_key, headers, body, identity)
            select id, platform, 'unknown_post', '', 1, '', '{}', '', id from flotilla.accounts;
        insert into flotilla.metric_catalogue values (1, 'views', 'delta', 'count', 0, true, true);
        """

    /// Lends a connection that logged in as a member of the role and acts as it.
    func asRole<Value>(_ role: String, _ body: (Connection) async throws -> Value) async throws -> Value {
        try await open(base.acting("\(role)_\(suffix)"), role, body)
    }

    /// The number that a role is given for an answer.
    func count(as role: String, _ question: String) async throws -> Int64 {
        try await asRole(role) { connection in try await connection.number(question) }
    }

    /// Lends a connection of the schema's owner.
    func asOwner<Value>(_ body: (Connection) async throws -> Value) async throws -> Value {
        try await open(owner, nil, body)
    }

    private func open<Value>(
        _ address: PostgresAddress,
        _ role: String?,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        var address = address
        address.settings["role"] = role
        let connection = try await Connection.open(address, name: "security")
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension PostgresAddress {
    fileprivate func acting(_ user: String) -> PostgresAddress {
        var copy = self
        copy.keywords["user"] = user
        return copy
    }
}

extension Connection {
    /// The SQLSTATE with which the server refuses a script; nil when it does not.
    nonisolated func refusal(_ script: String) async -> String? {
        do {
            try await execute(script: "begin; \(script); rollback")
            return nil
        } catch {
            try? await execute(script: "rollback")
            return error.sqlState ?? error.message
        }
    }

    /// The number that a question of one row and column has for an answer.
    nonisolated func number(_ question: String) async throws -> Int64 {
        try await query(Statement(dynamic: question)).only().int8(0)
    }
}
