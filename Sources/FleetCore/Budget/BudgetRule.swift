/// A limit that a platform sets, as data: who is counted together, over what stretch of time, in what unit.
public struct BudgetRule: Hashable, Sendable {
    /// Whose calls are counted together.
    public enum Subject: String, Sendable, CaseIterable {
        /// Every call of our application at the platform.
        case app
        /// Calls on behalf of one account.
        case account
        /// What one workspace of ours spends.
        case workspace
    }

    /// What is counted.
    public enum Unit: String, Sendable, CaseIterable {
        case calls
        /// The platform's own units, of which a call may cost several.
        case units
        /// Millionths of a US dollar.
        case microDollars = "micro_dollars"
    }

    /// The stretch of time that a limit holds for.
    public enum Window: Hashable, Sendable {
        /// Any stretch of this length.
        case sliding(Duration)
        /// Stretches of this length one after another, counted from 1970.
        case aligned(Duration)
        /// A day in the platform's zone.
        case day
        /// A calendar month in UTC.
        case month
    }

    /// Its name, unique within the platform.
    public var name: String
    public var subject: Subject
    /// The family of calls that it counts; nil for all of them.
    public var endpoint: String?
    public var unit: Unit
    /// The most that may be used in a window; nil while only the platform's headers tell.
    public var limit: Int64?
    public var window: Window

    public init(
        _ name: String,
        _ subject: Subject,
        endpoint: String? = nil,
        unit: Unit = .calls,
        limit: Int64?,
        window: Window
    ) {
        self.name = name
        self.subject = subject
        self.endpoint = endpoint
        self.unit = unit
        self.limit = limit
        self.window = window
    }
}

/// What an answer of a platform says about one of its limits.
public struct LimitSignal: Hashable, Sendable {
    /// The name of the rule.
    public var rule: String
    /// The family of calls, where the rule counts each family by itself and the header speaks of one.
    public var endpoint: String?
    public var limit: Int64?
    public var remaining: Int64?
    /// The share used, in percent; 100 and more is throttled.
    public var percent: Int?
    /// When the window ends or calls are answered again.
    public var resetsAt: Instant?

    public init(
        rule: String,
        endpoint: String? = nil,
        limit: Int64? = nil,
        remaining: Int64? = nil,
        percent: Int? = nil,
        resetsAt: Instant? = nil
    ) {
        self.rule = rule
        self.endpoint = endpoint
        self.limit = limit
        self.remaining = remaining
        self.percent = percent
        self.resetsAt = resetsAt
    }
}
