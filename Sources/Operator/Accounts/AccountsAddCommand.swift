import Adapters
import Configuration
import Crypto
import FleetCore
import JSON
import Postgres

extension AccountsCommands {
    private static let externalID = Option(
        "external-id",
        ValueKind<String>.text(longest: 200),
        help: "The account's id at the platform."
    )
    private static let tokenFile = Option(
        "token-file",
        ValueKind<String>.path,
        help: "File that holds the access token, readable by its owner only; - reads standard input."
    )

    static let add = Configuration.Command(
        "accounts add",
        help:
            "Add an account with its access token, which is sealed with the key ring. An account that exists gets the "
            + "new token and becomes active again. Its plan begins at once; see `flotilla cadence show`.",
        example: "flotilla accounts add --platform instagram --external-id 17841400000001 --token-file token.txt",
        options: [SharedOptions.platform, externalID, SharedOptions.workspace, tokenFile]
    ) { call in
        let platform = call[SharedOptions.platform]
        let token = try token(call[tokenFile])
        let keyring = try call.keyring()
        let (account, isNew) = try await call.withPool { pool in
            try await pool.withTransaction { connection in
                let workspace = try await AccountSeeder.workspace(call[SharedOptions.workspace], on: connection)
                let row = try await connection.query(
                    """
                    insert into flotilla.accounts as a (workspace_id, platform, external_id) values ($1, $2, $3)
                    on conflict (workspace_id, platform, external_id) do update set state = 'active'
                    returning id, xmax = 0
                    """,
                    [.int8(workspace), .text(platform.rawValue), .text(call[externalID])]
                ).only()
                let account = try row.int8(0)
                let sealed = try keyring.seal(token, associatedData: AccountAccess.associatedData(account: account))
                try await connection.query(
                    """
                    insert into flotilla.credentials (account_id, sealed) values ($1, $2)
                    on conflict (account_id) do update set sealed = excluded.sealed, updated_at = now()
                    """,
                    [.int8(account), .bytes(sealed)]
                )
                try await connection.query(
                    "select flotilla.plan_account($1, $2)",
                    [.int8(account), .timestamp(call.now.microseconds)]
                )
                return (account, try row.bool(1))
            }
        }
        call.output.show(["account": .int(account), "added": .bool(isNew)]) {
            call.output.print(isNew ? "added account \(account)" : "account \(account) has the new token and is active")
        }
        return .ok
    }

    /// The token without the line end that editors add.
    static func token(_ path: String) throws(CommandFailure) -> [UInt8] {
        var reader = try LineReader(path)
        let first = try reader.next().map(Array.init) ?? []
        var rest = false
        while let line = try reader.next() { rest = rest || !line.isEmpty }
        guard !first.isEmpty, !rest, first.count <= 16 << 10 else {
            throw CommandFailure(.usage, "\(path == "-" ? "standard input" : path) must hold the token on one line")
        }
        return first
    }
}
