import Adapters
import Configuration
import FleetCore
import HTTPClient
import JSON
import Platforms

extension CredentialsCommands {
    /// What a platform said of a token.
    private enum Told {
        case identity(TokenIdentity)
        case error(PlatformError)
        case unreachable(String)
    }

    static let test = Configuration.Command(
        "credentials test",
        help: "Ask the platform whose an account's token is and what it may do. Prints scopes, when it ends, and which "
            + "metrics a missing scope would add; never the token.",
        example: "flotilla credentials test 17",
        arguments: [account],
        exitCodes: [.notFound, .refused]
    ) { call in
        let (entry, told) = try await call.withPlatforms { pool, vault, exchanger, settings in
            let store = CredentialStore(pool: pool, vault: vault)
            let entry = try await found(call[account], store)
            guard let name = PlatformName(rawValue: entry.platform), let platform = PlatformRegistry[name],
                let login = platform.tokens?.login(named: entry.login),
                let token = try await store.accessToken(entry.account)
            else { throw CommandFailure(.refused, "this version has no code for \(entry.platform)") }
            let app = try await store.app(name, login: login.name) ?? AppCredential(id: "", secret: nil)
            let told = await ask(
                platform,
                login,
                TokenInputs(app: app, token: token, account: entry.externalID),
                exchanger,
                settings(name),
                at: call.now
            )
            return (entry, told)
        }
        switch told {
        case .unreachable(let reason): throw CommandFailure(.failed, "the platform did not answer: \(reason)")
        case .error(let error):
            let title = PlatformName(rawValue: entry.platform).flatMap { PlatformRegistry[$0]?.title } ?? entry.platform
            throw CommandFailure(.refused, error.advice(platform: title, permissions: []))
        case .identity(let identity):
            show(identity, entry, call)
            return identity.isValid == false ? .refused : .ok
        }
    }

    private static func ask(
        _ platform: Platform,
        _ login: Login,
        _ inputs: TokenInputs,
        _ exchanger: TokenExchanger,
        _ settings: PlatformSettings,
        at now: Instant
    ) async -> Told {
        let (who, what) = platform.identityRequests(login, inputs, settings)
        var identity = TokenIdentity()
        do throws(HTTPError) {
            let answer = try await exchanger.send(who)
            guard answer.status < 300, identity.add(answer, login, at: now) else {
                return .error(platform.classify(answer, to: who, account: inputs.account, at: now))
            }
            // What the token may do is told by an endpoint of its own, which wants the application's secret.
            if let what, inputs.app.secret != nil || !platform.needsApplication(login) {
                let answer = try await exchanger.send(what)
                if answer.status < 300 { _ = identity.add(answer, login, at: now) }
            }
            return .identity(identity)
        } catch {
            return .unreachable(error.description)
        }
    }

    private static func show(_ identity: TokenIdentity, _ entry: CredentialStore.Entry, _ call: CommandCall) {
        var known = entry
        known.scopes = identity.scopes ?? entry.scopes
        let ends = identity.expiresAt ?? entry.expiresAt
        let document: JSONValue = [
            "account": .int(entry.account), "platform": .string(entry.platform), "owner": .text(identity.subject),
            "name": .text(identity.name), "valid": .bool(identity.isValid ?? true),
            "scopes": known.scopes.map { .array($0.map { .string($0) }) } ?? .null, "expires_at": .time(ends),
            "missing_scopes": .array(known.missing.map(\.document)),
        ]
        call.output.show(document) {
            call.output.facts([
                ("account", String(entry.account)), ("platform", entry.platform), ("owner", identity.subject ?? ""),
                ("name", identity.name ?? ""), ("token", identity.isValid == false ? "no longer valid" : "works"),
                ("ends", ends == nil ? "not by itself" : Words.relative(ends, now: call.now)),
                ("granted", known.scopes.map { $0.joined(separator: ", ") } ?? "unknown"),
                ("missing", known.missing.map(\.words).joined(separator: "; ")),
            ])
        }
    }
}
