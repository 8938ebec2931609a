import Adapters
import Configuration
import FleetCore
import Postgres

/// How a command says which part of the work it is about.
enum ControlOptions {
    static let platform = SharedOptions.anyPlatform
    static let lane = Option("lane", ValueKind<Lane>.choice, help: "One lane only.").optional
    static let workspace = Option("workspace", .text(longest: 100), help: "One workspace only, by its name.").optional
    static let account = Option("account", .number, help: "One account only.").optional
    static let collect = Option("collect", ValueKind<CollectionKind>.choice, help: "One type of job only.").optional
    static let everything = Option(
        "everything",
        ValueKind<Bool>.toggle,
        default: false,
        help: "All work; needed when nothing else is named."
    )
    static let reason = Option("reason", .text(longest: 500), help: "Why; everybody who looks is shown it.")
    static let lasting = Option(
        "for",
        .duration(.seconds(1) ... .seconds(366 * 86_400)),
        help: "After how long it ends by itself; it holds until it is lifted otherwise."
    ).optional
    static let scope: [any DeclaredOption] = [platform, lane, workspace, account, collect, everything]

    /// The part of the work that a call names. Whatever it names, there must be.
    static func scope(of call: CommandCall, _ pool: Pool) async throws -> ControlScope {
        try await Whose.check(account: call[account], pool)
        var scope = ControlScope(
            platform: call[platform],
            lane: call[lane],
            account: call[account],
            collect: call[collect]
        )
        if let name = call[workspace] { scope.workspace = try await Whose.workspace(name, pool) }
        guard scope.isEverything == call[everything] else {
            throw CommandFailure(
                .usage,
                scope.isEverything
                    ? "name what it is about (--platform, --lane, --workspace, --account, --collect), or say --everything"
                    : "--everything and a part of it contradict each other"
            )
        }
        return scope
    }
}
