/// Why a figure is not there: a finite list, whatever a platform or a worker calls it.
public enum GapReason: String, Sendable, CaseIterable, Hashable {
    /// The platform was asked and had nothing.
    case noData = "no_data"
    /// The platform had nothing yet.
    case notSettled = "not_settled"
    /// Too few people for the platform to say, or the owner hides it.
    case suppressed
    /// The connection lacks a permission, a plan or its consent.
    case permissionMissing = "permission_missing"
    /// The platform does not serve it, or no longer.
    case unsupported
    /// Nobody could have it: it was never asked for, or the platform knows nothing of the subject.
    case unavailable
    /// It was asked for and something went wrong.
    case failed

    /// The reason behind a worker's word for a metric that it skipped. This is the only place where such words are read; one
    /// that is not known is a failure, never a zero.
    public init(said word: String) {
        if let known = Self.words[word] {
            self = known
        } else if word.hasPrefix("data_status:") {
            self = .notSettled
        } else {
            self = .failed
        }
    }

    private static let words: [String: GapReason] = {
        let lists: [GapReason: [String]] = [
            .noData: ["null", "missing_value", "empty", "no_data"],
            .notSettled: ["data_status", "not_settled"],
            .suppressed: ["privacy_floor", "insufficient_data", "hidden", "suppressed"],
            .permissionMissing: [
                "permission", "scope_missing", "interface_not_enabled", "field_unavailable", "client-not-enrolled",
                "not-authorized-for-field", "not-authorized-for-resource", "field-unauthorized", "auth_expired",
                "auth_invalid", "permission_missing",
            ],
            .unsupported: [
                "retired", "deprecated_metric", "unsupported_metric", "not_crossposted", "unmapped",
                "api_version_sunset", "unsupported",
            ],
            .unavailable: [
                "not_found", "insights_unavailable", "resource-not-found", "other_account", "unavailable",
            ],
        ]
        return lists.reduce(into: [:]) { words, list in for word in list.value { words[word] = list.key } }
    }()

    /// One sentence for people.
    public var sentence: String {
        switch self {
        case .noData: "the platform was asked and had nothing"
        case .notSettled: "the platform had nothing yet"
        case .suppressed: "too few people for the platform to say, or its owner hides it"
        case .permissionMissing: "the connection lacks a permission for it"
        case .unsupported: "the platform does not serve it"
        case .unavailable: "it was never asked for, or the platform knows nothing of it"
        case .failed: "it was asked for and the job or the answer failed"
        }
    }
}

/// What was told of a metric that gave nothing: by which job, when, and of which stretch of time.
public struct GapNote: Equatable, Sendable {
    /// Nil when it holds for everything that was asked of the subject.
    public var metric: MetricID?
    public var reason: GapReason
    /// The worker's own word.
    public var said: String
    /// The days asked about, as instants; both ends are the fetch when something at a moment was asked.
    public var start: Instant
    public var end: Instant
    public var fetchedAt: Instant
    public var job: UUID?

    public init(
        metric: MetricID?,
        reason: GapReason,
        said: String,
        start: Instant,
        end: Instant,
        fetchedAt: Instant,
        job: UUID?
    ) {
        self.metric = metric
        self.reason = reason
        self.said = said
        self.start = start
        self.end = end
        self.fetchedAt = fetchedAt
        self.job = job
    }

    /// Whether it speaks of a metric in a stretch of time.
    public func concerns(_ wanted: MetricID, from low: Instant, to high: Instant) -> Bool {
        (metric == nil || metric == wanted) && start < high && (end > low || start == end && start >= low)
    }
}

extension Sequence<GapNote> {
    /// The newest note about a metric in a stretch of time; of equally new ones the one that names the metric.
    public func newest(about metric: MetricID, from low: Instant, to high: Instant) -> GapNote? {
        filter { $0.concerns(metric, from: low, to: high) }
            .max { ($0.fetchedAt, $0.metric == nil ? 0 : 1) < ($1.fetchedAt, $1.metric == nil ? 0 : 1) }
    }
}
