import Adapters
import Configuration
import FleetCore
import JSON
import Postgres

/// One line of what is kept how long, and why.
struct RetentionLine {
    var kind: RetentionClass
    var platform: PlatformName?
    var span: RetentionSpan
    var why: String

    var document: JSONValue {
        [
            "class": .string(kind.rawValue), "platform": .text(platform?.rawValue),
            "days": span.days.map { .int($0) } ?? .null, "because": .string(why),
        ]
    }

    /// The common settings, and every platform for which something else holds.
    static func all(_ policy: RetentionPolicy) -> [RetentionLine] {
        RetentionClass.allCases.flatMap { kind in
            [RetentionLine(kind: kind, platform: nil, span: policy.setting(kind, nil), why: why(policy, kind, nil))]
                + PlatformName.allKnown.compactMap { platform in
                    if let term = policy.term(kind, platform) {
                        return RetentionLine(
                            kind: kind,
                            platform: platform,
                            span: RetentionSpan(days: term.days),
                            why: "terms, for real accounts: \(term.source)"
                        )
                    }
                    guard policy.settings[RetentionPolicy.Key(kind, platform)] != nil else { return nil }
                    let span = policy.setting(kind, platform)
                    return RetentionLine(kind: kind, platform: platform, span: span, why: "set for the platform")
                }
        }
    }

    private static func why(_ policy: RetentionPolicy, _ kind: RetentionClass, _ platform: PlatformName?) -> String {
        policy.setting(kind, platform) == RetentionPolicy.standard[RetentionPolicy.Key(kind)] ? "default" : "set"
    }
}

extension RetentionCommands {
    private static let since = Option(
        "days",
        .integer(1...3660, unit: "days"),
        default: 92,
        help: "How far back; a quarter when not given."
    )

    static let report = Configuration.Command(
        "retention report",
        help: "The quarterly report: what is kept and why, since when, what was taken away, erased or held.",
        example: "flotilla retention report --json",
        options: [since]
    ) { call in
        let from = call.now - .seconds(call[since] * 86_400)
        let (policy, facts) = try await call.withPool(silence: nil) { pool in
            let store = RetentionStore(pool: pool)
            return (try await store.policy(), try await store.facts(since: from))
        }
        let lines = RetentionLine.all(policy)
        call.output.show([
            "from": .time(from), "to": .time(call.now), "kept": .array(lines.map(\.document)),
            "stored": .array(facts.stored.map(document)), "dropped": .array(facts.drops.map(document)),
            "swept": .array(facts.sweeps.map(document)), "holds": .array(facts.holds.map(document)),
            "erasures": .array(facts.erasures.map(document)),
        ]) {
            print(lines, facts, call.output)
        }
        return .ok
    }

    private static func document(_ fact: RetentionStore.Fact) -> JSONValue {
        .object(fact.map { .init($0.name, .text($0.value)) })
    }

    private static func print(_ lines: [RetentionLine], _ facts: RetentionStore.Facts, _ output: CommandOutput) {
        var kept = TextTable("class", "platform", ">kept for", "because")
        for line in lines {
            kept.add(line.kind.rawValue, line.platform?.rawValue ?? "all", line.span.description, line.why)
        }
        kept.print(on: output)
        let parts = [
            ("What there is", facts.stored), ("Partitions dropped", facts.drops), ("Rows deleted", facts.sweeps),
            ("Holds", facts.holds), ("Erasures", facts.erasures),
        ]
        for (title, facts) in parts {
            output.print("")
            guard let first = facts.first else {
                output.print("\(title): none")
                continue
            }
            output.print(title)
            var table = TextTable(first.map(\.name))
            for fact in facts { table.add(fact.map { $0.value ?? "" }) }
            table.print(on: output)
        }
    }
}
