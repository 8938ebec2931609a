/// Kinds of data that are kept for different lengths of time. The raw values are what the store and commands use.
public enum RetentionClass: String, Sendable, CaseIterable, Hashable {
    /// Every reading of every fetch.
    case observations
    /// Every fetch of a metric in parts.
    case breakdowns
    /// The ledger of jobs and runs.
    case jobs
    case deadLetters = "dead_letters"
    /// Roll-ups of days and hours, and the current values that they are computed from.
    case days
    case weeks
    case months

    /// Whether old data of all platforms goes with a partition.
    public var isPartitioned: Bool {
        switch self {
        case .observations, .breakdowns, .jobs: true
        case .deadLetters, .days, .weeks, .months: false
        }
    }

    /// Whether roll-ups that are not closed yet are computed from it.
    public var feedsRollups: Bool {
        switch self {
        case .observations, .days: true
        case .breakdowns, .jobs, .deadLetters, .weeks, .months: false
        }
    }
}

/// How long something is kept.
public struct RetentionSpan: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Nil is without end.
    public var days: Int?

    public init(days: Int?) { self.days = days }

    public static let unlimited = RetentionSpan(days: nil)

    public static func < (left: RetentionSpan, right: RetentionSpan) -> Bool {
        switch (left.days, right.days) {
        case (nil, _): false
        case (_?, nil): true
        case (let left?, let right?): left < right
        }
    }

    public var description: String { days.map { $0 == 1 ? "1 day" : "\($0) days" } ?? "without end" }
}
