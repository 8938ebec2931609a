import Configuration
import FleetCore
import JSON

/// `flotilla status`.
enum StatusCommand {
    static let command = Command(
        "status",
        help:
            "The fleet on one screen: accounts, jobs, runs, outbox, leader, dead letters, and the broker's queues where a "
            + "broker is configured.",
        example: "flotilla status"
    ) { call in
        let status = try await call.withPool { pool in try await FleetStatus.read(from: pool) }
        let (depth, trouble) = await brokerDepth(call)
        call.output.show(document(status, depth)) {
            print(status, call.output)
            if let depth { print(depth, call.output) }
        }
        if let trouble { call.output.note(trouble) }
        return .ok
    }

    /// A broker that does not answer is no reason to say nothing about the rest.
    private static func brokerDepth(_ call: CommandCall) async -> (BrokerDepth?, trouble: String?) {
        do {
            if let depth = try await BrokerDepth.read(call) { return (depth, nil) }
            return (nil, "no broker is configured, so its queues are not shown")
        } catch {
            return (nil, "queues are not shown: \(error)")
        }
    }

    private static func print(_ status: FleetStatus, _ output: CommandOutput) {
        let now = status.now
        output.facts([
            ("accounts", counts(status.accounts)), ("jobs", counts(status.jobs)),
            ("runs open", runs(status)),
            (
                "outbox",
                status.outbox == 0
                    ? "empty"
                    : "\(Words.number(status.outbox)), oldest \(Words.relative(status.oldestOutbox, now: now))"
            ),
            ("leader", leader(status)), ("dead letters", counts(status.dead)),
        ])
    }

    private static func counts(_ counts: [(String, Int64)]) -> String {
        counts.isEmpty ? "none" : counts.map { "\($0.0) \(Words.number($0.1))" }.joined(separator: "   ")
    }

    private static func runs(_ status: FleetStatus) -> String {
        guard let run = status.oldestRun else { return "none" }
        return
            "\(Words.number(status.openRuns)), oldest \(run.id) from \(Words.relative(run.started, now: status.now)), "
            + "\(Words.number(run.ended)) of \(Words.number(run.expected)) jobs ended"
    }

    private static func leader(_ status: FleetStatus) -> String {
        if status.leases.isEmpty { return "none; no dispatcher has run yet" }
        return status.leases.map { lease in
            lease.isHeld
                ? "\(lease.name) held by \(lease.holder), epoch \(lease.epoch)"
                : "\(lease.name) held by nobody (last by \(lease.holder))"
        }.joined(separator: "   ")
    }

    private static func print(_ depth: BrokerDepth, _ output: CommandOutput) {
        var table = TextTable("queue", ">messages", ">consumers")
        for queue in depth.queues where queue.messages > 0 || queue.consumers > 0 {
            table.add(queue.name, Words.number(queue.messages), Words.number(queue.consumers))
        }
        output.print("")
        if table.isEmpty {
            output.print(
                depth.queues.isEmpty
                    ? "the broker has no queues of the fleet; run `flotilla topology apply`" : "all queues idle"
            )
        } else {
            table.print(on: output)
        }
    }

    private static func document(_ status: FleetStatus, _ depth: BrokerDepth?) -> JSONValue {
        func object(_ counts: [(String, Int64)]) -> JSONValue { .object(counts.map { .init($0.0, .int($0.1)) }) }
        let oldest: JSONValue =
            status.oldestRun.map { run in
                [
                    "run": .string(run.id.description), "started_at": .time(run.started), "ended": .int(run.ended),
                    "expected": .int(run.expected),
                ]
            } ?? .null
        return [
            "accounts": object(status.accounts), "jobs": object(status.jobs), "open_runs": .int(status.openRuns),
            "oldest_open_run": oldest, "outbox": .int(status.outbox), "oldest_outbox_at": .time(status.oldestOutbox),
            "leases": .array(
                status.leases.map {
                    [
                        "name": .string($0.name), "holder": .string($0.holder), "epoch": .int($0.epoch),
                        "held": .bool($0.isHeld),
                    ]
                }
            ),
            "dead_letters": object(status.dead),
            "queues": depth.map { depth in
                .array(
                    depth.queues.map {
                        ["name": .string($0.name), "messages": .int($0.messages), "consumers": .int($0.consumers)]
                    }
                )
            } ?? .null,
        ]
    }
}
