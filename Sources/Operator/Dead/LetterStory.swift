import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// All that is known about one dead letter and what came before and after it.
struct LetterStory {
    /// One selection that the letter is, or was, in.
    struct Part {
        var selection: StoredSelection
        var state: String
        var refusal: String?
        var sentAt: Instant?
        var isEdited: Bool
    }

    var content: LetterContent
    var deaths: [StoredLetter]
    var parts: [Part]
    /// How the ledger knows the job.
    var jobState: String?

    static func read(_ id: Int64, from pool: Pool) async throws -> LetterStory? {
        let desk = LetterDesk(pool: pool)
        guard let content = try await desk.letter(id) else { return nil }
        let job = content.letter.job
        let deaths = if let job { try await desk.deaths(of: job) } else { [content.letter] }
        let store = SelectionStore(pool: pool)
        var parts: [Part] = []
        for row in try await pool.query(
            """
            select selection, state, coalesce(refusal, ''), sent_at, body is not null from flotilla.selection_items
            where letter_id = any ($1) order by selection limit 100
            """,
            [.int8Array(deaths.map(\.id))]
        ) {
            guard let selection = try await store.selection(try row.int8(0)) else { continue }
            let refusal = try row.text(2)
            parts.append(
                Part(
                    selection: selection,
                    state: try row.text(1),
                    refusal: refusal.isEmpty ? nil : refusal,
                    sentAt: try row.optionalTimestamp(3).map(Instant.init(microseconds:)),
                    isEdited: try row.bool(4)
                )
            )
        }
        var story = LetterStory(content: content, deaths: deaths, parts: parts)
        if let job {
            let rows = try await pool.query(
                "select state::text from flotilla.jobs where id = $1",
                [.uuid(job.parameter)]
            )
            story.jobState = try rows.first?.text(0)
        }
        return story
    }

    func show(_ call: CommandCall, budgets: [LetterBudget]) {
        let output = call.output
        let members = (document.object ?? []) + [.init("budgets", .array(budgets.map(\.document)))]
        output.show(.object(members)) {
            let letter = content.letter
            let headers = (try? JSONValue(parsing: content.headers))?.object ?? []
            output.facts(
                facts(call.now) + [("advice", DeadCause.advice(for: letter.cause))]
                    + headers.map { ($0.key, Redaction.scrub($0.value.string ?? $0.value.description)) }
            )
            if deaths.count > 1 { show(deaths, output, call.now) }
            if !parts.isEmpty { show(parts, output, call.now) }
            if !budgets.isEmpty {
                output.print("\nbudgets")
                output.facts(budgets.map { ($0.name, $0.state) })
            }
            output.print("")
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                output.print(Terminal.visible(String(line)))
            }
        }
    }

    private var body: String { Redaction.scrub(String(decoding: content.body, as: UTF8.self)) }

    private func facts(_ now: Instant) -> [(name: String, value: String)] {
        let letter = content.letter
        return [
            ("letter", String(letter.id)),
            ("died", "\(letter.diedAt.text(.seconds)) (\(Words.relative(letter.diedAt, now: now)))"),
            ("state", letter.state.rawValue), ("platform", letter.platform),
            ("account", letter.account.map { String($0) } ?? ""), ("job", letter.job?.description ?? ""),
            ("job is", jobState ?? ""), ("run", letter.run?.description ?? ""), ("cause", letter.cause),
            ("detail", Redaction.scrub(letter.detail)), ("attempt", String(letter.attempt)), ("group", letter.group),
            ("replays before", letter.replays == 0 ? "" : String(letter.replays)),
            ("after letter", letter.parent.map { String($0) } ?? ""), ("routing key", content.routingKey),
        ]
    }

    private func show(_ deaths: [StoredLetter], _ output: CommandOutput, _ now: Instant) {
        var table = TextTable(">letter", "died", "state", "cause", ">attempt", "detail")
        for death in deaths {
            table.add(
                String(death.id),
                Words.relative(death.diedAt, now: now),
                death.state.rawValue,
                death.cause,
                String(death.attempt),
                Words.short(Redaction.scrub(death.detail))
            )
        }
        output.print("\nevery death of the job")
        table.print(on: output)
    }

    private func show(_ parts: [Part], _ output: CommandOutput, _ now: Instant) {
        var table = TextTable(">selection", "action", "letter is", "sent", "who", "reason")
        for part in parts {
            table.add(
                String(part.selection.id),
                part.selection.action.rawValue + (part.isEdited ? ", edited" : ""),
                part.state + (part.refusal.map { ": \($0)" } ?? ""),
                Words.relative(part.sentAt, now: now),
                part.selection.person,
                Words.short(part.selection.reason)
            )
        }
        output.print("\nselections")
        table.print(on: output)
    }

    private var document: JSONValue {
        let more: [JSONValue.Member] = [
            .init("job_state", .text(jobState)), .init("routing_key", .string(content.routingKey)),
            .init("headers", (try? JSONValue(parsing: Redaction.scrub(content.headers))) ?? .null),
            .init("properties", (try? JSONValue(parsing: content.properties)) ?? .null), .init("body", .string(body)),
            .init("advice", .string(DeadCause.advice(for: content.letter.cause))),
            .init("deaths", .array(deaths.map(\.document))),
            .init(
                "selections",
                .array(
                    parts.map { part in
                        [
                            "selection": .int(part.selection.id), "action": .string(part.selection.action.rawValue),
                            "state": .string(part.state), "refusal": .text(part.refusal), "sent_at": .time(part.sentAt),
                            "edited": .bool(part.isEdited), "person": .string(part.selection.person),
                            "reason": .string(part.selection.reason),
                        ]
                    }
                )
            ),
        ]
        return .object((content.letter.document.object ?? []) + more)
    }
}

/// A budget that a replay of a letter would draw from, as it stands now.
struct LetterBudget {
    var name: String
    var state: String

    var document: JSONValue { ["budget": .string(name), "state": .string(state)] }

    /// The application's budgets at the letter's platform, and the account's own.
    static func read(_ story: LetterStory, _ call: CommandCall) async throws -> [LetterBudget] {
        guard let platform = PlatformName(rawValue: story.content.letter.platform) else { return [] }
        let own = try await call.withPool { pool in
            try await pool.query(
                "select external_id from flotilla.accounts where id = $1",
                [story.content.letter.account.map { .int8($0) } ?? .null]
            ).first?.text(0)
        }
        return try await BudgetBoard.read(call, platform: platform, limit: 1000).rows.compactMap { row in
            guard row.key.subject.isEmpty || row.key.subject == own else { return nil }
            let used = row.ledger.used(row.terms, at: call.now)
            let limit = row.ledger.limit(row.terms).map { " of \(Words.number($0))" } ?? ""
            let whose = row.key.subject.isEmpty ? "" : ", this account"
            return LetterBudget(
                name: row.name + whose,
                state: "\(row.status(at: call.now)), \(Words.number(used))\(limit) \(row.terms.rule.unit.rawValue) used"
            )
        }
    }
}
