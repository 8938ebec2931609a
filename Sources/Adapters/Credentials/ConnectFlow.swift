internal import Crypto
public import FleetCore
internal import HTTPClient
public import Platforms
public import Postgres

/// Why a connection was not made.
public enum ConnectFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The platform, or this way of connecting, is not known.
    case unknownLogin
    /// No application is set for the platform.
    case noApplication(String)
    /// The state is not ours, was used already, or is too old.
    case badState
    /// The user said no, or the platform did.
    case denied(String)
    /// The platform came back without a code.
    case noCode
    /// The platform did not give a token.
    case refused(String)
    /// No answer came; the user may try again.
    case unreachable
    /// The user has nothing there that could be collected.
    case nothingToConnect

    public var description: String {
        switch self {
        case .unknownLogin: "there is no such platform or login"
        case .noApplication(let platform): "no application is set for \(platform); `flotilla credentials app` sets one"
        case .badState: "this link was used already, is too old, or is not ours; begin again"
        case .denied(let reason): "the platform says that access was not granted (\(reason))"
        case .noCode: "the platform came back without a code; begin again"
        case .refused(let reason): "the platform gave no token (\(reason)); begin again"
        case .unreachable: "the platform did not answer; begin again"
        case .nothingToConnect:
            "there is nothing to collect behind this login; choose an account with a page or profile"
        }
    }
}

/// Connects accounts: sends a user to the platform and takes them back with a code (RFC 6749 §4.1, RFC 7636).
///
/// The state that travels with the user is sealed, works once and for ten minutes; the database keeps a digest of it, and
/// the verifier sealed.
public struct ConnectFlow: Sendable {
    /// What a user wants to connect.
    public struct Wish: Sendable {
        public var workspace: Int64
        public var platform: PlatformName
        /// Empty for the platform's usual one.
        public var login: String
        /// Where the platform sends the user back to; it must be known there.
        public var redirect: String
        /// What to ask for; nil for everything that metrics need.
        public var scopes: [String]?

        /// A wish.
        public init(
            workspace: Int64,
            platform: PlatformName,
            login: String = "",
            redirect: String,
            scopes: [String]? = nil
        ) {
            self.workspace = workspace
            self.platform = platform
            self.login = login
            self.redirect = redirect
            self.scopes = scopes
        }
    }

    /// An account that is connected now.
    public struct Connected: Sendable, Equatable {
        public var account: Int64
        public var platform: PlatformName
        public var externalID: String
        public var isNew: Bool
        /// What was not granted, with the metrics it would add.
        public var missing: [Scope]
    }

    let pool: Pool
    let vault: CredentialVault
    let exchanger: TokenExchanger
    let settings: @Sendable (PlatformName) -> PlatformSettings
    let platform: @Sendable (PlatformName) -> Platform?
    let lifetime: Duration

    /// - Parameters:
    ///   - settings: where and in which version each platform is called.
    ///   - platform: the platforms that there are.
    ///   - lifetime: how long a user may take at the platform.
    public init(
        pool: Pool,
        vault: CredentialVault,
        exchanger: TokenExchanger,
        settings: @escaping @Sendable (PlatformName) -> PlatformSettings,
        platform: @escaping @Sendable (PlatformName) -> Platform? = { PlatformRegistry[$0] },
        lifetime: Duration = .seconds(600)
    ) {
        self.pool = pool
        self.vault = vault
        self.exchanger = exchanger
        self.settings = settings
        self.platform = platform
        self.lifetime = lifetime
    }

    var store: CredentialStore { CredentialStore(pool: pool, vault: vault) }

