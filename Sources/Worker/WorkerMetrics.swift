import FleetCore
import Platforms
import Runtime

/// The worker's own figures. Instruments are looked up once: a look-up costs more than a count.
enum WorkerMetrics {
    private static let registry = MetricsRegistry.standard
    private static let platformLabel = MetricLabel("platform", PlatformRegistry.all.map(\.name.rawValue))
    private static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    private static let finished = registry.counter(
        "flotilla_jobs_finished_total",
        "Attempts by what became of the job.",
        labels: [MetricLabel("outcome", ["succeeded", "partial", "retry", "dead"])]
    )
    static let succeeded = finished["succeeded"]
    static let partial = finished["partial"]
    static let retried = finished["retry"]
    static let died = finished["dead"]
    static let runSeconds = registry.histogram(
        "flotilla_job_run_seconds",
        "From taking a job to the broker's confirmation of what became of it."
    )
    static let inFlight = registry.gauge("flotilla_jobs_in_flight", "Jobs taken and not yet settled.")
    private static let requests = registry.counter(
        "flotilla_platform_requests_total",
        "Requests to platforms by class of answer.",
        labels: [platformLabel, MetricLabel("class", statusClasses)]
    )
    private static let requestSeconds = registry.histogram(
        "flotilla_platform_request_seconds",
        "Time of one request to a platform.",
        labels: [platformLabel]
    )
    private static let versionDays = registry.gauge(
        "flotilla_platform_version_days_left",
        "Days until the version of a platform's interface that is called ends; absent where nobody knows.",
        labels: [platformLabel]
    )
    private static let quarantine = registry.gauge(
        "flotilla_metrics_quarantined",
        "Metrics that a platform refuses and no worker asks for.",
        labels: [platformLabel]
    )

    /// Notes the platforms of all metrics in quarantine.
    static func quarantined(_ platforms: [String]) {
        for platform in PlatformRegistry.all.map(\.name.rawValue) {
            quarantine[platform].set(platforms.count { $0 == platform })
        }
    }

    private static let errors = registry.counter(
        "flotilla_platform_errors_total",
        "Errors of platforms by class.",
        labels: [platformLabel, MetricLabel("class", PlatformError.Class.allCases.map(\.rawValue))]
    )

    /// The instruments of one platform.
    struct PerPlatform: Sendable {
        private let requests: [Counter]
        private let seconds: Histogram
        private let platform: String

        init(_ platform: Platform) {
            self.platform = platform.name.rawValue
            let name = self.platform
            requests = statusClasses.map { WorkerMetrics.requests[name, $0] }
            seconds = WorkerMetrics.requestSeconds[name]
        }

        /// Notes an answer.
        func answered(status: Int, in time: Duration) {
            requests[min(max(status / 100, 1), 5) - 1].increment()
            seconds.observe(time)
        }

        /// Notes how long the version that is called is still served.
        func versionEnds(inDays days: Int) { WorkerMetrics.versionDays[platform].set(days) }

        /// Notes an error of a class.
        func failed(_ kind: PlatformError.Class) { WorkerMetrics.errors[platform, kind.rawValue].increment() }
    }
}
