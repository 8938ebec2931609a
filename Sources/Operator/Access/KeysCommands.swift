import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla keys create | list | revoke`.
enum KeysCommands {
    static let group = CommandGroup("keys", help: "With what programs read a workspace through the gateway.")
    static let all: [Configuration.Command] = [create, list, revoke]

    private static let workspace = Option("workspace", .text(longest: 100), help: "The workspace's name.")
    private static let anyWorkspace = Option("workspace", .text(longest: 100), help: "Keys of one workspace only.")
        .optional
    private static let name = Option("name", .text(longest: 100), help: "What the key is for, such as `dashboard`.")
    private static let role = Option(
        "role",
        ValueKind<AccessRole>.choice,
        default: .viewer,
        help: "A viewer reads; an operator also orders collections."
    )
    private static let days = Option(
        "days",
        .integer(1...3660, unit: "days"),
        help: "How long the key is good for; without this, until it is revoked."
    ).optional

    static let create = Configuration.Command(
        "keys create",
        help: "Make a key. It is printed once and cannot be shown again: the database keeps its digest.",
        example: "flotilla keys create --workspace demo --name dashboard --days 90 --reason 'the new dashboard'",
        options: [workspace, name, role, days, AuditLogCommands.reason],
        exitCodes: [.notFound]
    ) { call in
        let expiry = call[days].map { call.now + .seconds($0 * 86_400) }
        let made = try await call.withPool { pool in
            try await KeyStore(pool: pool).create(
                workspace: try await Whose.workspace(call[workspace], pool),
                name: call[name],
                role: call[role],
                expiresAt: expiry,
                reason: call[AuditLogCommands.reason]
            )
        }
        let document: JSONValue = [
            "id": .int(made.id), "key": .string(made.key.text), "expires_at": .time(expiry),
        ]
        call.output.show(document) {
            call.output.print(made.key.text)
            call.output.note("this is key \(made.id); keep it now, it is not shown again")
        }
        return .ok
    }

    static let list = Configuration.Command(
        "keys list",
        help: "Keys without their secrets, newest first.",
        example: "flotilla keys list --workspace demo",
        options: [anyWorkspace, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let entries = try await call.withPool { pool in
            var id: Int64?
            if let name = call[anyWorkspace] { id = try await Whose.workspace(name, pool) }
            return try await KeyStore(pool: pool).entries(workspace: id, limit: call[SharedOptions.limit])
        }
        var table = TextTable(">key", "workspace", "name", "role", "state", "last used")
        let items = entries.map { entry -> JSONValue in
            let state = state(entry, now: call.now)
            table.add(
                "\(entry.id)",
                entry.workspace,
                entry.name,
                entry.role.rawValue,
                state,
                Words.relative(entry.lastUsedAt, now: call.now)
            )
            return [
                "id": .int(entry.id), "workspace": .string(entry.workspace), "name": .string(entry.name),
                "role": .string(entry.role.rawValue), "state": .string(state), "created_at": .time(entry.createdAt),
                "expires_at": .time(entry.expiresAt), "revoked_at": .time(entry.revokedAt),
                "last_used_at": .time(entry.lastUsedAt),
            ]
        }
        call.output.list(items, table: table, empty: "there are no keys; see `flotilla keys create --help`")
        return .ok
    }

    private static func state(_ entry: KeyStore.Entry, now: Instant) -> String {
        if entry.revokedAt != nil { return "revoked" }
        return entry.expiresAt.map { $0 <= now } == true ? "expired" : "active"
    }

    private static let number = Argument("key", .number, help: "The key's number, as `keys list` shows it.")

    static let revoke = Configuration.Command(
        "keys revoke",
        help: "Revoke a key for good. Gateways refuse it after five seconds at the latest.",
        example: "flotilla keys revoke 3 --reason 'it stood in a log'",
        arguments: [number],
        options: [AuditLogCommands.reason],
        exitCodes: [.notFound]
    ) { call in
        let (key, reason) = (call[number], call[AuditLogCommands.reason])
        let isRevoked = try await call.withPool { try await KeyStore(pool: $0).revoke(key, reason: reason) }
        guard isRevoked else {
            throw CommandFailure(.notFound, "there is no key \(key) that could be revoked; see `flotilla keys list`")
        }
        call.output.note("key \(key) is revoked")
        return .ok
    }
}
