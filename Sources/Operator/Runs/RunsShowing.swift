import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla runs show | accounts | summary`: what runs came to, and what is missing for which reason.
extension RunsCommands {
    private static let after = Option("after", ValueKind<Int64>.number, help: "Only accounts with higher numbers.")
        .optional
    private static let onlyMissing = Option(
        "missing",
        .toggle,
        default: false,
        help: "Only accounts of which something is missing."
    )
    private static let since = Option(
        "since",
        .duration(.seconds(60) ... .seconds(366 * 86_400)),
        default: .seconds(86_400),
        help: "Runs that began in this time up to now."
    )

    static let show = Command(
        "runs show",
        help: "How far a run has come: expected, stored, partial and missing with the reasons.",
        example: "flotilla runs show latest",
        arguments: [reference],
        exitCodes: [.notFound]
    ) { call in
        let (run, summary) = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let run = try await find(call[reference], store)
            return (run, try await store.summary(of: run))
        }
        let document = run.document.adding([
            "accounts_whole": .int(summary.wholeAccounts), "accounts_partial": .int(summary.partialAccounts),
            "accounts_failed": .int(summary.failedAccounts), "accounts_open": .int(summary.openAccounts(of: run)),
            "missing": .array(summary.missing.map(\.document)),
        ])
        call.output.show(document) {
            call.output.facts(run.facts(summary, now: call.now))
            if !summary.missing.isEmpty {
                call.output.print("")
                MissingText.table(summary.missing).print(on: call.output)
            }
        }
        return .ok
    }

    static let accounts = Command(
        "runs accounts",
        help: "One line for each account of a run: its jobs, and why something is missing.",
        example: "flotilla runs accounts latest --missing",
        arguments: [reference],
        options: [onlyMissing, after, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let (run, accounts) = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            let run = try await find(call[reference], store)
            let accounts = try await store.accounts(
                of: run,
                after: call[after] ?? 0,
                onlyMissing: call[onlyMissing],
                limit: call[SharedOptions.limit]
            )
            return (run, accounts)
        }
        var table = TextTable(">account", "workspace", "id", "state", ">stored", ">partial", ">dead", "reasons")
        for account in accounts {
            table.add([
                String(account.account), account.workspace, account.externalID, account.state,
                Words.number(account.stored), Words.number(account.partial), Words.number(account.dead),
                account.reasons.joined(separator: ", "),
            ])
        }
        let items = accounts.map { account -> JSONValue in
            [
                "account": .int(account.account), "workspace": .string(account.workspace),
                "platform": .string(run.platform), "external_id": .string(account.externalID),
                "state": .string(account.state), "stored": .int(account.stored), "partial": .int(account.partial),
                "dead": .int(account.dead), "reasons": .array(account.reasons.map { .string($0) }),
            ]
        }
        call.output.list(items, table: table, empty: "no accounts")
        return .ok
    }

    static let summary = Command(
        "runs summary",
        help:
            "What the runs of the last day or so came to, one line per platform: accounts, jobs, figures, and what is "
            + "missing for which reason. Ends with 5 when something is missing.",
        example: "flotilla runs summary --since 24h",
        options: [since, SharedOptions.anyPlatform],
        exitCodes: [.partial]
    ) { call in
        let lines = try await call.withPool { pool in
            let store = ScheduleStore(pool: pool)
            var lines: [String: PlatformLine] = [:]
            for run in try await store.runs(
                since: call.now - call[since],
                platform: call[SharedOptions.anyPlatform]?.rawValue
            ) {
                lines[run.platform, default: PlatformLine()].add(run, try await store.summary(of: run))
            }
            return lines.sorted { $0.key < $1.key }
        }
        var table = TextTable(
            "platform",
            ">runs",
            ">open",
            ">accounts",
            ">whole",
            ">partial",
            ">failed",
            ">expected",
            ">stored",
            ">partial",
            ">dead",
            ">figures",
            ">took",
            "missing"
        )
        for (platform, line) in lines { table.add([platform] + line.words) }
        call.output.list(
            lines.map { $0.value.document($0.key) },
            table: table,
            empty: "no run began in this time"
        )
        let failed = lines.filter { !$0.value.missing.isEmpty }.count
        let open = lines.filter { $0.value.missing.isEmpty && $0.value.open > 0 }.count
        if !lines.isEmpty {
            call.output.note(
                "platforms: \(lines.count - failed - open) whole, \(open) not over yet, \(failed) with something missing"
            )
        }
        return failed > 0 ? .partial : .ok
    }

    /// The runs of one platform together.
    private struct PlatformLine {
        var runs = 0
        var open = 0
        var accounts: Int64 = 0
        var whole: Int64 = 0
        var partial: Int64 = 0
        var failed: Int64 = 0
        var jobs: (expected: Int64, stored: Int64, partial: Int64, dead: Int64) = (0, 0, 0, 0)
        var figures: Int64 = 0
        /// Milliseconds that the longest run took.
        var longest: Int64 = 0
        var missing: [String: Int64] = [:]

        mutating func add(_ run: StoredRun, _ summary: RunSummary) {
            runs += 1
            open += run.isOver ? 0 : 1
            accounts += run.accounts
            whole += summary.wholeAccounts
            partial += summary.partialAccounts
            failed += summary.failedAccounts
            jobs.expected += run.expected
            jobs.stored += run.stored
            jobs.partial += run.partial
            jobs.dead += run.dead
            figures += run.figures
            if let start = run.startedAt, let end = run.finishedAt {
                longest = max(longest, (end.microseconds - start.microseconds) / 1000)
            }
            for gap in summary.missing { missing[gap.reason, default: 0] += gap.jobs }
        }

        private var reasons: [(String, Int64)] {
            missing.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
        }

        var words: [String] {
            [
                Int64(runs), Int64(open), accounts, whole, partial, failed, jobs.expected, jobs.stored, jobs.partial,
                jobs.dead, figures,
            ].map { Words.number($0) } + [
                longest > 0 ? Words.span(.milliseconds(longest)) : "",
                reasons.prefix(3).map { "\($0.0) \(Words.number($0.1))" }.joined(separator: ", "),
            ]
        }

        func document(_ platform: String) -> JSONValue {
            [
                "platform": .string(platform), "runs": .int(runs), "open": .int(open), "accounts": .int(accounts),
                "accounts_whole": .int(whole), "accounts_partial": .int(partial), "accounts_failed": .int(failed),
                "expected": .int(jobs.expected), "stored": .int(jobs.stored), "partial": .int(jobs.partial),
                "dead": .int(jobs.dead), "figures": .int(figures), "longest_ms": .int(longest),
                "missing": .object(reasons.map { .init($0.0, .int($0.1)) }),
            ]
        }
    }
}

extension StoredRun {
    fileprivate func facts(_ summary: RunSummary, now: Instant) -> [(name: String, value: String)] {
        let took = startedAt.map { start in
            Words.span(.microseconds((finishedAt ?? now).microseconds - start.microseconds))
        }
        let open = summary.openAccounts(of: self)
        return [
            ("run", id.description), ("schedule", schedule.map { "\($0), \(trigger.rawValue)" } ?? ""),
            ("platform", platform), ("collect", collect), ("days", days), ("lane", lane), ("state", state),
            ("ended by", endedBy.isEmpty ? "" : "\(endedBy): \(endedReason)"),
            ("started", Words.relative(startedAt, now: now)), (isOver ? "took" : "runs for", took ?? ""),
            (
                "accounts",
                "\(Words.number(accounts)): \(Words.number(summary.wholeAccounts)) whole, "
                    + "\(Words.number(summary.partialAccounts)) partial, \(Words.number(summary.failedAccounts)) failed"
                    + (open > 0 ? ", \(Words.number(open)) open" : "")
            ),
            ("expected", Words.number(expected)), ("published", Words.number(published)),
            ("stored", Words.number(stored)), ("partial", Words.number(partial)), ("dead", Words.number(dead)),
            (
                "figures",
                "\(Words.number(figures)) stored" + (missing > 0 ? ", \(Words.number(missing)) not given" : "")
            ),
        ]
    }
}

extension RunSummary.Missing {
    fileprivate var document: JSONValue {
        [
            "reason": .string(reason), "kind": .string(isDeath ? "dead" : "partial"), "jobs": .int(jobs),
            "accounts": .int(accounts), "figures": .int(figures),
        ]
    }
}

private enum MissingText {
    static func table(_ missing: [RunSummary.Missing]) -> TextTable {
        var table = TextTable("missing", "jobs are", ">jobs", ">accounts", ">figures")
        for gap in missing {
            table.add(
                gap.reason,
                gap.isDeath ? "dead" : "partial",
                Words.number(gap.jobs),
                Words.number(gap.accounts),
                gap.isDeath ? "" : Words.number(gap.figures)
            )
        }
        return table
    }
}
