import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla dead`: the desk on one screen.
extension DeadCommands {
    static let view = Configuration.Command(
        "dead",
        help:
            "The dead-letter desk on one screen: what dies, of what and since when, what is being done, the newest letters.",
        example: "flotilla dead",
        options: [LetterOptions.platform, LiveView.every, LiveView.once]
    ) { call in
        var address = try call.database()
        address.silenceLimit = .seconds(120)
        let pool = Pool(address: address, size: 1, name: "flotilla", logger: call.logger)
        let result: Result<ExitCode, any Error>
        do {
            let platform = call[LetterOptions.platform]
            result = .success(
                try await LiveView.run(call) { output in
                    let screen = try await DeskScreen.read(pool, platform, now: call.now)
                    output.show(screen.document) { screen.draw(output) }
                }
            )
        } catch { result = .failure(DatabaseFailure.explained(error)) }
        await pool.close()
        return try result.get()
    }
}

/// What the desk shows at one moment.
struct DeskScreen {
    var now: Instant
    var states: [(state: String, letters: Int64)]
    var groups: [LetterGroup]
    var selections: [(selection: StoredSelection, progress: SelectionProgress)]
    var newest: [StoredLetter]

    static func read(_ pool: Pool, _ platform: String?, now: Instant) async throws -> DeskScreen {
        var filter = LetterFilter()
        filter.platform = platform
        let desk = LetterDesk(pool: pool)
        let store = SelectionStore(pool: pool)
        var selections: [(StoredSelection, SelectionProgress)] = []
        for selection in try await store.recent(5) {
            selections.append((selection, try await store.progress(selection.id)))
        }
        let rows = try await pool.query(
            """
            select state, sum(letters)::bigint from flotilla.dead_tallies where $1::text is null or platform = $1
            group by 1 having sum(letters) > 0 order by 2 desc
            """,
            [platform.map { .text($0) } ?? .null]
        )
        return DeskScreen(
            now: now,
            states: try rows.map { (try $0.text(0), try $0.int8(1)) },
            groups: try await desk.groups(filter, limit: 12),
            selections: selections,
            newest: try await desk.page(filter, limit: 8)
        )
    }

    func draw(_ output: CommandOutput) {
        let counts = states.map { "\($0.state) \(Words.number($0.letters))" }.joined(separator: "   ")
        output.print(output.style(.strong, "dead letters  ") + (counts.isEmpty ? "none" : counts))
        output.print("")
        if !groups.isEmpty { LetterGroup.table(groups, now).print(on: output) }
        drawSelections(output)
        if newest.isEmpty { return }
        output.print("")
        var table = TextTable(">letter", "died", "platform", ">account", "cause", "detail")
        for letter in newest {
            table.add(
                String(letter.id),
                Words.relative(letter.diedAt, now: now),
                letter.platform,
                letter.account.map { String($0) } ?? "",
                letter.cause,
                Words.short(Redaction.scrub(letter.detail))
            )
        }
        table.print(on: output)
    }

    private func drawSelections(_ output: CommandOutput) {
        if selections.isEmpty { return }
        output.print("")
        var table = TextTable(
            ">selection",
            "action",
            "state",
            ">waiting",
            ">sent or closed",
            ">well",
            ">died again",
            ">on the way",
            "who",
            "reason"
        )
        for (selection, progress) in selections {
            table.add(
                String(selection.id),
                selection.action.rawValue,
                selection.state.rawValue,
                Words.number(progress.waiting),
                Words.number(progress.sent + progress.closed),
                Words.number(progress.resolved),
                Words.number(progress.diedAgain),
                Words.number(progress.onTheWay),
                selection.person,
                Words.short(selection.note ?? selection.reason)
            )
        }
        table.print(on: output)
    }

    var document: JSONValue {
        [
            "states": .object(states.map { .init($0.state, .int($0.letters)) }),
            "groups": .array(groups.map(\.document)),
            "selections": .array(selections.map { .object($0.selection.members + $0.progress.members) }),
            "newest": .array(newest.map(\.document)),
        ]
    }
}
