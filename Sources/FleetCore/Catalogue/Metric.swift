/// The number by which a canonical metric is stored. Numbers are never reused and never change their meaning.
public struct MetricID: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number in `metric smallint[]` columns.
    public let rawValue: Int16

    /// The metric with this number, which need not be in the catalogue.
    @inlinable
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// Orders by number, which is the order within a packed reading.
    @inlinable
    public static func < (left: MetricID, right: MetricID) -> Bool { left.rawValue < right.rawValue }
}

/// What may be done with a metric's values in one word.
public enum MetricKind: String, Sendable, CaseIterable {
    /// A level at an instant: the last value counts, nothing is summed over time.
    case gauge
    /// The quantity of a period: sums over periods.
    case delta
    /// A running total: differences of consecutive readings are deltas; it may fall.
    case cumulative
    /// Distinct people: valid for its native period only, never summed over time or subjects.
    case unique
    /// A quotient: recomputed from the sums of numerator and denominator.
    case ratio
    /// A mean that needs its weights to be combined.
    case weightedMean = "weighted_mean"
    /// An amount in one currency.
    case money
    /// Parts of a whole, stored with dimensions.
    case breakdown
}

/// What one unit of a metric is.
public enum MetricUnit: String, Sendable, CaseIterable {
    case count
    case accounts
    case seconds
    case percent
    case ratio
    case currency
    /// As the platform sends it; its documents do not say.
    case unknown
}

/// A canonical metric: what all platforms' names are mapped to.
public struct Metric: Identifiable, Hashable, Sendable {
    /// Its stable number.
    public let id: MetricID
    /// Its name in messages, tables and on the command line.
    public let name: String
    /// What may be done with its values. A metric of kind ``MetricKind/delta`` that is read as a lifetime total is
    /// cumulative in that reading: see ``kind(over:)``.
    public let kind: MetricKind
    /// What one unit is.
    public let unit: MetricUnit
    /// How many decimal digits are kept: the stored integer is the value times ten to this power.
    public let scale: Int
    /// Whether values of consecutive periods may be added.
    public let additiveOverTime: Bool
    /// Whether values of different accounts or posts may be added. A sum of follower levels counts people once per account
    /// and must be labelled so.
    public let additiveOverSubjects: Bool

    /// What this metric is when read over a period: a flow that is read as a lifetime total, or at an instant, is a running
    /// total.
    public func kind(over period: Period) -> MetricKind {
        kind == .delta && !period.isWindow ? .cumulative : kind
    }
}

/// The stretch of time a reading speaks of.
///
/// The numbers are stored in Postgres and never change.
public enum Period: Int16, Sendable, CaseIterable {
    /// One local day of the platform; the start is that day.
    case day = 1
    /// Seven days; the start names the last day, as platforms report it.
    case week = 2
    /// A rolling window of 28 days; the start names its last day.
    case days28 = 3
    /// One total over several days; the start names the first.
    case range = 4
    /// Everything since the subject exists, as of the collection.
    case lifetime = 5
    /// A level at the collection.
    case instant = 6

    /// The name in messages: `day`, `week`, `days_28`, `range`, `lifetime` or `instant`.
    public var name: String {
        switch self {
        case .day: "day"
        case .week: "week"
        case .days28: "days_28"
        case .range: "range"
        case .lifetime: "lifetime"
        case .instant: "instant"
        }
    }

    /// The period with a name, or nil.
    public init?(name: String) {
        guard let period = Period.allCases.first(where: { $0.name == name }) else { return nil }
        self = period
    }

    /// Whether the reading covers a bounded stretch of local days, and so starts on a date rather than at an instant.
    public var isWindow: Bool {
        switch self {
        case .day, .week, .days28, .range: true
        case .lifetime, .instant: false
        }
    }
}
