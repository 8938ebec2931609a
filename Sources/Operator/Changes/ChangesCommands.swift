import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla changes tail | replay`.
enum ChangesCommands {
    static let group = CommandGroup("changes", help: "The feed of buckets that changed.")
    static let all: [Configuration.Command] = [tail, replay]

    private static let optionalSince = Option(
        "since",
        SinceKind.kind,
        help: "Begin there, as far as the broker keeps it; with what comes from now on when not given."
    ).optional
    private static let route = Option(
        "route",
        ValueKind<String>.text(longest: 255),
        default: "#",
        help: "Only events whose routing key (workspace.platform.grain.scope) fits: * is one word, # any number."
    )
    private static let count = Option("count", .integer(1...1_000_000_000), help: "End after so many events.").optional
    private static let period = Option(
        "for",
        .duration(.milliseconds(100) ... .seconds(7 * 86_400)),
        help: "End after so long."
    ).optional

    static let tail = Configuration.Command(
        "changes tail",
        help: "Show changes as they are told, from the broker's stream; --json and --ndjson print whole CloudEvents.",
        example: "flotilla changes tail --route 3.instagram.day.* --since 10m",
        options: [optionalSince, route, count, period]
    ) { call in
        let tail = ChangeTail(
            topology: try TopologyCommands.topology(call),
            pattern: TopicPattern(call[route]),
            since: call[optionalSince]?.instant(now: call.now),
            most: call[count],
            limit: call[period]
        )
        try await tail.run(call)
        return Task.isCancelled ? .interrupted : .ok
    }

    private static let since = Option("since", SinceKind.kind, help: "Buckets that were written since then.")
    private static let account = Option("account", .number, help: "One account only.").optional
    private static let workspace = Option(
        "workspace",
        ValueKind<String>.text(longest: 100),
        help: "One workspace only."
    )
    .optional
    private static let grain = Option(
        "grain",
        ValueKind<String>.choice(Grain.allCases.map(\.name)),
        help: "One grain only."
    ).optional
    private static let dryRun = Option(
        "dry-run",
        .toggle,
        default: false,
        help: "Say how many events there would be, and publish nothing."
    )

    static let replay = Configuration.Command(
        "changes replay",
        help: "Tell of changes again, from the stored roll-ups: every bucket as it is now, under the id that its "
            + "generation has. Readers that saw it drop it.",
        example: "flotilla changes replay --since 2h --workspace demo",
        options: [since, workspace, SharedOptions.anyPlatform, account, grain, dryRun],
        exitCodes: [.notFound, .partial]
    ) { call in
        try await call.withPool { pool in
            var workspace: Int64?
            if let name = call[Self.workspace] { workspace = try await Whose.workspace(name, pool) }
            let selection = ChangeStore.Selection(
                since: call[since].instant(now: call.now),
                workspace: workspace,
                platform: call[SharedOptions.anyPlatform]?.rawValue,
                account: call[account],
                grain: call[grain].flatMap { Grain(name: $0) }
            )
            let store = ChangeStore(pool: pool)
            if call[dryRun] {
                let count = try await store.count(selection)
                call.output.show(["events": .int(count)]) { call.output.print(Words.count(count, "event")) }
                return .ok
            }
            return try await publish(selection, store, call)
        }
    }

    private static func publish(
        _ selection: ChangeStore.Selection,
        _ store: ChangeStore,
        _ call: CommandCall
    ) async throws -> ExitCode {
        let messages = ChangeMessages(topology: try TopologyCommands.topology(call))
        let publisher = Publisher(endpoint: try call.endpoint(), role: "operator", logger: call.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            defer { group.cancelAll() }
            var fault: PublishOutcome?
            let count = try await store.replay(selection) { events in
                fault = await publisher.publish(events.map(messages.message)).first { $0 != .accepted }
                return fault == nil
            }
            call.output.show(["events": .int(count), "complete": .bool(fault == nil)]) {
                call.output.print("told of \(Words.count(count, "change")) again")
            }
            guard let fault else { return .ok }
            call.output.error("the broker did not take the next ones: \(fault); the same command again is safe")
            return .partial
        }
    }
}

/// A moment as people name it: a time, or how long ago.
enum SinceKind: Sendable {
    case moment(Instant)
    case ago(Duration)

    static let kind = ValueKind<SinceKind>(
        shape: "a time such as 2026-11-19T08:00:00Z, or how long ago, such as 2h",
        parse: { text in
            if let moment = Instant(text) { return .moment(moment) }
            return (try? ValueKind<Duration>.duration(.seconds(1) ... .seconds(3660 * 86_400)).parse(text)).map {
                .ago($0)
            }
        }
    )

    func instant(now: Instant) -> Instant {
        switch self {
        case .moment(let moment): moment
        case .ago(let duration): now - duration
        }
    }
}
