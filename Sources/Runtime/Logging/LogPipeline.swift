internal import Glibc
internal import Synchronization

/// Where the lines of all loggers meet: level, format, rate limit, destination.
public final class LogPipeline: Sendable {
    /// How a line looks.
    public enum Format: String, Sendable {
        /// One JSON object per line.
        case json
        /// Text for people.
        case console
    }

    private struct State {
        var format: Format
        var style: TerminalStyle
        var facts: [(String, LogValue)] = []
        var limit: LogRateLimit
    }

    private let threshold: Atomic<Int>
    private let state: Mutex<State>
    private let clock: @Sendable () -> (wall: Int64, monotonic: Int64)
    private let write: @Sendable ([UInt8]) -> Void

    /// The pipeline of the process, to standard output.
    ///
    /// It starts with `FLOTILLA_LOG_LEVEL` (default `info`) and `FLOTILLA_LOG_FORMAT` (`json` or `console`; default
    /// `console` on a terminal, `json` elsewhere); `configure` changes it later.
    public static let standard = LogPipeline(
        level: LogLevel(name: ProcessEnvironment["FLOTILLA_LOG_LEVEL"] ?? "") ?? .info,
        format: Format(rawValue: ProcessEnvironment["FLOTILLA_LOG_FORMAT"] ?? "")
            ?? (Terminal.outputIsTerminal ? .console : .json),
        style: .output
    ) { Terminal.write($0, to: standardDescriptor.load(ordering: .relaxed)) }

    private static let standardDescriptor = Atomic<CInt>(STDOUT_FILENO)

    /// Sends the lines of the process's pipeline to standard error, for commands whose output is their result.
    public static func moveStandardToErrorOutput() {
        standardDescriptor.store(STDERR_FILENO, ordering: .relaxed)
        standard.state.withLock { $0.style = .error }
    }

    /// A pipeline of its own. `clock` gives microseconds since 1970 and nanoseconds of the monotonic clock; `write`
    /// gets one complete line per call, from any thread.
    public init(
        level: LogLevel = .debug,
        format: Format = .json,
        style: TerminalStyle = TerminalStyle(isOn: false),
        linesPerMinute: Int = 10,
        clock: @escaping @Sendable () -> (wall: Int64, monotonic: Int64) = {
            (ProcessClock.wallNow, ProcessClock.monotonicNow)
        },
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        threshold = Atomic(level.rawValue)
        state = Mutex(State(format: format, style: style, limit: LogRateLimit(perWindow: linesPerMinute)))
        self.clock = clock
        self.write = write
    }

    /// The lowest level that is written.
    public var level: LogLevel {
        get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Takes over settings read later than the environment; nil keeps what is there. `facts` go into every line.
    public func configure(level: LogLevel? = nil, format: Format? = nil, facts: KeyValuePairs<String, LogValue>? = nil)
    {
        if let level { self.level = level }
        state.withLock { state in
            if let format { state.format = format }
            if let facts { state.facts = facts.map { ($0.key, $0.value) } }
        }
    }

    /// Writes the counts of all lines held back so far. Call it before the process ends.
    public func flush() {
        let (wall, monotonic) = clock()
        let held = state.withLock { $0.limit.takeSuppressed(now: monotonic, all: true) }
        for line in held { writeCount(line, wall) }
    }

    @inline(__always)
    func isOn(_ level: LogLevel) -> Bool { level.rawValue >= threshold.load(ordering: .relaxed) }

    func log(_ level: LogLevel, _ message: StaticString, label: String, facts: [(String, LogValue)]) {
        let (wall, monotonic) = clock()
        let (admitted, held) = state.withLock { state in
            let held = state.limit.takeSuppressed(now: monotonic)
            return (state.limit.admit(message, level: level, now: monotonic), held)
        }
        for line in held { writeCount(line, wall) }
        if admitted { write(render(level, message, label, facts, wall)) }
    }

    private func writeCount(_ held: LogRateLimit.Suppressed, _ wall: Int64) {
        write(render(held.level, held.message, "log", [("suppressed", .int(held.count))], wall))
    }

    private func render(
        _ level: LogLevel,
        _ message: StaticString,
        _ label: String,
        _ facts: [(String, LogValue)],
        _ wall: Int64
    ) -> [UInt8] {
        let (format, style, constant) = state.withLock { ($0.format, $0.style, $0.facts) }
        let all = constant.isEmpty ? facts : facts + constant
        return switch format {
        case .json:
            LogLine.json(time: wall, level: level, message: message, label: label, facts: all, process: getpid())
        case .console:
            LogLine.console(time: wall, level: level, message: message, label: label, facts: all, style: style)
        }
    }
}
