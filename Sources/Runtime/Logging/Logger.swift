/// Writes log lines: a fixed message, which people search and alert on, and facts beside it.
///
/// ```swift
/// let logger = Logger(label: "amqp.publisher")
/// logger.warning("publish returned by the broker", ["exchange": "jobs", "code": .int(312)])
/// ```
///
/// Secrets are masked, control characters escaped, and more than ten lines a minute of one message become a count.
public struct Logger: Sendable {
    /// Which part of the program speaks.
    public let label: String
    private let pipeline: LogPipeline
    private let facts: [(String, LogValue)]

    /// A logger to the pipeline of the process, or to another one.
    public init(label: String, pipeline: LogPipeline = .standard) {
        self.init(label: label, pipeline: pipeline, facts: [])
    }

    private init(label: String, pipeline: LogPipeline, facts: [(String, LogValue)]) {
        self.label = label
        self.pipeline = pipeline
        self.facts = facts
    }

    /// The same logger with facts that go into each of its lines.
    public func with(_ facts: KeyValuePairs<String, LogValue>) -> Logger {
        Logger(label: label, pipeline: pipeline, facts: self.facts + facts.map { ($0.key, $0.value) })
    }

    /// The same destination and facts under another label.
    public func named(_ label: String) -> Logger { Logger(label: label, pipeline: pipeline, facts: facts) }

    /// Whether lines of this level are written at all.
    public func isOn(_ level: LogLevel) -> Bool { pipeline.isOn(level) }

    /// Writes a line. The facts are not evaluated when the level is off.
    public func log(
        _ level: LogLevel,
        _ message: StaticString,
        _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]
    ) {
        guard pipeline.isOn(level) else { return }
        pipeline.log(level, message, label: label, facts: facts().map { ($0.key, $0.value) } + self.facts)
    }

    /// For finding a fault in this program.
    public func debug(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.debug, message, facts())
    }

    /// Normal life, worth a line.
    public func info(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.info, message, facts())
    }

    /// Normal, rare, and worth knowing later.
    public func notice(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.notice, message, facts())
    }

    /// Handled, and somebody should look if it goes on.
    public func warning(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.warning, message, facts())
    }

    /// Something was not done.
    public func error(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.error, message, facts())
    }

    /// The process cannot go on, or data is at risk. Never held back.
    public func critical(_ message: StaticString, _ facts: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]) {
        log(.critical, message, facts())
    }
}
