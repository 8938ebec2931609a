/// What may be said of one figure. Every figure of an answer has exactly one of these.
public enum FigureState: Hashable, Sendable {
    /// There is a number.
    case value
    /// The platform said zero.
    case zero
    /// Not there, and the platform may still bring it.
    case pending
    /// Not there.
    case gap(GapReason)
    /// The platform does not say it of so few people.
    case suppressed
    /// The platform has no such figure.
    case unsupported
    /// There is a number, and a simulator made it.
    case synthetic

    /// The name in answers; the reason of a gap stands beside it.
    public var name: String {
        switch self {
        case .value: "value"
        case .zero: "zero"
        case .pending: "pending"
        case .gap: "gap"
        case .suppressed: "suppressed"
        case .unsupported: "unsupported"
        case .synthetic: "synthetic"
        }
    }

    /// Why it is not there, if it is a gap.
    public var reason: GapReason? { if case .gap(let reason) = self { reason } else { nil } }

    /// Whether there is a number to show.
    public var hasValue: Bool { self == .value || self == .zero || self == .synthetic }
}

/// One metric in one bucket: its state, and the cell where there is one.
public struct Figure: Equatable, Sendable {
    public var metric: MetricID
    public var state: FigureState
    /// Nil when nothing is known. A cell without a value may still hold bounds.
    public var cell: RollupRow.Cell?
    /// How many days the bucket has, over all subjects.
    public var expected: Int32

    public init(metric: MetricID, state: FigureState, cell: RollupRow.Cell?, expected: Int32) {
        self.metric = metric
        self.state = state
        self.cell = cell
        self.expected = expected
    }

    /// The number, fixed-point by the metric's scale.
    public var value: Int64? { state.hasValue ? cell?.known : nil }

    /// The least and the most that the number can be, where only that is known; no most where days are missing.
    public var bounds: (lower: Int64, upper: Int64?)? {
        guard let cell, cell.flags.contains(.bounded) else { return nil }
        return (cell.value, cell.count >= expected ? cell.sum : nil)
    }

    /// How many of the expected days say something; at most all of them.
    public var present: Int32 { min(cell?.count ?? 0, expected) }
}

/// What is known around a figure besides its cell, and the decision what may be said of it.
public struct FigureFacts: Sendable {
    /// A simulator answers for the workspace.
    public var isSynthetic = false
    /// The platform has such a figure for such a subject.
    public var isOffered = true
    /// The platform may still bring figures of the bucket.
    public var mayStillCome = false
    /// Something else of the bucket was read.
    public var wasRead = false
    /// The newest note about it.
    public var reason: GapReason?

    public init() {}

    /// The state of a figure.
    public func state(of cell: RollupRow.Cell?) -> FigureState {
        guard let cell else { return missing }
        guard let value = cell.known else { return .gap(.unavailable) }
        if isSynthetic { return .synthetic }
        return value == 0 ? .zero : .value
    }

    private var missing: FigureState {
        if !isOffered { return .unsupported }
        switch reason {
        case .suppressed?: return .suppressed
        case .unsupported?: return .unsupported
        case .permissionMissing?: return .gap(.permissionMissing)
        case .noData?, .notSettled?, .unavailable?, .failed?, nil: break
        }
        if mayStillCome { return .pending }
        return .gap(reason ?? (wasRead ? .noData : .unavailable))
    }
}
