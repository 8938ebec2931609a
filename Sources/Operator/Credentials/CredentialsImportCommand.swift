import Adapters
import Configuration
import Crypto
import FleetCore
import JSON
import Platforms
import Postgres

extension CredentialsCommands {
    private static let file = Argument(
        "file",
        ValueKind<String>.path,
        help:
            "One JSON document per line: platform, external_id, access_token, and where known refresh_token, expires_at, "
            + "refresh_expires_at, scopes, login. - reads standard input."
    )

    static let importing = Configuration.Command(
        "credentials import",
        help:
            "Import accounts with their tokens. Tokens may be plain, or Fernet tokens whose keys --keyring-fernet-file "
            + "names; either way they are sealed with the key ring.",
        example: "flotilla credentials import tokens.ndjson --keyring-fernet-file old.keys --workspace main",
        arguments: [file],
        options: [SharedOptions.workspace],
        exitCodes: [.partial]
    ) { call in
        let fernet: Fernet?
        do throws(CryptoError) {
            fernet = try call.settings[FleetSettings.fernetKeysFile].map { path throws(CryptoError) in
                try Fernet(contentsOf: path)
            }
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
        let vault = try call.vault()
        return try await call.withPool { pool in
            let workspace = try await pool.withConnection { connection in
                try await AccountSeeder.workspace(call[SharedOptions.workspace], on: connection)
            }
            let store = CredentialStore(pool: pool, vault: vault)
            var reader = try LineReader(call[file])
            var progress = ProgressReporter(call.output, unit: "credentials", total: 0)
            var (added, replaced, faults) = (0, 0, 0)
            while let line = try reader.next() {
                if line.isEmpty { continue }
                do throws(ImportFault) {
                    let entry = try ImportedCredential(Array(line), fernet: fernet, now: call.now)
                    let isNew: Bool
                    do {
                        isNew = try await store.save(entry.connection(workspace), at: call.now).isNew
                    } catch {
                        throw ImportFault("it cannot be stored")
                    }
                    if isNew { added += 1 } else { replaced += 1 }
                } catch {
                    faults += 1
                    call.output.error("line \(reader.lineNumber): \(error.reason)")
                }
                progress.report(Int64(added + replaced))
            }
            progress.end()
            call.output.show(["added": .int(added), "replaced": .int(replaced), "faults": .int(faults)]) {
                call.output.print("\(added) added, \(replaced) replaced, \(faults) not read")
            }
            return faults == 0 ? .ok : added + replaced > 0 ? .partial : .failed
        }
    }
}

/// What is wrong with a line; never anything that stands in it.
struct ImportFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// One line of an import.
struct ImportedCredential {
    let platform: PlatformName
    let externalID: String
    let login: Login
    let grant: TokenGrant

    init(_ line: [UInt8], fernet: Fernet?, now: Instant) throws(ImportFault) {
        guard let document = try? JSONValue(parsing: line, limits: .strict) else {
            throw ImportFault("it is not a JSON document")
        }
        guard let name = document["platform"]?.string.flatMap(PlatformName.init), let platform = PlatformRegistry[name]
        else { throw ImportFault("\"platform\" names none that this version knows") }
        guard let id = document["external_id"]?.string, !id.isEmpty else {
            throw ImportFault("\"external_id\" is missing")
        }
        guard let login = platform.tokens?.login(named: document["login"]?.string ?? "") else {
            throw ImportFault("\"login\" names none of \(name.rawValue)")
        }
        func token(_ key: String) throws(ImportFault) -> SecretText? {
            guard let text = document[key]?.string, !text.isEmpty else { return nil }
            guard text.hasPrefix("gAAAA") else { return SecretText(text) }
            guard let fernet else {
                throw ImportFault("\"\(key)\" is a Fernet token; name its keys with --keyring-fernet-file")
            }
            do throws(CryptoError) {
                return SecretText(String(decoding: try fernet.open(text).plaintext, as: UTF8.self))
            } catch {
                throw ImportFault("\"\(key)\" is not opened by any of the Fernet keys")
            }
        }
        func seconds(_ key: String) throws(ImportFault) -> Int? {
            guard let value = document[key], !value.isNull else { return nil }
            guard let end = value.string.flatMap(Instant.init) else { throw ImportFault("\"\(key)\" is not a time") }
            return Int(end.seconds - now.seconds)
        }
        guard let access = try token("access_token") else { throw ImportFault("\"access_token\" is missing") }
        self.platform = name
        externalID = id
        self.login = login
        grant = TokenGrant(
            accessToken: access,
            expiresIn: try seconds("expires_at"),
            refreshToken: try token("refresh_token"),
            refreshExpiresIn: try seconds("refresh_expires_at"),
            scopes: document["scopes"]?.array?.compactMap(\.string)
        )
    }

    func connection(_ workspace: Int64) -> CredentialStore.Connection {
        CredentialStore.Connection(
            workspace: workspace,
            platform: platform,
            externalID: externalID,
            login: login,
            grant: grant
        )
    }
}
