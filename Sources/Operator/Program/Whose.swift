import Configuration
import Postgres

/// Accounts and workspaces that a command names and that there must be: who mistypes one is told so, and not that there is
/// nothing to show.
enum Whose {
    /// The number of a workspace.
    static func workspace(_ name: String, _ pool: Pool) async throws -> Int64 {
        guard let row = try await pool.query("select id from flotilla.workspaces where name = $1", [.text(name)]).first
        else { throw CommandFailure(.notFound, "there is no workspace \(name)") }
        return try row.int8(0)
    }

    /// Throws where something is named that there is not.
    static func check(account: Int64?, workspace name: String? = nil, _ pool: Pool) async throws {
        if let name { _ = try await workspace(name, pool) }
        guard let account else { return }
        let rows = try await pool.query("select from flotilla.accounts where id = $1", [.int8(account)])
        if rows.first == nil { throw CommandFailure.noAccount(account) }
    }
}

extension CommandFailure {
    /// What is said of an account that there is not.
    static func noAccount(_ number: Int64) -> CommandFailure {
        CommandFailure(.notFound, "there is no account \(number); see `flotilla accounts list`")
    }
}
