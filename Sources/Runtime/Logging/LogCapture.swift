internal import Synchronization

/// Collects lines in memory instead of writing them, for tests.
public final class LogCapture: Sendable {
    private let captured = Mutex<[String]>([])

    /// An empty capture.
    public init() {}

    /// The lines so far, without their line ends.
    public var lines: [String] { captured.withLock { $0 } }

    /// A pipeline that ends here and holds nothing back, unless `linesPerMinute` says so.
    public func pipeline(
        level: LogLevel = .debug,
        format: LogPipeline.Format = .json,
        linesPerMinute: Int = .max,
        clock: @escaping @Sendable () -> (wall: Int64, monotonic: Int64) = { (0, 0) }
    ) -> LogPipeline {
        LogPipeline(level: level, format: format, linesPerMinute: linesPerMinute, clock: clock) { line in
            let text = String(decoding: line.dropLast(), as: UTF8.self)
            self.captured.withLock { $0.append(text) }
        }
    }
}
