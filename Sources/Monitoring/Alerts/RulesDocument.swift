internal import JSON

/// The rules as Prometheus' file, and as the Prometheus operator's object.
public enum RulesDocument {
    private static let note =
        "# Written by `flotilla monitoring export` from the table in Sources/Monitoring; change it there.\n"

    /// `rules.yaml`.
    public static var prometheus: String { note + groups(indent: "") }

    /// The same for the Prometheus operator.
    public static var kubernetes: String {
        note
            + """
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata:
              name: flotilla
            spec:

            """ + groups(indent: "  ")
    }

    private static func groups(indent: String) -> String {
        var lines = ["groups:", "  - name: flotilla-recordings", "    rules:"]
        for rule in RuleTable.recordings {
            lines.append("      - record: \(rule.name)")
            lines.append("        expr: \(quoted(rule.expression))")
        }
        lines += ["  - name: flotilla", "    rules:"]
        for rule in RuleTable.alerts { lines += text(of: rule) }
        return lines.map { indent + $0 + "\n" }.joined()
    }

    private static func text(of rule: AlertRule) -> [String] {
        [
            "      - alert: \(rule.alert.title)",
            "        expr: \(quoted(rule.expression))",
            "        for: \(rule.duration)",
            "        labels:",
            "          severity: \(rule.severity.rawValue)",
            "        annotations:",
            "          summary: \(quoted(rule.summary))",
            "          runbook: \(rule.alert.runbook)",
            "          check: flotilla doctor \(rule.alert.rawValue)",
        ]
    }

    /// A JSON string is a YAML string.
    private static func quoted(_ text: String) -> String { JSONValue.string(text).description }
}
