public import FleetCore
internal import Postgres

/// Letters that somebody chose, and what is being done with them.
public struct StoredSelection: Sendable, Equatable {
    public var id: Int64
    public var action: LetterAction
    public var state: SelectionState
    /// The filter by which they were chosen, as JSON.
    public var filter: String
    public var reason: String
    public var person: String
    /// Letters that were frozen.
    public var letters: Int64
    public var terms: ReplayPace.Terms
    /// Whether the canary went well.
    public var passed: Bool
    /// Why it stands still.
    public var note: String?
    public var madeAt: Instant
    public var startedAt: Instant?
    public var endedAt: Instant?

    /// The name in the audit log.
    public var target: String { Self.target(id) }

    /// The name of a selection in the audit log.
    public static func target(_ id: Int64) -> String { "selection \(id)" }

    static let columns = """
        s.id, s.action, s.state, s.filter::text, s.reason, s.person, s.letters, s.rate, s.canary, s.tolerance, s.passed, s.note,
            s.made_at, s.started_at, s.ended_at
        """

    init(_ row: Row) throws {
        id = try row.int8(0)
        action = LetterAction(rawValue: try row.text(1)) ?? .replay
        state = SelectionState(rawValue: try row.text(2)) ?? .stopped
        filter = try row.text(3)
        reason = try row.text(4)
        person = try row.text(5)
        letters = try row.int8(6)
        terms = ReplayPace.Terms(
            rate: try row.float8(7),
            canary: Int(try row.int4(8)),
            tolerance: Int(try row.int4(9))
        )
        passed = try row.bool(10)
        note = try row.optionalText(11)
        madeAt = Instant(microseconds: try row.timestamp(12))
        startedAt = try row.optionalTimestamp(13).map(Instant.init(microseconds:))
        endedAt = try row.optionalTimestamp(14).map(Instant.init(microseconds:))
    }
}

/// How far a selection is: every letter is in exactly one of the first six.
public struct SelectionProgress: Sendable, Equatable {
    /// Not sent yet.
    public var waiting: Int64
    /// Refused when the selection was examined.
    public var refused: Int64
    /// On their way to the broker.
    public var claimed: Int64
    /// Given back to the fleet.
    public var sent: Int64
    /// Discarded or archived.
    public var closed: Int64
    /// Passed over when their turn came.
    public var skipped: Int64
    /// Of those sent: ended well.
    public var resolved: Int64
    /// Of those sent: died once more.
    public var diedAgain: Int64

    /// Of those sent: neither ended well nor died.
    public var onTheWay: Int64 { sent - resolved - diedAgain }
    /// All that were frozen and are still in the ledger.
    public var letters: Int64 { waiting + refused + claimed + sent + closed + skipped }
}

/// What a selection will do, as far as that can be known before.
public struct SelectionPlan: Sendable, Equatable {
    /// Letters that are refused for one reason.
    public struct Refused: Sendable, Equatable {
        public var reason: ReplayRefusal
        public var letters: Int64
        /// The first of them, with its facts.
        public var example: Int64
        public var detail: String
    }

    public var selection: Int64
    public var action: LetterAction
    public var letters: Int64
    public var refused: [Refused]
    /// Letters that will be sent, or closed, by platform.
    public var platforms: [(name: String, letters: Int64)]

    /// Letters that will be sent, or closed.
    public var accepted: Int64 { letters - refused.reduce(0) { $0 + $1.letters } }

    public static func == (left: Self, right: Self) -> Bool {
        left.selection == right.selection && left.action == right.action && left.letters == right.letters
            && left.refused == right.refused && left.platforms.elementsEqual(right.platforms, by: ==)
    }
}

/// What an operator asked of a selection that cannot be.
public struct SelectionFault: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        case notFound, refused
    }

    public var kind: Kind
    public var description: String

    static func none(_ id: Int64) -> SelectionFault {
        SelectionFault(kind: .notFound, description: "there is no selection \(id); see `flotilla dead selections`")
    }
}
