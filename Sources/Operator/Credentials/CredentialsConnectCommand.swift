import Adapters
import Configuration
import FleetCore
import JSON
import Platforms
import Postgres

extension CredentialsCommands {
    private static let login = Option(
        "login",
        ValueKind<String>.text(longest: 63),
        default: "",
        help: "Which way of connecting, where a platform has several; its usual one when not given."
    )
    private static let redirect = Option(
        "redirect",
        ValueKind<String>.text(longest: 2000),
        default: "http://localhost/callback",
        help: "Where the platform sends the user back to; it must be registered there."
    )
    private static let callback = Option(
        "callback",
        ValueKind<String>.text(longest: 8000),
        help: "The whole address that the platform sent the user back to; - reads it from standard input."
    ).optional
    private static let anyPlatform = Option(
        "platform",
        ValueKind<PlatformName>.choice,
        help: "Which platform to connect to."
    ).optional

    static let connect = Configuration.Command(
        "credentials connect",
        help:
            "Connect accounts by hand. First prints the address to open in a browser; then, with --callback, takes the "
            + "address that the browser came back to and stores what it gives.",
        example: "flotilla credentials connect --platform x --redirect https://example.org/callback",
        options: [anyPlatform, SharedOptions.workspace, login, redirect, callback],
        exitCodes: [.refused]
    ) { call in
        do {
            return try await call.withPlatforms { pool, vault, exchanger, settings in
                let flow = ConnectFlow(pool: pool, vault: vault, exchanger: exchanger, settings: settings)
                if let address = call[callback] { return try await complete(address, flow, call) }
                guard let platform = call[anyPlatform] else {
                    throw CommandFailure(.usage, "say --platform to begin, or --callback to end")
                }
                let workspace = try await pool.withConnection { connection in
                    try await AccountSeeder.workspace(call[SharedOptions.workspace], on: connection)
                }
                let url = try await flow.begin(
                    .init(workspace: workspace, platform: platform, login: call[login], redirect: call[redirect])
                )
                call.output.show(["url": .string(url)]) {
                    call.output.print(url)
                    call.output.note(
                        "open it, agree, and give the address you land on to --callback within ten minutes"
                    )
                }
                return .ok
            }
        } catch let fault as ConnectFault {
            throw CommandFailure(.refused, fault.description)
        }
    }

    private static func complete(_ address: String, _ flow: ConnectFlow, _ call: CommandCall) async throws -> ExitCode {
        var text = address
        if address == "-" {
            var reader = try LineReader("-")
            text = try reader.next().map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let connected = try await flow.complete(CallbackAddress.items(of: text), at: call.now)
        let items = connected.map { entry -> JSONValue in
            [
                "account": .int(entry.account), "platform": .string(entry.platform.rawValue),
                "external_id": .string(entry.externalID), "added": .bool(entry.isNew),
                "missing_scopes": .array(entry.missing.map(\.document)),
            ]
        }
        var table = TextTable(">account", "platform", "external id", "", "missing")
        for entry in connected {
            table.add(
                String(entry.account),
                entry.platform.rawValue,
                entry.externalID,
                entry.isNew ? "added" : "reconnected",
                entry.missing.map(\.words).joined(separator: "; ")
            )
        }
        call.output.list(items, table: table, empty: "nothing was connected")
        return .ok
    }

    private static let clientID = Option(
        "client-id",
        ValueKind<String>.text(longest: 500),
        help: "The application's public id at the platform."
    )
    private static let secretFile = Option(
        "secret-file",
        ValueKind<String>.path,
        help: "File that holds the application's secret, readable by its owner only; - reads standard input."
    ).optional

    static let app = Configuration.Command(
        "credentials app",
        help: "Set the application that a platform knows the fleet by. Its secret is sealed with the key ring.",
        example: "flotilla credentials app --platform x --client-id abc --secret-file secret.txt",
        options: [SharedOptions.platform, login, clientID, secretFile]
    ) { call in
        let secret = try call[secretFile].map { path throws(CommandFailure) in
            SecretText(String(decoding: try AccountsCommands.token(path), as: UTF8.self))
        }
        try await call.withCredentials { store in
            try await store.setApp(
                AppCredential(id: call[clientID], secret: secret),
                platform: call[SharedOptions.platform],
                login: call[login]
            )
        }
        call.output.show(["platform": .string(call[SharedOptions.platform].rawValue), "stored": true]) {
            call.output.print("\(call[SharedOptions.platform].rawValue) is called as application \(call[clientID])")
        }
        return .ok
    }
}

/// The query of an address that a browser shows.
enum CallbackAddress {
    static func items(of text: String) -> [(name: String, value: String)] {
        let query = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "?" }.last ?? ""
        let plain = query.prefix { $0 != "#" }
        return plain.split { $0 == "&" }.map { item in
            let parts = item.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "=" }
            return (name: decoded(parts[0]), value: parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
