import Adapters
import FleetCore
import JSON
import Postgres

/// What is read for lists, each as row security shows it to a workspace.
struct GatewayStore: Sendable {
    let pool: Pool

    func ask(_ workspace: Int64, _ statement: Statement, _ parameters: [Parameter]) async throws -> Rows {
        try await pool.withWorkspace(workspace) { try await $0.query(statement, parameters) }
    }

    /// Makes the sources of a workspace known, whose figures others push.
    func introduceSources(_ workspace: Int64) async throws {
        try await pool.withWorkspace(workspace) { try await SourceDirectory.introduceAll(on: $0) }
    }

    /// The week that a workspace counts by.
    func week(_ workspace: Int64) async throws -> Grain {
        let rows = try await ask(
            workspace,
            "select week_start from flotilla.workspaces where id = $1",
            [.int8(workspace)]
        )
        return try rows.first.map { Grain(weekStart: try $0.text(0)) } ?? .weekFromMonday
    }

    private static let accountColumns = """
        select a.id, a.platform, a.external_id, a.state, a.created_at, (
            select max(j.finished_at) from flotilla.jobs j
            where j.account_id = a.id and j.state in ('done', 'partial') and j.finished_at > now() - interval '90 days')
        from flotilla.accounts a
        """

    private static let accounts = Statement(
        dynamic: accountColumns
            + " where a.id > $1 and ($2::text is null or a.platform = $2) order by a.id limit $3"
    )
    private static let account = Statement(dynamic: accountColumns + " where a.id = $1")

    /// Accounts with numbers above one.
    func accounts(_ workspace: Int64, above: Int64, platform: String?, limit: Int) async throws -> [(
        id: Int64, JSONValue
    )] {
        let parameters: [Parameter] = [.int8(above), platform.map { .text($0) } ?? .null, .int8(Int64(limit))]
        return try await ask(workspace, Self.accounts, parameters).map {
            (try $0.int8(0), try Self.accountDocument($0))
        }
    }

    /// One account; nil when the workspace has none of that number.
    func account(_ workspace: Int64, _ id: Int64) async throws -> JSONValue? {
        try await ask(workspace, Self.account, [.int8(id)]).first.map(Self.accountDocument)
    }

    private static func accountDocument(_ row: Row) throws -> JSONValue {
        let platform = try row.text(1)
        return [
            "id": .int(try row.int8(0)), "platform": .string(platform), "external_id": .string(try row.text(2)),
            "state": .string(try row.text(3)), "created_at": .time(Instant(microseconds: try row.timestamp(4))),
            "zone": .string(PlatformName(rawValue: platform)?.dayZone.name ?? "UTC"),
            "last_synced_at": .time(try row.optionalTimestamp(5).map(Instant.init(microseconds:))),
        ]
    }

    /// Posts of an account with numbers above one.
    func posts(_ workspace: Int64, account: Int64, above: Int64, limit: Int) async throws -> [(id: Int64, JSONValue)] {
        let rows = try await ask(
            workspace,
            """
            select p.id, p.account_id, p.external_id, p.kind, p.published_at, p.state from flotilla.posts p
            where p.account_id = $1 and p.id > $2 order by p.id limit $3
            """,
            [.int8(account), .int8(above), .int8(Int64(limit))]
        )
        return try rows.map { row in
            let document: JSONValue = [
                "id": .int(try row.int8(0)), "account": .int(try row.int8(1)), "external_id": .string(try row.text(2)),
                "kind": .string(try row.text(3)),
                "published_at": .time(try row.optionalTimestamp(4).map(Instant.init(microseconds:))),
                "state": .string(try row.text(5)),
            ]
            return (try row.int8(0), document)
        }
    }
}
