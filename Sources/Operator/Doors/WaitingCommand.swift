import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

extension JobsCommands {
    static let waiting = Configuration.Command(
        "jobs waiting",
        help:
            "Jobs whose messages are newer than what the workers read. They go back by themselves when a worker of their "
            + "platform reads their version.",
        example: "flotilla jobs waiting"
    ) { call in
        let groups = try await call.withPool { pool in try await WaitingStore(pool: pool).groups() }
        var table = TextTable(">version", "platform", ">jobs", "oldest", ">came back", "workers read", "first job")
        for group in groups {
            table.add(
                String(group.version),
                group.platform,
                Words.number(group.jobs),
                Words.relative(group.oldest, now: call.now),
                String(group.returns),
                group.readable.map { "up to \($0)" } ?? "none is there",
                group.example.description
            )
        }
        call.output.list(groups.map(document), table: table, empty: "no job waits for a newer worker")
        return .ok
    }

    private static func document(_ group: WaitingStore.Group) -> JSONValue {
        [
            "version": .int(group.version), "platform": .string(group.platform), "jobs": .int(group.jobs),
            "oldest": .time(group.oldest), "returns": .int(group.returns),
            "readable": group.readable.map { .int($0) } ?? .null, "example": .string(group.example.description),
        ]
    }
}
