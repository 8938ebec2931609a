public import Postgres

extension Pool {
    /// Lends a connection inside a transaction that works for one workspace: row security shows its rows and no others.
    ///
    /// The setting ends with the transaction, so a connection that is lent again, or shared through pgBouncer, knows nothing
    /// of it. For logins that act as `flotilla_gateway` or `flotilla_reader`; the fleet's own roles see all rows anyway.
    ///
    /// - Parameter readOnly: the server refuses to write.
    public func withWorkspace<Value>(
        _ workspace: Int64,
        readOnly: Bool = true,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        try await withTransaction(readOnly: readOnly) { connection in
            try await connection.scope(to: workspace)
            return try await body(connection)
        }
    }
}

extension Connection {
    /// Limits the transaction under way to one workspace.
    func scope(to workspace: Int64) async throws {
        try await query("select set_config('flotilla.workspace', $1, true)", [.text(String(workspace))])
    }
}
