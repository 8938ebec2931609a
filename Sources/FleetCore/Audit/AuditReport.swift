/// What an audit found: whether every accepted job is in exactly one place, and whether every stored figure follows from
/// the readings.
public struct AuditReport: Equatable, Sendable {
    /// What is wrong with something.
    public enum Kind: String, Sendable, CaseIterable {
        /// Accepted, and in no place where it could still come from.
        case lost
        /// Counted or stored more than once.
        case twice
        /// Stored, and not what follows from the readings.
        case different
    }

    public private(set) var lost: Int64 = 0
    public private(set) var twice: Int64 = 0
    public private(set) var different: Int64 = 0
    /// Accepted jobs that wait in the outbox or the broker, or are in a worker's hands.
    public var inFlight: Int64 = 0
    /// Jobs in the ledger.
    public var jobs: Int64 = 0
    public var observations: Int64 = 0
    /// Rows of current values.
    public var rows: Int64 = 0
    public var rollups: Int64 = 0
    public var posts: Int64 = 0
    /// Metrics in parts, as fetched.
    public var breakdowns: Int64 = 0
    /// Subjects and buckets of which something changed that rollups do not show yet; those were not looked at.
    public var pending: Int64 = 0
    /// Subjects whose platform is not known any more, so that their rollups could not be computed again.
    public var unchecked: Int64 = 0
    /// The first problems, one sentence each.
    public private(set) var problems: [String] = []

    /// The most problems kept as text; all are counted.
    public static let textLimit = 20

    public init() {}

    /// Counts a problem, and keeps its sentence if it is among the first.
    public mutating func note(_ kind: Kind, count: Int64 = 1, _ text: @autoclosure () -> String) {
        guard count > 0 else { return }
        switch kind {
        case .lost: lost += count
        case .twice: twice += count
        case .different: different += count
        }
        if problems.count < Self.textLimit { problems.append("\(kind.rawValue): \(text())") }
    }

    /// Adds what another part of the audit found.
    public mutating func add(_ other: AuditReport) {
        lost += other.lost
        twice += other.twice
        different += other.different
        inFlight += other.inFlight
        jobs += other.jobs
        observations += other.observations
        rows += other.rows
        rollups += other.rollups
        posts += other.posts
        breakdowns += other.breakdowns
        pending += other.pending
        unchecked += other.unchecked
        problems += other.problems.prefix(max(0, Self.textLimit - problems.count))
    }

    /// Nothing is lost, nothing is there twice, nothing differs.
    public var isClean: Bool { lost == 0 && twice == 0 && different == 0 }
}
