import Adapters
import Configuration
import Crypto
import FleetCore
import HTTPClient
import JSON
import Platforms
import Postgres
import Runtime

/// `flotilla credentials list | show | test | refresh | import | connect | app | rotate`.
enum CredentialsCommands {
    static let group = CommandGroup("credentials", help: "What the fleet may call the platforms with.")
    static let all: [Configuration.Command] = [list, show, test, refresh, importing, connect, app, rotate]

    static let account = Argument("account", .number, help: "The account's number.")
    private static let expiring = Option(
        "expiring",
        .duration(.seconds(60) ... .seconds(3650 * 86_400)),
        help: "Only those that end within this time, such as 7d."
    ).optional
    private static let broken = Option(
        "broken",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Only those whose user must reconnect."
    )

    static let list = Configuration.Command(
        "credentials list",
        help: "Credentials by what ends first: until when each lives, when it is renewed, what is wrong.",
        example: "flotilla credentials list --expiring 7d",
        options: [SharedOptions.anyPlatform, expiring, broken, SharedOptions.limit]
    ) { call in
        let entries = try await call.withCredentials { store in
            try await store.list(
                platform: call[SharedOptions.anyPlatform]?.rawValue,
                endingBefore: call[expiring].map { call.now + $0 },
                onlyBroken: call[broken],
                limit: call[SharedOptions.limit]
            )
        }
        var table = TextTable(">account", "platform", "state", "token ends", "renewed", "connection ends", "last error")
        for entry in entries {
            table.add(
                String(entry.account),
                entry.platform,
                entry.shownState,
                Words.relative(entry.expiresAt, now: call.now),
                Words.relative(entry.refreshAt, now: call.now),
                Words.relative(entry.endsAt, now: call.now),
                entry.lastError ?? ""
            )
        }
        call.output.list(
            entries.map { $0.document(now: call.now) },
            table: table,
            empty: "no such credentials; `flotilla credentials connect` makes one"
        )
        return .ok
    }

    static let show = Configuration.Command(
        "credentials show",
        help: "All that is known of an account's credential, and never the token.",
        example: "flotilla credentials show 17",
        arguments: [account],
        exitCodes: [.notFound]
    ) { call in
        let entry = try await call.withCredentials { try await found(call[account], $0) }
        call.output.show(entry.document(now: call.now)) { show(entry, call) }
        return .ok
    }

    static func found(_ account: Int64, _ store: CredentialStore) async throws -> CredentialStore.Entry {
        guard let entry = try await store.entry(account) else {
            throw CommandFailure(.notFound, "account \(account) has no credential; see `flotilla accounts list`")
        }
        return entry
    }

    private static func show(_ entry: CredentialStore.Entry, _ call: CommandCall) {
        let missing = entry.missing.map(\.words).joined(separator: "; ")
        call.output.facts([
            ("account", String(entry.account)), ("platform", entry.platform), ("external id", entry.externalID),
            ("login", entry.login), ("state", entry.shownState), ("generation", String(entry.generation)),
            ("token ends", Words.relative(entry.expiresAt, now: call.now)),
            ("renewed", Words.relative(entry.refreshAt, now: call.now)),
            ("renewed last", Words.relative(entry.refreshedAt, now: call.now)),
            ("refresh token", entry.hasRefreshToken ? "sealed" : "none"),
            ("refresh token ends", Words.relative(entry.refreshExpiresAt, now: call.now)),
            ("granted", entry.scopes.map { $0.joined(separator: ", ") } ?? "unknown"), ("missing", missing),
            ("failures", entry.failures > 0 ? String(entry.failures) : ""), ("last error", entry.lastError ?? ""),
            ("key", entry.key),
        ])
    }

