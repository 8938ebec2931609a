import AMQP
import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla queues list | purge`.
enum QueuesCommands {
    static let group = CommandGroup("queues", help: "What waits, how long it will take; pause, drain, resume, purge.")
    static let all: [Configuration.Command] = [list, purge] + QueueControlCommands.all

    private struct Line {
        var key: String
        var ready: Int64
        var consumers: Int64
        var oldest: Int64
        var work: Double
        var seen: Instant
    }

    static let list = Configuration.Command(
        "queues list",
        help:
            "List the work queues: jobs, consumers, the age of the oldest job, seconds of work left for one worker, and what "
            + "is paused. As the leading dispatcher saw them some seconds ago.",
        example: "flotilla queues list"
    ) { call in
        let (lines, entries) = try await call.withPool { pool in
            (try await read(pool), try await ControlDesk(pool: pool).list(all: false, limit: 1000))
        }
        var table = TextTable("queue", ">jobs", ">consumers", ">oldest", ">work left", "stands still")
        for line in lines {
            table.add(
                line.key,
                Words.number(line.ready),
                Words.number(line.consumers),
                Words.span(seconds: line.oldest),
                Words.span(seconds: Int64(line.work.rounded(.up))),
                pauses(line.key, entries).map(\.control.reason).joined(separator: "; ")
            )
        }
        let none = "no queue was looked at yet; does a dispatcher run?"
        call.output.list(lines.map { document($0, entries) }, table: table, empty: none)
        if let seen = lines.map(\.seen).min(), call.now - seen > .seconds(60) {
            call.output.note("this was seen \(Words.relative(seen, now: call.now)); does a dispatcher run?")
        }
        return .ok
    }

    private static func read(_ pool: Pool) async throws -> [Line] {
        try await pool.query(
            """
            select key, ready, consumers, oldest_seconds, work_seconds, seen_at from flotilla.queue_loads
            order by ready = 0, key
            """
        ).map { row in
            Line(
                key: try row.text(0),
                ready: try row.int8(1),
                consumers: try row.int8(2),
                oldest: try row.int8(3),
                work: try row.float8(4),
                seen: Instant(microseconds: try row.timestamp(5))
            )
        }
    }

    private static func pauses(_ key: String, _ entries: [ControlDesk.Entry]) -> [ControlDesk.Entry] {
        let words = key.split(separator: ".").map(String.init)
        guard words.count == 2, let platform = PlatformName(rawValue: words[0]), let lane = Lane(rawValue: words[1])
        else { return [] }
        return entries.filter { $0.control.verb == .pause && $0.control.scope.covers(platform: platform, lane: lane) }
    }

    private static func document(_ line: Line, _ entries: [ControlDesk.Entry]) -> JSONValue {
        [
            "queue": .string(line.key), "ready": .int(line.ready), "consumers": .int(line.consumers),
            "oldest_seconds": .int(line.oldest),
            "work_remaining_seconds": .number(JSONNumber(text: "\(line.work)") ?? .integer(0)),
            "seen_at": .time(line.seen), "paused_by": .array(pauses(line.key, entries).map { .int($0.control.id) }),
        ]
    }

    // MARK: Purge

    private static let platform = Argument("platform", ValueKind<PlatformName>.choice, help: "Which platform.")
    private static let lane = Argument("lane", ValueKind<Lane>.choice, help: "Which lane.")
    private static let count = Option(
        "count",
        .integer(1...100_000_000, unit: "jobs"),
        help: "How many jobs are to go: the number that the command says without it."
    ).optional

    static let purge = Configuration.Command(
        "queues purge",
        help:
            "Take all jobs out of one queue; each stands in the ledger as cancelled, and runs count it. Says how many there "
            + "are, and does it only when that number is typed in.",
        example: "flotilla queues purge x bulk --reason \"wrong range\" --count 1204",
        arguments: [platform, lane],
        options: [count, ControlOptions.reason],
        exitCodes: [.notFound, .refused, .partial]
    ) { call in
        let topology = try TopologyCommands.topology(call)
        let purge = QueuePurge(endpoint: try call.endpoint(), topology: topology, logger: call.logger)
        let queue = topology.workQueue(platform: call[platform], lane: call[lane])
        do {
            guard let ready = try await purge.ready(queue) else {
                throw CommandFailure(.notFound, "there is no queue \(queue); run `flotilla topology apply`")
            }
            return try await purgeAll(call, purge, queue, ready)
        } catch let error as AMQPError {
            throw CommandFailure(.failed, "the broker refuses: \(error)")
        } catch let fault as PurgeFault {
            throw CommandFailure(.failed, fault.description)
        }
    }

    private static func purgeAll(
        _ call: CommandCall,
        _ purge: QueuePurge,
        _ queue: String,
        _ ready: Int
    ) async throws -> ExitCode {
        guard ready > 0 else {
            call.output.show(["queue": .string(queue), "cancelled": .int(0)]) { call.output.print("\(queue) is empty") }
            return .ok
        }
        guard call[count] == ready else {
            let said = call[count].map { "\(Words.number($0)) were said and " } ?? ""
            throw CommandFailure(
                .refused,
                "\(said)\(Words.count(Int64(ready), "job")) would be cancelled in \(queue); add --count \(ready) to do it"
            )
        }
        let reason = "purged: \(call[ControlOptions.reason])"
        try await call.withPool { pool in
            _ = try await AuditLog(pool: pool).note(
                "queue.purge",
                target: "queue \(queue)",
                reason: call[ControlOptions.reason],
                details: ["jobs": .int(ready)]
            )
        }
        let tally = try await purge.purge(
            queue,
            most: ready,
            reason: reason,
            now: { Instant(microseconds: ProcessClock.wallNow) }
        )
        call.output.show([
            "queue": .string(queue), "cancelled": .int(tally.cancelled), "dead": .int(tally.broken),
        ]) {
            call.output.print("cancelled \(Words.count(Int64(tally.cancelled), "job")) of \(queue)")
            if tally.broken > 0 {
                call.output.print(
                    "\(Words.count(Int64(tally.broken), "message")) that are no jobs are among the dead letters"
                )
            }
        }
        if tally.cancelled + tally.broken < ready { call.output.note("workers took the others meanwhile") }
        return tally.cancelled + tally.broken < ready ? .partial : .ok
    }
}
