/// How much a line matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    /// For finding a fault in this program.
    case debug
    /// Normal life, worth a line.
    case info
    /// Normal, rare, and worth knowing later: started, took over, drained.
    case notice
    /// Handled, and somebody should look if it goes on.
    case warning
    /// Something was not done.
    case error
    /// The process cannot go on, or data is at risk.
    case critical

    /// The name in log lines and settings.
    public var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    /// The level of that name, in any case; nil for an unknown one.
    public init?(name: String) {
        guard let level = LogLevel.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = level
    }

    /// The less important first.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
