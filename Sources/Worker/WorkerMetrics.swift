import FleetCore
import Platforms
import Runtime
import Synchronization

/// The worker's own figures. Instruments are looked up once: a look-up costs more than a count.
enum WorkerMetrics {
    private static let registry = MetricsRegistry.standard
    private static let platformLabel = MetricLabel("platform", PlatformRegistry.all.map(\.name.rawValue))
    private static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    private static let laneLabel = MetricLabel("lane", Lane.allCases.map(\.rawValue))
    private static let finished = registry.counter(
        "flotilla_jobs_finished_total",
        "Attempts by what became of the job.",
        labels: [
            platformLabel, laneLabel, MetricLabel("outcome", ["succeeded", "partial", "retry", "dead", "cancelled"]),
        ]
    )
    static let handedBack = registry.counter(
        "flotilla_jobs_handed_back_total",
        "Jobs given back unfinished when the worker ended; no attempt is charged."
    )
    static let needless = registry.counter(
        "flotilla_replay_copies_dropped_total",
        "Second copies of replayed jobs, which a crash of the dispatcher made and nobody ran."
    )
    private static let runSeconds = registry.histogram(
        "flotilla_job_run_seconds",
        "From taking a job to the broker's confirmation of what became of it.",
        labels: [platformLabel, laneLabel]
    )
    private static let waitSeconds = registry.histogram(
        "flotilla_job_wait_seconds",
        "From the moment a job was ordered to the moment a worker took it for the first time.",
        bounds: Histogram.waiting,
        labels: [platformLabel, laneLabel]
    )
    private static let lanes = Mutex<[String: PerLane]>([:])

    /// The instruments of one platform's lane.
    struct PerLane: Sendable {
        let succeeded: Counter
        let partial: Counter
        let retried: Counter
        let died: Counter
        let cancelled: Counter
        let run: Histogram
        let wait: Histogram

        fileprivate init(_ routingKey: String) {
            let words = routingKey.split(separator: ".").map(String.init)
            let (platform, lane) = words.count == 2 ? (words[0], words[1]) : ("other", "other")
            succeeded = WorkerMetrics.finished[platform, lane, "succeeded"]
            partial = WorkerMetrics.finished[platform, lane, "partial"]
            retried = WorkerMetrics.finished[platform, lane, "retry"]
            died = WorkerMetrics.finished[platform, lane, "dead"]
            cancelled = WorkerMetrics.finished[platform, lane, "cancelled"]
            run = WorkerMetrics.runSeconds[platform, lane]
            wait = WorkerMetrics.waitSeconds[platform, lane]
        }
    }

    /// The instruments for jobs that were published under this key, `platform.lane`.
    static func lane(_ routingKey: String) -> PerLane {
        lanes.withLock { lanes in
            if let known = lanes[routingKey] { return known }
            let made = PerLane(routingKey)
            // Keys come from messages: strange ones are looked up again and again, and not kept.
            if lanes.count < 64 { lanes[routingKey] = made }
            return made
        }
    }

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
