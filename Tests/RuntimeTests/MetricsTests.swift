import Runtime
import Testing

@Suite struct MetricsTests {
    private let registry = MetricsRegistry()
    private var lines: [Substring] { String(decoding: registry.text(), as: UTF8.self).split(separator: "\n") }

    @Test func `counters gauges and histograms are written in the text format`() {
        let jobs = registry.counter(
            "flotilla_jobs_total",
            "Jobs \\ ended.\n",
            labels: [MetricLabel("platform", ["x", "a\"b"]), MetricLabel("lane", ["normal"])]
        )
        jobs["x", "normal"].increment()
        jobs["x", "normal"].increment(by: 41)
        jobs["a\"b", "normal"].increment()
        registry.gauge("flotilla_open", "Open.").set(1.5)
        let seconds = registry.histogram("flotilla_wait_seconds", "Waits.", bounds: [0.1, 1, 10])
        for value in [0.05, 0.1, 0.5, 10, 11] { seconds.observe(value) }
        seconds.observe(.milliseconds(250))
        registry.counter("flotilla_blocked_seconds_total", "Blocked.").add(.milliseconds(1250))
        #expect(
            lines == [
                "# HELP flotilla_blocked_seconds_total Blocked.", "# TYPE flotilla_blocked_seconds_total counter",
                "flotilla_blocked_seconds_total 1.25",
                #"# HELP flotilla_jobs_total Jobs \\ ended.\n"#, "# TYPE flotilla_jobs_total counter",
                #"flotilla_jobs_total{platform="a\"b",lane="normal"} 1"#,
                #"flotilla_jobs_total{platform="x",lane="normal"} 42"#,
                "# HELP flotilla_open Open.", "# TYPE flotilla_open gauge", "flotilla_open 1.5",
                "# HELP flotilla_wait_seconds Waits.", "# TYPE flotilla_wait_seconds histogram",
                #"flotilla_wait_seconds_bucket{le="0.1"} 2"#, #"flotilla_wait_seconds_bucket{le="1"} 4"#,
                #"flotilla_wait_seconds_bucket{le="10"} 5"#, #"flotilla_wait_seconds_bucket{le="+Inf"} 6"#,
                "flotilla_wait_seconds_sum 21.9", "flotilla_wait_seconds_count 6",
                "# HELP flotilla_metric_series_refused Series left out because the process has too many.",
                "# TYPE flotilla_metric_series_refused gauge", "flotilla_metric_series_refused 0",
            ]
        )
    }

    @Test func `a value outside the closed list counts as other`() {
        let family = registry.counter("c", "h", labels: [MetricLabel("cause", ["known"])])
        for value in ["evil-1", "evil-2", "known"] { family[value].increment() }
        #expect(lines.contains(#"c{cause="other"} 2"#) && lines.contains(#"c{cause="known"} 1"#))
    }

    @Test func `the same name gives the same metric`() {
        registry.counter("c", "h").increment()
        registry.counter("c", "h").increment()
        #expect(registry.counter("c", "h").value == 2)
    }

    @Test func `callbacks are read at the scrape and nothing before`() {
        registry.gauge("absent", "h") { nil }
        registry.gauges("depth", "h", labels: ["queue"]) {
            [.init(3, labels: ["jobs.x"]), .init(.infinity, labels: ["b"])]
        }
        #expect(lines.contains(#"depth{queue="jobs.x"} 3"#) && lines.contains(#"depth{queue="b"} +Inf"#))
        #expect(!lines.contains { $0.hasPrefix("absent") })
    }

    @Test func `series beyond the limit are left out and said`() {
        let small = MetricsRegistry(limit: 20)
        let values = (0..<30).map(String.init)
        let family = small.counter("c", "h", labels: [MetricLabel("v", values)])
        for value in values { family[value].increment() }
        let text = String(decoding: small.text(), as: UTF8.self)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("c{") } == 20)
        #expect(text.contains("flotilla_metric_series_refused 10\n"))
        small.gauges("g", "h", labels: ["v"]) { values.map { .init(1, labels: [$0]) } }
        #expect(small.text().split(separator: 10).count { $0.starts(with: "g{".utf8) } == 0)
    }

    @Test func `additions from many tasks are all counted`() async {
        let counter = registry.counter("c", "h")
        let gauge = registry.gauge("g", "h")
        let histogram = registry.histogram("s", "h", bounds: [1])
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        gauge.add(1)
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 8000 && gauge.value == 8000 && histogram.count == 8000 && histogram.sum == 4000)
    }

    @Test func `the process knows its own memory, time, descriptors and start`() {
        let now = Double(ProcessClock.wallNow) / 1e6
        let statistics = ProcessStatistics.read()
        #expect(statistics.residentBytes > 1 << 20 && statistics.virtualBytes > statistics.residentBytes)
        #expect(statistics.processorSeconds > 0 && statistics.threads > 0)
        #expect(statistics.openDescriptors > 2 && statistics.descriptorLimit > statistics.openDescriptors)
        #expect(statistics.startTime > now - 3600 && statistics.startTime < now + 2)
        registry.declareProcess(version: "1.2.3", commit: "abc")
        #expect(lines.contains(#"flotilla_build_info{version="1.2.3",commit="abc"} 1"#))
    }
}
