/// When an alert fires, in Prometheus' words.
public struct AlertRule: Sendable {
    public var alert: Alert
    public var expression: String
    /// How long it must be so, such as `5m`.
    public var duration: String
    public var severity: Alert.Severity
    /// One line for whoever is woken up; may use Prometheus' templates.
    public var summary: String

    init(_ alert: Alert, _ severity: Alert.Severity, for duration: String, _ expression: String, _ summary: String) {
        self.alert = alert
        self.severity = severity
        self.duration = duration
        self.expression = expression
        self.summary = summary
    }
}

/// An expression that is computed ahead, under a name of its own.
public struct RecordingRule: Sendable {
    public var name: String
    public var expression: String
}

/// How soon a lane promises to begin with a job.
public enum LanePromise {
    /// Seconds by lane; each is a bound of the histogram of waits.
    public static let seconds: [(lane: String, seconds: Int)] = [
        ("interactive", 60), ("normal", 3600), ("bulk", 86_400),
    ]
    /// The share of jobs for which the promise is kept.
    public static let objective = 0.99
}
