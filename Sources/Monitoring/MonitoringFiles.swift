/// Every file that is written from the tables, by its place in the checkout.
public enum MonitoringFiles {
    /// Path and content.
    public static let all: [(path: String, content: String)] =
        [
            ("deploy/monitoring/rules.yaml", RulesDocument.prometheus),
            ("deploy/kubernetes/components/monitoring/rules.yaml", RulesDocument.kubernetes),
            ("docs/metrics.md", MetricsPage.document),
        ] + DashboardTable.all.map { ("deploy/monitoring/dashboards/\($0.slug).json", $0.document) }
}
