public import FleetCore
internal import JSON
public import Postgres

/// The keys of the gateway's callers.
public struct KeyStore: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// A key as it is listed, without its secret.
    public struct Entry: Sendable {
        public var id: Int64
        public var workspace: String
        public var name: String
        public var role: AccessRole
        public var createdAt: Instant
        public var expiresAt: Instant?
        public var revokedAt: Instant?
        public var lastUsedAt: Instant?
    }

    /// Makes a key and its entry in the audit log; returns the key's number and the key, which nobody can see again.
    public func create(
        workspace: Int64,
        name: String,
        role: AccessRole,
        expiresAt: Instant?,
        reason: String
    ) async throws -> (id: Int64, key: APIKey) {
        let key = APIKey()
        let id = try await pool.withTransaction { connection in
            let id = try await connection.query(
                """
                insert into flotilla.api_keys (workspace_id, name, digest, role, expires_at) values ($1, $2, $3, $4, $5)
                returning id
                """,
                [
                    .int8(workspace), .text(name), .bytes(key.digest), .text(role.rawValue),
                    expiresAt.map { .timestamp($0.microseconds) } ?? .null,
                ]
            ).only().int8(0)
            let act = AuditLog.command(
                "key.create",
                target: "key \(id)",
                reason: reason,
                details: ["workspace": .int(workspace), "role": .string(role.rawValue), "expires_at": .time(expiresAt)]
            )
            _ = try await connection.pipeline([act])
            return id
        }
        return (id, key)
    }

    /// Revokes a key for good; false when there is none of that number that is not revoked yet.
    public func revoke(_ id: Int64, reason: String) async throws -> Bool {
        try await pool.withTransaction { connection in
            let rows = try await connection.query(
                "update flotilla.api_keys set revoked_at = now() where id = $1 and revoked_at is null returning id",
                [.int8(id)]
            )
            guard rows.first != nil else { return false }
            _ = try await connection.pipeline([
                AuditLog.command("key.revoke", target: "key \(id)", reason: reason)
            ])
            return true
        }
    }

    /// All keys, or those of a workspace, newest first.
    public func entries(workspace: Int64? = nil, limit: Int) async throws -> [Entry] {
        try await pool.query(
            """
            select k.id, w.name, k.name, k.role, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
            from flotilla.api_keys k join flotilla.workspaces w on w.id = k.workspace_id
            where $1::bigint is null or k.workspace_id = $1 order by k.id desc limit $2
            """,
            [workspace.map { .int8($0) } ?? .null, .int8(Int64(limit))]
        ).map { row in
            func time(_ column: Int) throws -> Instant? {
                try row.optionalTimestamp(column).map(Instant.init(microseconds:))
            }
            return Entry(
                id: try row.int8(0),
                workspace: try row.text(1),
                name: try row.text(2),
                role: AccessRole(rawValue: try row.text(3)) ?? .viewer,
                createdAt: Instant(microseconds: try row.timestamp(4)),
                expiresAt: try time(5),
                revokedAt: try time(6),
                lastUsedAt: try time(7)
            )
        }
    }

    /// Who holds a key; nil when it is unknown, revoked or expired.
    public func holder(of key: APIKey) async throws -> KeyHolder? {
        let rows = try await pool.query("select * from flotilla.api_key($1)", [.bytes(key.digest)])
        guard let row = rows.first, let role = AccessRole(rawValue: try row.text(3)) else { return nil }
        return KeyHolder(key: try row.int8(0), workspace: try row.int8(1), name: try row.text(2), role: role)
    }
}
