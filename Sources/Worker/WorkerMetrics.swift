import FleetCore
import Platforms
import Runtime

/// The worker's own figures.
enum WorkerMetrics {
    private static let registry = MetricsRegistry.standard
    private static let platforms = MetricLabel("platform", PlatformRegistry.all.map(\.name.rawValue))

    static let finished = registry.counter(
        "flotilla_jobs_finished_total",
        "Attempts by what became of the job.",
        labels: [MetricLabel("outcome", ["succeeded", "partial", "retry", "dead"])]
    )
    static let runSeconds = registry.histogram(
        "flotilla_job_run_seconds",
        "From taking a job to the broker's confirmation of what became of it."
    )
    static let requests = registry.counter(
        "flotilla_platform_requests_total",
        "Requests to platforms by class of answer.",
        labels: [platforms, MetricLabel("class", ["1xx", "2xx", "3xx", "4xx", "5xx"])]
    )
    static let requestSeconds = registry.histogram(
        "flotilla_platform_request_seconds",
        "Time of one request to a platform.",
        labels: [platforms]
    )
    static let errors = registry.counter(
        "flotilla_platform_errors_total",
        "Errors of platforms by class.",
        labels: [platforms, MetricLabel("class", PlatformError.Class.allCases.map(\.rawValue))]
    )
    static let inFlight = registry.gauge("flotilla_jobs_in_flight", "Jobs taken and not yet settled.")
}
