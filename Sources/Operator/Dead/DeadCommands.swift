import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla dead …`: the desk where dead letters are looked at, and where what is done with them begins.
enum DeadCommands {
    static let group = CommandGroup("dead", help: "Jobs that were given up: why, and what to do with them.")
    static let all: [Configuration.Command] = [view, list, groups, show] + DeadOrders.all + SelectionCommands.all

    private static let letter = Argument("letter", .number, help: "The dead letter's number.")
    private static let after = Option("after", .number, help: "The last letter of the page before.").optional

    static let list = Configuration.Command(
        "dead list",
        help: "Dead letters, newest first, a page at a time.",
        example: "flotilla dead list --cause auth_expired --since 2h --limit 20",
        options: LetterOptions.all + [after, SharedOptions.limit]
    ) { call in
        let (limit, filter) = (call[SharedOptions.limit], call.letterFilter)
        let (letters, took) = try await call.withPool { pool in
            try await Whose.check(account: filter.account, pool)
            let start = ProcessClock.monotonicNow
            let letters = try await LetterDesk(pool: pool).page(filter, after: call[after], limit: limit)
            return (letters, ProcessClock.monotonicNow - start)
        }
        var table = TextTable(
            ">letter",
            "died",
            "state",
            "platform",
            ">account",
            "cause",
            ">attempt",
            ">replays",
            "detail"
        )
        for letter in letters {
            table.add(
                String(letter.id),
                Words.relative(letter.diedAt, now: call.now),
                letter.state.rawValue,
                letter.platform,
                letter.account.map { String($0) } ?? "",
                letter.cause,
                String(letter.attempt),
                letter.replays == 0 ? "" : String(letter.replays),
                Words.short(Redaction.scrub(letter.detail))
            )
        }
        call.output.list(letters.map(\.document), table: table, empty: "no dead letters")
        call.output.note(
            "\(Words.count(Int64(letters.count), "letter")) in \(took / 1_000_000) ms"
                + (letters.count == limit ? "; the next page: --after \(letters[limit - 1].id)" : "")
        )
        return .ok
    }

    static let groups = Configuration.Command(
        "dead groups",
        help: "Dead letters by what they died of, with their trend, and what to do about each.",
        example: "flotilla dead groups --platform instagram",
        options: LetterOptions.all + [SharedOptions.limit]
    ) { call in
        let groups = try await call.withPool { pool in
            try await LetterDesk(pool: pool).groups(call.letterFilter, limit: call[SharedOptions.limit])
        }
        call.output.list(groups.map(\.document), table: LetterGroup.table(groups, call.now), empty: "no dead letters")
        if call.output.format == .table {
            for cause in Set(groups.map(\.cause)).sorted() {
                call.output.print("\(Terminal.visible(cause)): \(DeadCause.advice(for: cause))")
            }
        }
        return .ok
    }

    static let show = Configuration.Command(
        "dead show",
        help:
            "One dead letter: headers, body, every death of its job, every selection it was in, and the budgets it needs.",
        example: "flotilla dead show 17",
        arguments: [letter],
        exitCodes: [.notFound]
    ) { call in
        let story = try await call.withPool { pool in try await LetterStory.read(call[letter], from: pool) }
        guard let story else {
            throw CommandFailure(.notFound, "there is no dead letter \(call[letter]); see `flotilla dead list`")
        }
        story.show(call, budgets: try await LetterBudget.read(story, call))
        return .ok
    }
}

extension DeadCause {
    /// What to do about a cause by its word.
    static func advice(for cause: String) -> String {
        DeadCause(rawValue: cause)?.advice ?? "This version does not know the cause; upgrade it."
    }
}

extension Words {
    /// One line of at most sixty characters.
    static func short(_ text: String) -> String { text.count > 60 ? text.prefix(59) + "…" : text }

    /// A bar for each number, as high as it is beside the others.
    static func spark(_ numbers: [Int64]) -> String {
        let bars = Array("▁▂▃▄▅▆▇█")
        guard let most = numbers.max(), most > 0 else { return String(repeating: bars[0], count: numbers.count) }
        return String(numbers.map { $0 == 0 ? " " : bars[Int($0 * Int64(bars.count - 1) / most)] })
    }
}

extension StoredLetter {
    var document: JSONValue {
        [
            "id": .int(id), "dead_at": .time(diedAt), "state": .string(state.rawValue), "platform": .string(platform),
            "account": account.map { .int($0) } ?? .null, "job": .text(job?.description),
            "run": .text(run?.description),
            "cause": .string(cause), "detail": .string(Redaction.scrub(detail)), "attempt": .int(attempt),
            "group": .string(group), "replays": .int(replays), "parent": parent.map { .int($0) } ?? .null,
            "selection": selection.map { .int($0) } ?? .null, "changed_at": .time(changedAt),
        ]
    }
}

extension LetterGroup {
    static func table(_ groups: [LetterGroup], _ now: Instant) -> TextTable {
        var table = TextTable(
            "group",
            "cause",
            ">letters",
            "first seen",
            "last seen",
            ">24 h",
            ">before",
            "last 24 hours",
            "in common"
        )
        for group in groups {
            table.add(
                group.fingerprint,
                group.cause,
                Words.number(group.letters),
                Words.relative(group.firstSeen, now: now),
                Words.relative(group.lastSeen, now: now),
                Words.number(group.lastDay),
                Words.number(group.dayBefore),
                Words.spark(group.hours),
                Words.short(Redaction.scrub(group.pattern))
            )
        }
        return table
    }

    var document: JSONValue {
        [
            "group": .string(fingerprint), "cause": .string(cause), "pattern": .string(Redaction.scrub(pattern)),
            "count": .int(letters), "first": .time(firstSeen), "last": .time(lastSeen), "last_day": .int(lastDay),
            "day_before": .int(dayBefore), "hours": .array(hours.map { .int($0) }),
            "advice": .string(DeadCause.advice(for: cause)),
        ]
    }
}
