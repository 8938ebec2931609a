internal import Crypto
public import FleetCore
public import Platforms
public import Postgres

/// What an operator or a gateway does with credentials: keep, look at, seal anew. Needs the schema's owner.
public struct CredentialStore: Sendable {
    /// A credential as it may be shown: never the token.
    public struct Entry: Sendable, Equatable {
        public var account: Int64
        public var platform: String
        public var externalID: String
        public var accountState: String
        public var login: String
        public var state: String
        public var generation: Int64
        public var expiresAt: Instant?
        public var refreshExpiresAt: Instant?
        public var refreshAt: Instant?
        public var refreshedAt: Instant?
        public var scopes: [String]?
        public var hasRefreshToken: Bool
        public var failures: Int32
        public var lastError: String?
        public var lastErrorAt: Instant?
        public var key: String

        /// When somebody must act at the latest, if nothing renews it.
        public var endsAt: Instant? { refreshExpiresAt ?? expiresAt }
    }

    /// A connection as it is made or imported.
    public struct Connection: Sendable {
        public var workspace: Int64
        public var platform: PlatformName
        public var externalID: String
        public var login: Login
        public var grant: TokenGrant

        /// A connection of an account.
        public init(
            workspace: Int64,
            platform: PlatformName,
            externalID: String,
            login: Login,
            grant: TokenGrant
        ) {
            self.workspace = workspace
            self.platform = platform
            self.externalID = externalID
            self.login = login
            self.grant = grant
        }
    }

    let pool: Pool
    let vault: CredentialVault

    /// A store.
    public init(pool: Pool, vault: CredentialVault) {
        self.pool = pool
        self.vault = vault
    }

    /// Stores a connection: the account is made if there is none, and active again whatever it was. Returns its number and
    /// whether it is new.
    public func save(_ connection: Connection, at now: Instant) async throws -> (account: Int64, isNew: Bool) {
        try await pool.withTransaction { session in
            let row = try await session.query(
                """
                insert into flotilla.accounts as a (workspace_id, platform, external_id, created_at)
                values ($1, $2, $3, $4)
                on conflict (workspace_id, platform, external_id) do update set state = 'active'
                returning id, xmax = 0
                """,
                [
                    .int8(connection.workspace), .text(connection.platform.rawValue), .text(connection.externalID),
                    .timestamp(now.microseconds),
                ]
            ).only()
            let account = try row.int8(0)
            try await session.query(Self.saving, try parameters(connection, account, at: now))
            // What is collected of it, from now on.
            try await session.query(
                "select flotilla.plan_account($1, $2)",
                [.int8(account), .timestamp(now.microseconds)]
            )
            return (account, try row.bool(1))
        }
    }

    private static let saving: Statement = """
        insert into flotilla.credentials as c (account_id, login, sealed, sealed_refresh, token_type, scopes, issued_at,
            expires_at, refresh_expires_at, refresh_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (account_id) do update set login = excluded.login, sealed = excluded.sealed,
            sealed_refresh = excluded.sealed_refresh, previous_refresh = null, token_type = excluded.token_type,
            scopes = excluded.scopes, issued_at = excluded.issued_at, expires_at = excluded.expires_at,
            refresh_expires_at = excluded.refresh_expires_at, refresh_at = excluded.refresh_at,
            generation = c.generation + 1, state = 'active', intent = null, holder = null, held_until = null,
            failures = 0, last_error = null, last_error_at = null, enqueued_until = null, updated_at = now()
        """

    private func parameters(
        _ connection: Connection,
        _ account: Int64,
        at now: Instant
    ) throws(CryptoError) -> [Parameter] {
        func time(_ instant: Instant?) -> Parameter { instant.map { .timestamp($0.microseconds) } ?? .null }
        let grant = connection.grant
        var schedule = TokenSchedule(grant, connection.login, at: now, account: account)
        // Without a refresh token there is nothing to renew with.
        if connection.login.renewal == .refreshToken, grant.refreshToken == nil { schedule.refreshAt = nil }
        var refresh = Parameter.null
        if let token = grant.refreshToken {
            refresh = .bytes(try vault.seal(token, as: .refreshToken(account: account)))
        }
        return [
            .int8(account), .text(connection.login.name),
            .bytes(try vault.seal(grant.accessToken, as: .accessToken(account: account))), refresh,
            .text(grant.tokenType), grant.scopes.map { .textArray($0) } ?? .null, time(now), time(schedule.expiresAt),
            time(schedule.refreshExpiresAt), time(schedule.refreshAt),
        ]
    }

