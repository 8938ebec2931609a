import Configuration
import FleetCore
import JSON
import Platforms
import Postgres

extension AccountsCommands {
    private static let count = Option(
        "count",
        .integer(1...5_000_000, unit: "accounts"),
        help: "How many to make."
    )
    private static let platforms = Option(
        "platform",
        ValueKind<String>.choice(PlatformName.allCases.map(\.rawValue) + ["all"], shape: "a platform, or all"),
        help: "Which platform, or all of them: then so many on each."
    )
    private static let firstExternalID = Option(
        "external-id",
        ValueKind<String>.text(longest: 64),
        help: "The lowest id at the simulated platform, in the platform's form."
    ).optional
    private static let withoutCredentials = Option(
        "without-credentials",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Leave the tokens out; such accounts cannot be collected."
    )

    private static let plan = Option(
        "plan",
        ValueKind<Bool>.toggle,
        default: false,
        help:
            "Give each a plan that begins now, as connected accounts have; without one nothing is collected by itself."
    )

    static let seed = Configuration.Command(
        "accounts seed",
        help:
            "Make accounts that exist at the simulator only, for demos and measurements. Their workspace becomes a sandbox. "
            + "Again, it adds further ones.",
        example: "flotilla accounts seed --count 2000 --platform instagram",
        options: [count, platforms, firstExternalID, SharedOptions.workspace, withoutCredentials, plan],
        exitCodes: [.refused]
    ) { call in
        let chosen = PlatformName(rawValue: call[platforms])
        let total = Int64(call[count])
        let first = try chosen.map { try number(call[firstExternalID], $0) } ?? 0
        if chosen == nil && call[firstExternalID] != nil {
            throw CommandFailure(.usage, "--external-id: ids belong to one platform; name it")
        }
        let keyring = call[withoutCredentials] ? nil : try call.keyring()
        let workspace = call[SharedOptions.workspace]
        var made: [(platform: PlatformName, summary: AccountSeeder.Summary)] = []
        for platform in chosen.map({ [$0] }) ?? PlatformName.allCases {
            var seeder = AccountSeeder(
                platform: platform,
                workspace: workspace,
                first: first,
                keyring: keyring,
                connectedAt: call.now
            )
            seeder.plannedAt = call[plan] ? call.now : nil
            var progress = ProgressReporter(call.output, unit: "accounts", total: total)
            let summary = try await call.withPool { pool in
                try await pool.withConnection { [seeder] connection in
                    try await seeder.seed(total, on: connection) { progress.report($0) }
                }
            }
            progress.end()
            made.append((platform, summary))
        }
        show(made, call.output)
        return .ok
    }

    /// The number of the account with an id at the simulated platform.
    private static func number(_ id: String?, _ platform: PlatformName) throws -> Int {
        guard let id else { return 0 }
        guard let account = SimulatedAccount(platform, externalID: id) else {
            let example = SimulatedAccount(platform, number: 0).externalID
            throw CommandFailure(
                .usage,
                "--external-id: simulated accounts of \(platform.rawValue) begin at \(example)"
            )
        }
        return account.number
    }

    private static func show(
        _ made: [(platform: PlatformName, summary: AccountSeeder.Summary)],
        _ output: CommandOutput
    ) {
        func members(_ summary: AccountSeeder.Summary) -> [JSONValue.Member] {
            [
                JSONValue.Member("accounts", .int(summary.count)),
                JSONValue.Member("first_account", .int(summary.firstAccount)),
                JSONValue.Member("last_account", .int(summary.lastAccount)),
                JSONValue.Member("first_external_id", .string(summary.firstExternalID)),
            ]
        }
        let items = made.map { item in
            JSONValue.object([JSONValue.Member("platform", .string(item.platform.rawValue))] + members(item.summary))
        }
        output.show(made.count == 1 ? items[0] : ["platforms": .array(items)]) {
            for (platform, summary) in made {
                output.print(
                    "made \(Words.number(summary.count)) accounts on \(platform.rawValue), \(summary.firstAccount) to "
                        + "\(summary.lastAccount), external ids from \(summary.firstExternalID)"
                )
            }
        }
    }
}
