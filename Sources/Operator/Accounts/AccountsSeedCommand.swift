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
    private static let firstExternalID = Option(
        "external-id",
        ValueKind<String>(
            shape: "an id from \(SimulatedAccount.firstInstagramID)",
            parse: { text in
                text.utf8.count == 14 && Int64(text).map { $0 >= SimulatedAccount.firstInstagramID } == true
                    ? text : nil
            }
        ),
        default: String(SimulatedAccount.firstInstagramID),
        help: "The lowest id at the simulated platform."
    )
    private static let withoutCredentials = Option(
        "without-credentials",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Leave the tokens out; such accounts cannot be collected."
    )

    static let seed = Configuration.Command(
        "accounts seed",
        help:
            "Make accounts that exist at the simulator only, for demos and measurements. Again, it adds further ones.",
        example: "flotilla accounts seed --count 2000 --platform instagram",
        options: [count, SharedOptions.platform, firstExternalID, SharedOptions.workspace, withoutCredentials]
    ) { call in
        guard call[SharedOptions.platform] == .instagram else {
            throw CommandFailure(.usage, "--platform: only instagram has simulated accounts")
        }
        let total = Int64(call[count])
        let seeder = AccountSeeder(
            platform: call[SharedOptions.platform],
            workspace: call[SharedOptions.workspace],
            first: Int64(call[firstExternalID]) ?? SimulatedAccount.firstInstagramID,
            keyring: call[withoutCredentials] ? nil : try call.keyring()
        )
        var progress = ProgressReporter(call.output, unit: "accounts", total: total)
        let summary = try await call.withPool { pool in
            try await pool.withConnection { connection in
                try await seeder.seed(total, on: connection) { progress.report($0) }
            }
        }
        progress.end()
        call.output.show([
            "accounts": .int(summary.count), "first_account": .int(summary.firstAccount),
            "last_account": .int(summary.lastAccount), "first_external_id": .string(String(summary.firstExternalID)),
        ]) {
            call.output.print(
                "made \(Words.number(summary.count)) accounts, \(summary.firstAccount) to \(summary.lastAccount), "
                    + "external ids from \(summary.firstExternalID)"
            )
        }
        return .ok
    }
}