    /// The number of the workspace of that name, which is made if there is none.
    public func workspace(_ name: String) async throws -> Int64 {
        try await pool.query(
            "insert into flotilla.workspaces (name) values ($1) on conflict (name) do nothing",
            [.text(name)]
        )
        return try await pool.query("select id from flotilla.workspaces where name = $1", [.text(name)]).only().int8(0)
    }

    // MARK: Looking

    /// Credentials by what is most urgent: those that end before `end`, or all.
    public func list(
        platform: String? = nil,
        endingBefore end: Instant? = nil,
        onlyBroken: Bool = false,
        limit: Int
    ) async throws -> [Entry] {
        try await entries(
            """
            where ($1::text is null or a.platform = $1)
                and ($2::timestamptz is null or coalesce(c.refresh_expires_at, c.expires_at) <= $2)
                and (not $3 or c.state = 'refused' or a.state = 'needs_reconnect')
            order by coalesce(c.refresh_expires_at, c.expires_at) nulls last, c.account_id limit $4
            """,
            [
                platform.map { .text($0) } ?? .null, end.map { .timestamp($0.microseconds) } ?? .null,
                .bool(onlyBroken), .int8(Int64(limit)),
            ]
        )
    }

    /// The credential of an account; nil when there is none.
    public func entry(_ account: Int64) async throws -> Entry? {
        try await entries("where c.account_id = $1", [.int8(account)]).first
    }

    private func entries(_ condition: String, _ parameters: [Parameter]) async throws -> [Entry] {
        let rows = try await pool.query(
            Statement(
                dynamic: """
                    select c.account_id, a.platform, a.external_id, a.state, c.login, c.state, c.generation, c.expires_at,
                        c.refresh_expires_at, c.refresh_at, c.refreshed_at, c.scopes, c.sealed_refresh is not null,
                        c.failures, c.last_error, c.last_error_at, flotilla.key_of(c.sealed)
                    from flotilla.credentials c join flotilla.accounts a on a.id = c.account_id \(condition)
                    """
            ),
            parameters
        )
        return try rows.map { row in
            func time(_ column: Int) throws -> Instant? {
                try row.optionalTimestamp(column).map { Instant(microseconds: $0) }
            }
            return Entry(
                account: try row.int8(0),
                platform: try row.text(1),
                externalID: try row.text(2),
                accountState: try row.text(3),
                login: try row.text(4),
                state: try row.text(5),
                generation: try row.int8(6),
                expiresAt: try time(7),
                refreshExpiresAt: try time(8),
                refreshAt: try time(9),
                refreshedAt: try time(10),
                scopes: try row.isNull(11) ? nil : try row.textArray(11),
                hasRefreshToken: try row.bool(12),
                failures: try row.int4(13),
                lastError: try row.optionalText(14),
                lastErrorAt: try time(15),
                key: try row.text(16)
            )
        }
    }

    /// The access token of an account, for asking the platform whose it is.
    public func accessToken(_ account: Int64) async throws -> SecretText? {
        let rows = try await pool.query(
            "select sealed from flotilla.credentials where account_id = $1",
            [.int8(account)]
        )
        return try rows.first.map { try vault.open(try $0.bytes(0), as: .accessToken(account: account)) }
    }

    // MARK: Applications

    /// The application that a platform's logins are made with; nil when none is set.
    public func app(_ platform: PlatformName, login: String) async throws -> AppCredential? {
        let rows = try await pool.query(
            """
            select client_id, sealed_secret, login from flotilla.app_credentials
            where platform = $1 and login in ($2, '') order by login desc limit 1
            """,
            [.text(platform.rawValue), .text(login)]
        )
        guard let row = rows.first else { return nil }
        let place = SealedPlace.appSecret(platform: platform.rawValue, login: try row.text(2))
        return AppCredential(
            id: try row.text(0),
            secret: try row.optionalBytes(1).map { try vault.open($0, as: place) }
        )
    }

    /// Sets the application of a platform; an empty login is the one for all that have none of their own.
    public func setApp(_ app: AppCredential, platform: PlatformName, login: String = "") async throws {
        let place = SealedPlace.appSecret(platform: platform.rawValue, login: login)
        var secret = Parameter.null
        if let text = app.secret { secret = .bytes(try vault.seal(text, as: place)) }
        try await pool.query(
            """
            insert into flotilla.app_credentials (platform, login, client_id, sealed_secret) values ($1, $2, $3, $4)
            on conflict (platform, login) do update set client_id = excluded.client_id,
                sealed_secret = excluded.sealed_secret, updated_at = now()
            """,
            [.text(platform.rawValue), .text(login), .text(app.id), secret]
        )
    }
}
