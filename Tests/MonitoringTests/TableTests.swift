import JSON
import Monitoring
import Testing

@Suite struct TableTests {
    private static let known = Set(MetricTable.all.flatMap(\.seriesNames))
        .union(RuleTable.recordings.map(\.name)).union(Expression.brokerSeries).union(["up"])

    @Test func `no metric is listed twice, and names say their kind`() {
        let names = MetricTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for metric in MetricTable.all {
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(!metric.programs.isEmpty && metric.meaning.hasSuffix("."), "\(metric.name)")
            #expect(Set(metric.labels).isDisjoint(with: ["account", "workspace", "job", "url"]), "\(metric.name)")
        }
    }

    @Test func `every alert has one rule`() {
        #expect(RuleTable.alerts.map(\.alert.rawValue).sorted() == Alert.allCases.map(\.rawValue).sorted())
        #expect(Set(Alert.allCases.map(\.title)).count == Alert.allCases.count)
    }

    @Test func `rules and recordings ask only for series that exist`() {
        for rule in RuleTable.alerts {
            #expect(Expression.series(in: rule.expression).subtracting(Self.known) == [], "\(rule.alert)")
        }
        for rule in RuleTable.recordings {
            #expect(Expression.series(in: rule.expression).subtracting(Self.known) == [], "\(rule.name)")
        }
    }

    @Test func `dashboards ask only for series that exist`() {
        for page in DashboardTable.all {
            for expression in page.expressions {
                let series = Expression.series(in: expression)
                #expect(!series.isEmpty && series.isSubset(of: Self.known), "\(page.slug): \(expression)")
            }
        }
    }

    @Test func `every promise of a lane is a bound of the histogram of waits`() throws {
        // The rule reads exactly these buckets; a bound that does not exist would be a rule that never fires.
        let recorded = try #require(RuleTable.recordings.first).expression
        for (lane, seconds) in LanePromise.seconds {
            #expect(recorded.contains("lane=\"\(lane)\",le=\"\(seconds)\""))
            #expect(
                [0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].contains(
                    Double(seconds)
                )
            )
        }
    }

    @Test func `dashboards are documents that Grafana can read`() throws {
        for page in DashboardTable.all {
            let document = try JSONValue(parsing: page.document)
            let panels = try #require(document["panels"]?.array)
            #expect(Set(panels.map { $0["id"]?.int64 }).count == panels.count)
            #expect(panels.count == page.rows.count + page.rows.reduce(0) { $0 + $1.panels.count })
            for panel in panels {
                let place = try #require(panel["gridPos"])
                #expect(try #require(place["x"]?.int64) + #require(place["w"]?.int64) <= 24)
            }
        }
    }
}
