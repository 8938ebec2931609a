import Configuration
import JSON
import Monitoring

/// `flotilla monitoring metrics | export`.
enum MonitoringCommands {
    static let group = CommandGroup("monitoring", help: "The fleet's metrics, alert rules and dashboards.")
    static let all = [metrics, export]

    static let metrics = Command(
        "monitoring metrics",
        help: "Every metric of the fleet: its kind, its labels, who exports it, and what it says.",
        example: "flotilla monitoring metrics --json"
    ) { call in
        var table = TextTable("metric", "kind", "labels", "of", "says")
        var items: [JSONValue] = []
        for metric in MetricTable.all {
            let programs = metric.programs.map(\.rawValue)
            table.add(
                metric.name,
                metric.kind.rawValue,
                metric.labels.joined(separator: ", "),
                programs.joined(separator: ", "),
                metric.meaning
            )
            items.append([
                "name": .string(metric.name), "kind": .string(metric.kind.rawValue),
                "labels": .array(metric.labels.map { .string($0) }), "programs": .array(programs.map { .string($0) }),
                "always": .bool(metric.isAlwaysThere), "meaning": .string(metric.meaning),
            ])
        }
        call.output.list(items, table: table, empty: "no metrics")
        return .ok
    }

    private static let folder = Option(
        "folder",
        ValueKind<String>.path,
        default: ".",
        help: "The folder of a checkout; files are written below deploy/ and docs/."
    )

    static let export = Command(
        "monitoring export",
        help:
            "Write the alert rules, the Grafana dashboards and the reference page that follow from the table of metrics.",
        example: "flotilla monitoring export --folder .",
        options: [folder]
    ) { call in
        for (path, content) in MonitoringFiles.all {
            let file = "\(call[folder])/\(path)"
            var output = try OutputFile(file)
            try output.write(Array(content.utf8))
            try output.finish()
            call.output.print(path)
        }
        return .ok
    }
}
