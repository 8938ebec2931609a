import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla accounts seed | add | list`.
enum AccountsCommands {
    static let group = CommandGroup("accounts", help: "Whose metrics are collected.")
    static let all: [Configuration.Command] = [list, add, seed]

    static let after = Option("after", .number, help: "Begin behind the account with this number.").optional

    static let list = Configuration.Command(
        "accounts list",
        help: "List accounts by number, a page at a time.",
        example: "flotilla accounts list --platform instagram --limit 20",
        options: [SharedOptions.anyPlatform, SharedOptions.limit, after]
    ) { call in
        let limit = call[SharedOptions.limit]
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select a.id, a.platform, a.external_id, a.state, w.name, c.account_id is not null, a.created_at
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                    left join flotilla.credentials c on c.account_id = a.id
                where a.id > $1 and ($2::text is null or a.platform = $2) order by a.id limit $3
                """,
                [
                    .int8(call[after] ?? 0), call[SharedOptions.anyPlatform].map { .text($0.rawValue) } ?? .null,
                    .int8(Int64(limit)),
                ]
            )
        }
        var table = TextTable(">account", "platform", "external id", "state", "workspace", "credential", "added")
        var items: [JSONValue] = []
        for row in rows {
            let (id, added) = (try row.int8(0), Instant(microseconds: try row.timestamp(6)))
            let hasCredential = try row.bool(5)
            let (platform, external, state) = (try row.text(1), try row.text(2), try row.text(3))
            let workspace = try row.text(4)
            table.add(
                String(id),
                platform,
                external,
                state,
                workspace,
                hasCredential ? "sealed" : "none",
                Words.relative(added, now: call.now)
            )
            items.append([
                "account": .int(id), "platform": .string(platform), "external_id": .string(external),
                "state": .string(state), "workspace": .string(workspace), "credential": .bool(hasCredential),
                "created_at": .time(added),
            ])
        }
        call.output.list(items, table: table, empty: "no accounts; `flotilla accounts add` makes one")
        if rows.count == limit, call.output.format == .table, let last = try rows.last?.int8(0) {
            call.output.note("there may be more: add --after \(last)")
        }
        return .ok
    }
}
