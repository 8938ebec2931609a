import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla reconcile`.
enum ReconcileCommand {
    private static let account = Option("account", .number, help: "One account only.").optional
    private static let list = Option(
        "list",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Only show what was found before, by night or by hand."
    )
    private static let all = Option(
        "all",
        ValueKind<Bool>.toggle,
        default: false,
        help: "Also show what the platform corrected by itself, and what agrees again."
    )
    private static let repair = Option(
        "repair",
        .choice(["on", "off"]),
        default: "on",
        help: "Whether the days of mismatches are ordered again, each mismatch once a day."
    )

    static let command = Configuration.Command(
        "reconcile",
        help:
            "Hold figures against each other that come from different places and should agree: days against running "
            + "totals, follows against followers, weeks against days, posts against their account. The dispatcher does "
            + "this every night. Ends with 1 while there are mismatches.",
        example: "flotilla reconcile --account 12 --repair off",
        options: [account, list, all, repair, SharedOptions.limit],
        exitCodes: [.notFound]
    ) { call in
        let number = call[account]
        let (summary, entries) = try await call.withPool(silence: nil) { pool in
            let store = ReconciliationStore(pool: pool)
            var summary: ReconciliationStore.Summary?
            if !call[list] {
                summary = try await store.reconcile(number, now: call.now, ordering: call[repair] == "on")
                if summary == nil {
                    throw CommandFailure.noAccount(number ?? 0)
                }
            }
            return (summary, try await store.list(account: number, all: call[all], limit: call[SharedOptions.limit]))
        }
        show(summary, entries, call)
        return entries.contains { $0.state == "open" || $0.state == "left" } ? .failed : .ok
    }

    private static func show(
        _ summary: ReconciliationStore.Summary?,
        _ entries: [ReconciliationStore.Entry],
        _ call: CommandCall
    ) {
        var table = TextTable(
            "account",
            "platform",
            "compared",
            "metric",
            "days",
            ">found",
            "expected",
            ">remainder",
            "state",
            ">repairs"
        )
        for entry in entries { table.add(cells(entry)) }
        call.output.list(
            entries.map(document),
            table: table,
            empty: call[list] ? "no mismatch is known" : "everything that could be compared agrees"
        )
        guard let summary, call.output.format == .table else { return }
        call.output.note(
            "\(Words.count(Int64(summary.compared), "comparison")) of \(Words.count(Int64(summary.accounts), "account")): "
                + "\(Words.number(summary.mismatches)) \(summary.mismatches == 1 ? "mismatch" : "mismatches"), "
                + "\(Words.count(Int64(summary.jobs), "job")) ordered"
        )
    }

    private static func expected(_ finding: Reconciliation.Finding, _ write: (Int64) -> String) -> String {
        if finding.lower == finding.upper { return write(finding.lower) }
        if finding.lower == .min { return "at most \(write(finding.upper))" }
        return "\(write(finding.lower)) to \(write(finding.upper))"
    }

    private static func cells(_ entry: ReconciliationStore.Entry) -> [String] {
        let finding = entry.finding
        let scale = MetricCatalogue.scale(of: finding.metric)
        let write = { (value: Int64) in Words.number(FixedPoint.text(value, scale: scale)) }
        return [
            String(entry.account), entry.platform, finding.check.rawValue, finding.metric.name,
            "\(finding.days.lowerBound) to \(finding.days.upperBound)", write(finding.found),
            expected(finding, write), write(finding.remainder), entry.state, String(entry.repairs),
        ]
    }

    private static func document(_ entry: ReconciliationStore.Entry) -> JSONValue {
        let finding = entry.finding
        let scale = MetricCatalogue.scale(of: finding.metric)
        return [
            "account": .int(entry.account), "platform": .string(entry.platform),
            "compared": .string(finding.check.rawValue), "metric": .string(finding.metric.name),
            "first_day": .string(finding.days.lowerBound.description),
            "last_day": .string(finding.days.upperBound.description), "found": .fixed(finding.found, scale: scale),
            "lower": finding.lower == .min ? .null : .fixed(finding.lower, scale: scale),
            "upper": .fixed(finding.upper, scale: scale), "tolerance": .fixed(finding.tolerance, scale: scale),
            "remainder": .fixed(finding.remainder, scale: scale), "state": .string(entry.state),
            "first_seen_at": .time(entry.firstSeenAt), "seen_at": .time(entry.seenAt),
            "repairs": .int(entry.repairs), "repair_job": .text(entry.repairJob?.description),
        ]
    }
}