    /// The address to send a user to.
    public func begin(_ wish: Wish) async throws -> String {
        guard let platform = platform(wish.platform), let login = platform.tokens?.login(named: wish.login) else {
            throw ConnectFault.unknownLogin
        }
        guard let app = try await store.app(wish.platform, login: login.name) else {
            throw ConnectFault.noApplication(platform.title)
        }
        let state = Base64.encode(
            try vault.seal(SecretText(Base64.encode(randomBytes(18), .url, padding: .none)), as: .connectState),
            .url,
            padding: .none
        )
        let digest = sha256(Array(state.utf8))
        let verifier = login.usesPKCE ? Base64.encode(randomBytes(32), .url, padding: .none) : nil
        try await pool.query(
            """
            insert into flotilla.connect_states (digest, workspace_id, platform, login, redirect, sealed_verifier, scopes,
                expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
            """,
            [
                .bytes(digest), .int8(wish.workspace), .text(wish.platform.rawValue), .text(login.name),
                .text(wish.redirect),
                try verifier.map { .bytes(try vault.seal(SecretText($0), as: .verifier(digest: digest))) } ?? .null,
                .textArray(wish.scopes ?? login.scopes), .float8(Double(lifetime.wholeMilliseconds) / 1000),
            ]
        )
        let place = settings(wish.platform)
        return login.connectURL(
            client: app.id,
            redirect: wish.redirect,
            state: state,
            challenge: verifier.map { Base64.encode(sha256(Array($0.utf8)), .url, padding: .none) },
            scopes: wish.scopes,
            version: place.version ?? platform.defaultVersion,
            settings: place
        )
    }

    /// Takes a user back: checks the state, exchanges the code and stores what it gives. `query` is the callback's, decoded.
    public func complete(_ query: [(name: String, value: String)], at now: Instant) async throws -> [Connected] {
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        let pending = try await take(state: value("state") ?? "")
        guard let platform = platform(pending.platform), let login = platform.tokens?.login(named: pending.login),
            let app = try await store.app(pending.platform, login: login.name)
        else { throw ConnectFault.unknownLogin }
        if let error = value("error") { throw ConnectFault.denied(Self.word(error)) }
        guard let code = value("code"), !code.isEmpty else { throw ConnectFault.noCode }
        let conversation = Conversation(flow: self, platform: platform, login: login, app: app)
        let grant = try await conversation.exchange(
            SecretText(code),
            verifier: pending.verifier,
            redirect: pending.redirect
        )
        var connected: [Connected] = []
        for (id, grant) in try await conversation.accounts(of: grant, at: now) {
            let (account, isNew) = try await store.save(
                .init(
                    workspace: pending.workspace,
                    platform: platform.name,
                    externalID: id,
                    login: login,
                    grant: grant
                ),
                at: now
            )
            connected.append(
                Connected(
                    account: account,
                    platform: platform.name,
                    externalID: id,
                    isNew: isNew,
                    missing: platform.missingScopes(granted: grant.scopes, login: login)
                )
            )
        }
        guard !connected.isEmpty else { throw ConnectFault.nothingToConnect }
        return connected
    }

    private struct Pending {
        var workspace: Int64
        var platform: PlatformName
        var login: String
        var redirect: String
        var verifier: SecretText?
    }

    /// Uses a state up. One that we never sealed is not even looked for.
    private func take(state: String) async throws -> Pending {
        guard state.utf8.count <= 1024, let sealed = Base64.decode(state, .url, padding: .none),
            (try? vault.open(sealed, as: .connectState)) != nil
        else { throw ConnectFault.badState }
        let digest = sha256(Array(state.utf8))
        let rows = try await pool.query(
            """
            update flotilla.connect_states set used_at = now()
            where digest = $1 and used_at is null and expires_at > now()
            returning workspace_id, platform, login, redirect, sealed_verifier
            """,
            [.bytes(digest)]
        )
        guard let row = rows.first, let platform = PlatformName(rawValue: try row.text(1)) else {
            throw ConnectFault.badState
        }
        // Those that nobody came back with are of no use after a day.
        try await pool.query("delete from flotilla.connect_states where expires_at < now() - interval '1 day'")
        return Pending(
            workspace: try row.int8(0),
            platform: platform,
            login: try row.text(2),
            redirect: try row.text(3),
            verifier: try row.optionalBytes(4).map { try vault.open($0, as: .verifier(digest: digest)) }
        )
    }

    /// A foreign word that may be shown.
    static func word(_ text: String) -> String {
        let isWord = text.utf8.count <= 40 && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") }
        return isWord ? text : "error"
    }
}
