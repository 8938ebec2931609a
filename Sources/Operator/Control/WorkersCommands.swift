import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// `flotilla workers list | drain`.
enum WorkersCommands {
    static let group = CommandGroup("workers", help: "The workers as they report themselves; end one in good order.")
    static let all: [Configuration.Command] = [list, drain]

    private static let gone = Option(
        "all",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Those too that ended, or were not heard of for a minute."
    )

    private struct Line {
        var id: FleetCore.UUID
        var host: String
        var pid: Int32
        var version: String
        var started: Instant
        var seen: Instant
        var state: String
        var inHand: Int32
        var handedBack: Int32
        var ended: Int64
        var drainReason: String?
    }

    static let list = Configuration.Command(
        "workers list",
        help: "List the workers: where they run, since when, how many jobs they have in hand and have done.",
        example: "flotilla workers list",
        options: [gone]
    ) { call in
        let lines = try await call.withPool { try await read($0, all: call[gone]) }
        var table = TextTable(
            "worker",
            "host",
            ">pid",
            "version",
            "started",
            "state",
            ">in hand",
            ">done",
            ">handed back"
        )
        for line in lines {
            table.add(
                line.id.description,
                line.host,
                String(line.pid),
                line.version,
                Words.relative(line.started, now: call.now),
                state(line, call.now),
                Words.number(line.inHand),
                Words.number(line.ended),
                Words.number(line.handedBack)
            )
        }
        call.output.list(lines.map { document($0, call.now) }, table: table, empty: "no worker reports itself")
        return .ok
    }

    /// What it says, or that it says nothing any more.
    private static func state(_ line: Line, _ now: Instant) -> String {
        if line.state != "ended", now - line.seen > .seconds(30) {
            return "silent since \(Words.relative(line.seen, now: now))"
        }
        if line.state == "working", line.drainReason != nil { return "asked to end" }
        return line.state
    }

    private static func read(_ pool: Pool, all: Bool) async throws -> [Line] {
        try await pool.query(
            """
            select id, host, pid, version, started_at, seen_at, state, in_hand, handed_back,
                (select coalesce(sum(e), 0)::bigint from unnest(ended) e),
                case when drain_asked_at is not null then coalesce(drain_reason, '') end
            from flotilla.workers where $1 or state <> 'ended' and seen_at > now() - interval '1 minute' order by host, id
            """,
            [.bool(all)]
        ).map { row in
            Line(
                id: FleetCore.UUID(try row.uuid(0)),
                host: try row.text(1),
                pid: try row.int4(2),
                version: try row.text(3),
                started: Instant(microseconds: try row.timestamp(4)),
                seen: Instant(microseconds: try row.timestamp(5)),
                state: try row.text(6),
                inHand: try row.int4(7),
                handedBack: try row.int4(8),
                ended: try row.int8(9),
                drainReason: try row.optionalText(10)
            )
        }
    }

    private static func document(_ line: Line, _ now: Instant) -> JSONValue {
        [
            "worker": .string(line.id.description), "host": .string(line.host), "pid": .int(line.pid),
            "version": .string(line.version), "started_at": .time(line.started), "seen_at": .time(line.seen),
            "state": .string(line.state), "silent": .bool(line.state != "ended" && now - line.seen > .seconds(30)),
            "in_hand": .int(line.inHand), "done": .int(line.ended), "handed_back": .int(line.handedBack),
            "drain_reason": .text(line.drainReason),
        ]
    }

    private static let workers = Argument("worker", .id, help: "The workers' ids, as `workers list` shows them.")
        .repeated

    static let drain = Configuration.Command(
        "workers drain",
        help:
            "End workers in good order, as SIGTERM does: each takes no more jobs, finishes what it can, gives the rest back "
            + "and exits. What keeps it running starts it again, unless it is told not to.",
        example: "flotilla workers drain 019aa5c6-3b7e-7c1a-9d2e-4f60718293a4 --reason \"host is retired\"",
        arguments: [workers],
        options: [ControlOptions.reason],
        exitCodes: [.notFound, .partial]
    ) { call in
        let asked = try await call.withPool { pool in
            try await ControlDesk(pool: pool).drain(call[workers], reason: call[ControlOptions.reason])
        }
        let others = call[workers].filter { !asked.contains($0) }
        call.output.show([
            "asked": .array(asked.map { .string($0.description) }),
            "not_working": .array(others.map { .string($0.description) }),
        ]) {
            for id in asked { call.output.print("asked to end: \(id)") }
        }
        for id in others { call.output.error("no worker \(id) is working; see `flotilla workers list --all`") }
        return others.isEmpty ? .ok : asked.isEmpty ? .notFound : .partial
    }
}
