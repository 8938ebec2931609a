/// The reference page of metrics and alerts, `docs/metrics.md`.
public enum MetricsPage {
    /// Markdown.
    public static var document: String {
        """
        # Metrics and alerts

        Written by `flotilla monitoring export` from the table in `Sources/Monitoring`; change it there. How to scrape, load and
        look at them: [observability.md](observability.md).

        Labels are closed lists; none names an account, a workspace or a job. A process shows at most 2,000 series.

        ## Metrics

        | metric | kind | labels | of | says |
        |---|---|---|---|---|

        """ + MetricTable.all.map(row).joined() + """

            ## Alerts

            | alert | when, and for how long | severity | check |
            |---|---|---|---|

            """ + RuleTable.alerts.map(row).joined()
    }

    private static func row(_ metric: FleetMetric) -> String {
        let programs =
            metric.programs.count == FleetMetric.Program.allCases.count
            ? "all" : metric.programs.map(\.rawValue).joined(separator: ", ")
        return "| `\(metric.name)` | \(metric.kind.rawValue) | \(metric.labels.joined(separator: ", ")) | \(programs) "
            + "| \(metric.meaning) |\n"
    }

    private static func row(_ rule: AlertRule) -> String {
        let expression = rule.expression.split(separator: "|").joined(separator: "\\|")
        return "| [\(rule.alert.title)](runbooks/\(rule.alert.rawValue).md) | `\(expression)`, \(rule.duration) "
            + "| \(rule.severity.rawValue) | `flotilla doctor \(rule.alert.rawValue)` |\n"
    }
}
