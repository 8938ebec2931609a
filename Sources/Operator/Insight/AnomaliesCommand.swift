import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla anomalies`.
enum AnomaliesCommand {
    private static let account = Option("account", .number, help: "One account only.").optional
    private static let workspace = Option(
        "workspace",
        ValueKind<String>.text(longest: 100),
        help: "One workspace only."
    ).optional
    private static let to = Option("to", NamedDay.kind, default: .yesterday, help: "Last day.")
    private static let days = Option(
        "days",
        .integer(1...366, unit: "days"),
        default: 7,
        help: "How many days up to --to."
    )
    private static let metric = Option("metric", SharedOptions.metrics, default: [], help: "Only these.")
    private static let severity = Option(
        "severity",
        ValueKind<String>.choice(Anomaly.Severity.allCases.map(\.name), shape: "listed, notified or paged"),
        default: Anomaly.Severity.listed.name,
        help: "The least that is shown."
    )
    private static let most = Option(
        "most",
        .integer(1...1000, unit: "findings"),
        default: 10,
        help: "Most findings per workspace and day; the most important are kept."
    )

    static let command = Configuration.Command(
        "anomalies",
        help:
            "Days that were unusual for an account, judged by the settled days before them; what hit many accounts of a "
            + "platform at once is one line. See docs/anomalies.md.",
        example: "flotilla anomalies --days 14 --severity notified",
        options: [account, workspace, SharedOptions.anyPlatform, to, days, metric, severity, most],
        exitCodes: [.notFound]
    ) { call in
        var options = AnomalyDigest.Options()
        options.mostPerDay = call[most]
        // Zones differ by less than a day: the last day is that of the platforms farthest east.
        let last = call[to].date(on: .x, now: call.now)
        let scope = InsightStore.Scope(
            workspace: call[workspace],
            account: call[account],
            platform: call[SharedOptions.anyPlatform]
        )
        let metrics = Set(call[metric].compactMap { MetricCatalogue[$0]?.id })
        let range = (last - (call[days] - 1))...last
        let report = try await call.withPool { [options] pool in
            try await Whose.check(account: scope.account, workspace: scope.workspace, pool)
            return try await InsightStore(pool: pool).anomalies(scope, days: range, metrics: metrics, options: options)
        }
        let least = Anomaly.Severity.allCases.first { $0.name == call[severity] } ?? .listed
        show(report, least, call.output)
        return .ok
    }

    private static func show(_ report: InsightStore.Report, _ least: Anomaly.Severity, _ output: CommandOutput) {
        let incidents = report.digest.incidents.filter { $0.severity >= least }
        let findings = report.digest.findings.filter { $0.severity >= least }
        output.show([
            "purges": .array(report.purges.map(document)), "incidents": .array(incidents.map(document)),
            "findings": .array(findings.map(document)), "omitted": .int(report.digest.omitted),
            "accounts": .int(report.accounts), "series": .int(report.series),
        ]) {
            for purge in report.purges { output.print(output.style(.bad, text(purge))) }
            for incident in incidents { output.print(output.style(.bad, text(incident))) }
            var table = TextTable("day", "account", "platform", "metric", "what", ">found", ">expected", ">deviations")
            for finding in findings { table.add(cells(finding)) }
            if !table.isEmpty { table.print(on: output) }
            if report.purges.isEmpty, incidents.isEmpty, findings.isEmpty {
                output.note(
                    "nothing unusual in \(Words.number(report.series)) series of "
                        + Words.count(Int64(report.accounts), "account")
                )
            }
            if report.digest.omitted > 0 {
                output.note("\(Words.count(Int64(report.digest.omitted), "finding")) more; --most shows them")
            }
        }
    }

    private static func text(_ purge: PurgeDay) -> String {
        "\(purge.day) \(purge.platform): \(purge.metric.name) fell on \(Words.number(purge.accounts)) of "
            + "\(Words.number(purge.known)) accounts, by \(Words.number(purge.lost)) of \(Words.number(purge.opening))"
    }

    private static func text(_ incident: AnomalyDigest.Incident) -> String {
        "\(incident.day) \(incident.platform): unusually \(incident.isFall ? "low" : "high") on "
            + "\(Words.number(incident.accounts)) of \(Words.number(incident.judged)) accounts ("
            + incident.metrics.map(\.name).joined(separator: ", ") + ")"
    }

    /// A count as people read it: at the metric's own digits.
    private static func number(_ value: Double, _ metric: MetricID) -> JSONValue {
        .fixed(Int64(exactly: value.rounded()) ?? .max, scale: MetricCatalogue.scale(of: metric))
    }

    private static func tenths(_ value: Double) -> JSONValue {
        .fixed(Int64(exactly: (value * 10).rounded()) ?? .max, scale: 1)
    }

    private static func cells(_ finding: AnomalyDigest.Finding) -> [String] {
        let anomaly = finding.anomaly
        let what = "\(anomaly.kind.rawValue), \(finding.severity.name)"
        return [
            anomaly.days.lowerBound.description, String(finding.account), finding.platform.rawValue,
            finding.metric.name,
            what,
            Words.number(number(anomaly.observed, finding.metric).description),
            Words.number(number(anomaly.expected, finding.metric).description), tenths(anomaly.score).description,
        ]
    }

    private static func document(_ finding: AnomalyDigest.Finding) -> JSONValue {
        let anomaly = finding.anomaly
        return [
            "account": .int(finding.account), "platform": .string(finding.platform.rawValue),
            "metric": .string(finding.metric.name), "kind": .string(anomaly.kind.rawValue),
            "severity": .string(finding.severity.name), "first_day": .string(anomaly.days.lowerBound.description),
            "last_day": .string(anomaly.days.upperBound.description), "found": number(anomaly.observed, finding.metric),
            "expected": number(anomaly.expected, finding.metric), "deviations": tenths(anomaly.score),
        ]
    }

    private static func document(_ incident: AnomalyDigest.Incident) -> JSONValue {
        [
            "platform": .string(incident.platform.rawValue), "day": .string(incident.day.description),
            "direction": .string(incident.isFall ? "low" : "high"),
            "metrics": .array(incident.metrics.map { .string($0.name) }), "accounts": .int(incident.accounts),
            "judged": .int(incident.judged), "severity": .string(incident.severity.name),
        ]
    }

    private static func document(_ purge: PurgeDay) -> JSONValue {
        [
            "platform": .string(purge.platform.rawValue), "metric": .string(purge.metric.name),
            "day": .string(purge.day.description), "accounts": .int(purge.accounts), "known": .int(purge.known),
            "before": .int(purge.opening), "lost": .int(purge.lost),
        ]
    }
}
