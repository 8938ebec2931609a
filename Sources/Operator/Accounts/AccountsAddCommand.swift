import Adapters
import Configuration
import FleetCore
import JSON
import Platforms

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
        let token = SecretText(String(decoding: try token(call[tokenFile]), as: UTF8.self))
        guard let login = PlatformRegistry[platform]?.tokens?.login(named: "") else {
            throw CommandFailure(.usage, "this version has no code for \(platform.rawValue)")
        }
        let (account, isNew) = try await call.withCredentials { store in
            try await store.save(
                .init(
                    workspace: try await store.workspace(call[SharedOptions.workspace]),
                    platform: platform,
                    externalID: call[externalID],
                    login: login,
                    grant: TokenGrant(accessToken: token)
                ),
                at: call.now
            )
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
