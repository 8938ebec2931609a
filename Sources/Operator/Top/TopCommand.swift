import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla top`: the fleet on one screen, drawn again and again.
enum TopCommand {
    static let command = Configuration.Command(
        "top",
        help:
            "The fleet as it works: jobs a minute, what waits and for how long it is work, what died, replays under way; a line "
            + "for each platform.",
        example: "flotilla top",
        options: [LiveView.every, LiveView.once]
    ) { call in
        try await LiveView.run(call) { output in
            let screen = try await FleetScreen.read(call)
            output.show(screen.document) { screen.draw(output) }
        }
    }
}

/// What the fleet does at one moment.
struct FleetScreen {
    /// One platform's line.
    struct Line {
        var platform: PlatformName
        /// Jobs that ended in the last minute, well and not.
        var done: Int64
        var failed: Int64
        /// Messages in its queues; nil where no broker is configured.
        var waiting: Int64?
        var dead: Int64

        /// Seconds until what waits is done at this pace.
        var secondsLeft: Int64? {
            guard let waiting, done > 0 else { return waiting == 0 ? 0 : nil }
            return waiting * 60 / done
        }
    }

    var now: Instant
    var lines: [Line]
    var outbox: Int64
    var openRuns: Int64
    var leader: String
    /// Messages on the retry ladder, among the results and among the dead letters of the broker.
    var onLadder: Int64?
    var results: Int64?
    var selections: [(selection: StoredSelection, progress: SelectionProgress)]

    /// The newest jobs that are looked at for what ended lately.
    private static let lately: Statement = """
        select platform, count(*) filter (where state in ('done', 'partial')), count(*) filter (where state = 'dead')
        from (select platform, state, finished_at from flotilla.jobs order by id desc limit 50000) j
        where finished_at > now() - interval '1 minute' group by 1
        """

    static func read(_ call: CommandCall) async throws -> FleetScreen {
        let depth = try? await BrokerDepth.read(call)
        let topology = try TopologyCommands.topology(call)
        return try await call.withPool { pool in
            let rows = try await pool.withConnection { connection in
                try await connection.pipeline([
                    Postgres.Command(lately),
                    Postgres.Command(
                        """
                        select platform, sum(letters)::bigint from flotilla.dead_tallies where state = 'open' group by 1
                        """
                    ),
                    Postgres.Command(
                        """
                        select (select count(*) from flotilla.outbox),
                            (select count(*) from flotilla.runs where state in ('planning', 'published')),
                            coalesce((select name || ' ' || holder from flotilla.leases where expires_at > now()
                                order by name limit 1), 'none')
                        """
                    ),
                ])
            }
            let ended = try Dictionary(rows[0].map { (try $0.text(0), (try $0.int8(1), try $0.int8(2))) }) { a, _ in a }
            let dead = try Dictionary(rows[1].map { (try $0.text(0), try $0.int8(1)) }) { a, _ in a }
            let totals = try rows[2].only()
            func messages(in queues: [String]) -> Int64? {
                depth.map { depth in
                    depth.queues.reduce(0) { queues.contains($1.name) ? $0 + $1.messages : $0 }
                }
            }
            let store = SelectionStore(pool: pool)
            var selections: [(StoredSelection, SelectionProgress)] = []
            for selection in try await store.recent(20) where selection.state.isMoving || selection.state == .paused {
                selections.append((selection, try await store.progress(selection.id)))
            }
            return FleetScreen(
                now: call.now,
                lines: PlatformName.allCases.map { name in
                    let counts = ended[name.rawValue] ?? (0, 0)
                    return Line(
                        platform: name,
                        done: counts.0,
                        failed: counts.1,
                        waiting: messages(in: topology.workQueues(platform: name.rawValue).map(\.queue)),
                        dead: dead[name.rawValue] ?? 0
                    )
                },
                outbox: try totals.int8(0),
                openRuns: try totals.int8(1),
                leader: try totals.text(2),
                onLadder: messages(in: topology.retryLevels.map(\.queue)),
                results: messages(in: topology.resultQueues),
                selections: selections
            )
        }
    }

    func draw(_ output: CommandOutput) {
        func number(_ value: Int64?) -> String { value.map { Words.number($0) } ?? "not known" }
        output.print(output.style(.strong, "flotilla  ") + now.text(.seconds))
        output.facts([
            ("leader", leader), ("runs open", Words.number(openRuns)), ("outbox", Words.number(outbox)),
            ("waiting to be tried again", number(onLadder)), ("results to be stored", number(results)),
        ])
        output.print("")
        var table = TextTable("platform", ">done a minute", ">died", ">waiting", ">work left", ">dead letters")
        for line in lines where line.done + line.failed + (line.waiting ?? 0) + line.dead > 0 {
            table.add(
                line.platform.rawValue,
                Words.number(line.done),
                Words.number(line.failed),
                number(line.waiting),
                line.secondsLeft.map { Words.span(seconds: $0) } ?? "",
                Words.number(line.dead)
            )
        }
        if table.isEmpty {
            output.print("nothing waits, nothing ended in the last minute")
        } else {
            table.print(on: output)
        }
        for (selection, progress) in selections {
            output.print(
                "\n\(selection.action.rawValue) \(selection.id) is \(selection.state.rawValue): "
                    + "\(Words.number(progress.sent + progress.closed)) of \(Words.number(progress.letters)), "
                    + "\(Words.number(progress.resolved)) ended well, \(Words.number(progress.diedAgain)) died again"
            )
        }
    }

    var document: JSONValue {
        func number(_ value: Int64?) -> JSONValue { value.map { .int($0) } ?? .null }
        return [
            "at": .time(now), "leader": .string(leader), "open_runs": .int(openRuns), "outbox": .int(outbox),
            "on_ladder": number(onLadder), "results": number(results),
            "platforms": .array(
                lines.map { line in
                    [
                        "platform": .string(line.platform.rawValue), "done_last_minute": .int(line.done),
                        "died_last_minute": .int(line.failed), "waiting": number(line.waiting),
                        "seconds_left": number(line.secondsLeft), "dead_letters": .int(line.dead),
                    ]
                }
            ),
            "selections": .array(selections.map { .object($0.selection.members + $0.progress.members) }),
        ]
    }
}
