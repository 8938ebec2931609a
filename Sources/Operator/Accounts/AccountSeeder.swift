import Adapters
import Configuration
import Crypto
import FleetCore
import Platforms
import Postgres

/// Makes simulated accounts in large numbers, with the tokens that the simulator accepts.
struct AccountSeeder {
    /// What was made.
    struct Summary {
        var count: Int64 = 0
        var firstAccount: Int64 = 0
        var lastAccount: Int64 = 0
        /// The platform's id of the first one.
        var firstExternalID = ""
    }

    /// Accounts in one transaction.
    private static let chunk: Int64 = 5000
    /// Any fixed number: two seeders at once would choose the same ids.
    private static let lock: Int64 = 0x666C_7365_6564

    var platform: PlatformName
    var workspace: String
    /// The lowest number to use at the simulator.
    var first = 0
    /// Nil makes accounts without credentials.
    var keyring: Keyring?
    /// When the accounts are connected: posts published later have all their figures from their first reading on.
    var connectedAt: Instant
    /// When the accounts' plans begin; nil leaves them without.
    var plannedAt: Instant?

    /// Adds `count` accounts behind the highest that there is; `progress` is told how many are made.
    func seed(_ count: Int64, on connection: Connection, progress: (Int64) -> Void) async throws -> Summary {
        try await connection.query("select pg_advisory_lock($1)", [.int8(Self.lock)])
        let workspace = try await Self.sandbox(workspace, on: connection)
        let start = max(first, try await next(workspace, on: connection))
        guard start + Int(count) <= SimulatedAccount.most else {
            throw CommandFailure(.usage, "--count: a simulated platform has at most \(SimulatedAccount.most) accounts")
        }
        var summary = Summary(firstExternalID: SimulatedAccount(platform, number: start).externalID)
        while summary.count < count {
            let size = min(Self.chunk, count - summary.count)
            let ids = try await connection.query(
                "select nextval('flotilla.subject_ids') from generate_series(1, $1)",
                [.int8(size)]
            ).map { try $0.int8(0) }
            try await insert(ids, workspace, start + Int(summary.count), on: connection)
            if let plannedAt {
                try await connection.query(
                    "select flotilla.plan_account(id, $2) from unnest($1::bigint[]) as id",
                    [.int8Array(ids), .timestamp(plannedAt.microseconds)]
                )
            }
            if summary.count == 0 { summary.firstAccount = ids.first ?? 0 }
            summary.lastAccount = ids.last ?? 0
            summary.count += size
            progress(summary.count)
        }
        return summary
    }

    /// The number of the workspace of that name, which is made if there is none.
    static func workspace(_ name: String, on connection: Connection) async throws -> Int64 {
        try await connection.query(
            "insert into flotilla.workspaces (name) values ($1) on conflict (name) do nothing",
            [.text(name)]
        )
        return try await connection.query("select id from flotilla.workspaces where name = $1", [.text(name)])
            .only().int8(0)
    }

    /// The number of the sandbox of that name: simulated accounts live in sandboxes only.
    private static func sandbox(_ name: String, on connection: Connection) async throws -> Int64 {
        let workspace = try await workspace(name, on: connection)
        let marked = try await connection.query(
            """
            update flotilla.workspaces w set sandbox = true
            where w.id = $1 and (w.sandbox or not exists (select from flotilla.accounts a where a.workspace_id = w.id))
            """,
            [.int8(workspace)]
        )
        guard marked.affected == 1 else {
            throw CommandFailure(
                .refused,
                "workspace \(name) holds accounts and is no sandbox; name another one with --workspace"
            )
        }
        return workspace
    }

    /// The number behind the highest simulated account that there is. Their ids have one length and rise with the number.
    private func next(_ workspace: Int64, on connection: Connection) async throws -> Int {
        let (first, last) = (
            SimulatedAccount(platform, number: 0), SimulatedAccount(platform, number: SimulatedAccount.most - 1)
        )
        let highest = try await connection.query(
            """
            select coalesce(max(external_id collate "C"), '') from flotilla.accounts
            where workspace_id = $1 and platform = $2 and length(external_id) = length($3)
                and external_id collate "C" between $3 and $4
            """,
            [.int8(workspace), .text(platform.rawValue), .text(first.externalID), .text(last.externalID)]
        ).only().text(0)
        return SimulatedAccount(platform, externalID: highest).map { $0.number + 1 } ?? 0
    }

    private func insert(_ ids: [Int64], _ workspace: Int64, _ start: Int, on connection: Connection) async throws {
        let accounts = ids.enumerated().map { offset, id in
            (id: id, simulated: SimulatedAccount(platform, number: start + offset))
        }
        // Not by COPY: row security, which holds for the schema's owner too, allows it to superusers only.
        let sealed = try keyring.map { keyring in
            try accounts.map { id, simulated in
                let owner = AccountAccess.associatedData(account: id)
                return try keyring.seal(Array(simulated.token.utf8), associatedData: owner)
            }
        }
        let insert = Command(
            """
            insert into flotilla.accounts (id, workspace_id, platform, external_id, created_at)
            select k.id, $2, $3, k.external, $5 from unnest($1::bigint[], $4::text[]) as k (id, external)
            """,
            [
                .int8Array(ids), .int8(workspace), .text(platform.rawValue),
                .textArray(accounts.map(\.simulated.externalID)), .timestamp(connectedAt.microseconds),
            ]
        )
        let seal = sealed.map { sealed in
            Command(
                """
                insert into flotilla.credentials (account_id, sealed)
                select k.id, k.sealed from unnest($1::bigint[], $2::bytea[]) as k (id, sealed)
                """,
                [.int8Array(ids), .bytesArray(sealed)]
            )
        }
        _ = try await connection.atomically([insert] + (seal.map { [$0] } ?? []))
    }
}