    static let refresh = Configuration.Command(
        "credentials refresh",
        help: "Renew an account's tokens now, whatever their state. Whoever else is at it is waited for.",
        example: "flotilla credentials refresh 17",
        arguments: [account],
        exitCodes: [.notFound, .refused]
    ) { call in
        let outcome = try await call.withPlatforms { pool, vault, exchanger, settings in
            await TokenRefresher(
                pool: pool,
                vault: vault,
                exchanger: exchanger,
                settings: settings,
                logger: call.logger
            ).refresh(call[account], forced: true)
        }
        switch outcome {
        case .renewed, .fresh:
            call.output.show(["account": .int(call[account]), "renewed": true]) {
                call.output.print("account \(call[account]) has new tokens")
            }
            return .ok
        case .held(let wait):
            throw CommandFailure(.refused, "somebody else is renewing it; try again in \(Words.span(wait))")
        case .missing, .inactive:
            throw CommandFailure(.notFound, "account \(call[account]) has no credential")
        case .notRenewable(let reason):
            throw CommandFailure(.refused, "this connection cannot be renewed (\(reason)); reconnect the account")
        case .refused(let reason, _):
            throw CommandFailure(.refused, "the platform refused (\(reason)); reconnect the account")
        case .failed(let reason, _):
            throw CommandFailure(.failed, "it did not work this time (\(reason)); try again")
        }
    }
}

extension CredentialStore.Entry {
    var shownState: String {
        state == "refused" || accountState == "needs_reconnect" ? "needs reconnect" : accountState
    }

    /// What was not granted, with the metrics that each would add.
    var missing: [Scope] {
        guard let platform = PlatformName(rawValue: platform).flatMap({ PlatformRegistry[$0] }),
            let login = platform.tokens?.login(named: login)
        else { return [] }
        return platform.missingScopes(granted: scopes, login: login)
    }

    func document(now: Instant) -> JSONValue {
        [
            "account": .int(account), "platform": .string(platform), "external_id": .string(externalID),
            "login": .string(login), "state": .string(shownState), "generation": .int(generation),
            "expires_at": .time(expiresAt), "refresh_at": .time(refreshAt), "refreshed_at": .time(refreshedAt),
            "refresh_token": .bool(hasRefreshToken), "refresh_expires_at": .time(refreshExpiresAt),
            "ends_at": .time(endsAt), "scopes": scopes.map { .array($0.map { .string($0) }) } ?? .null,
            "missing_scopes": .array(missing.map(\.document)), "failures": .int(failures),
            "last_error": .text(lastError), "last_error_at": .time(lastErrorAt), "key": .string(key),
        ]
    }
}

extension Scope {
    /// `read_insights (adds views, reach)`
    var words: String {
        metrics.isEmpty
            ? "\(name) (everything needs it)" : "\(name) (adds \(metrics.map(\.name).joined(separator: ", ")))"
    }

    var document: JSONValue { ["scope": .string(name), "metrics": .array(metrics.map { .string($0.name) })] }
}

extension CommandCall {
    /// What opens and seals credentials.
    func vault() throws -> CredentialVault {
        do throws(CryptoError) {
            guard let path = settings[CommonSettings.keyringFile] else {
                throw CryptoError.malformedKey("set --keyring-file: it opens and seals credentials")
            }
            return try CredentialVault(
                keyringFile: path,
                fernetKeysFile: settings[FleetSettings.fernetKeysFile]
            )
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    /// Lends the credentials.
    func withCredentials<Value>(_ body: (CredentialStore) async throws -> Value) async throws -> Value {
        let vault = try vault()
        return try await withPool { try await body(CredentialStore(pool: $0, vault: vault)) }
    }

    /// Lends what is needed to talk to platforms about tokens.
    func withPlatforms<Value>(
        _ body: (
            Pool, CredentialVault, TokenExchanger, @escaping @Sendable (PlatformName) -> PlatformSettings
        ) async throws -> Value
    ) async throws -> Value {
        let vault = try vault()
        let origin = settings[OperatorSettings.platformOrigin]?.reveal()
        var options = HTTPClientOptions(userAgent: "flotilla/\(Flotilla.version)")
        options.allowedOrigins = origin.map { [$0] } ?? []
        let client = HTTPClient(options)
        return try await withPool { pool in
            try await body(pool, vault, TokenExchanger(client: client)) { _ in PlatformSettings(origin: origin) }
        }
    }
}
