public import FleetCore
internal import Postgres

/// A dead letter as lists show it.
public struct StoredLetter: Sendable, Equatable {
    public var id: Int64
    public var diedAt: Instant
    public var state: LetterState
    public var platform: String
    public var account: Int64?
    public var job: FleetCore.UUID?
    public var run: FleetCore.UUID?
    public var cause: String
    public var detail: String
    public var attempt: Int
    /// The fingerprint of its group.
    public var group: String
    /// How often the job was replayed before this death.
    public var replays: Int
    /// The letter whose replay died here.
    public var parent: Int64?
    /// The selection that dealt with it.
    public var selection: Int64?
    /// When its state changed last.
    public var changedAt: Instant?

    /// What ``init(_:)`` reads, of `d`.
    static let columns = """
        d.id, d.dead_at, d.state, d.platform, d.account_id, d.job_id, d.run_id, d.cause, d.detail, d.attempt, d.fingerprint,
            d.replays, d.parent, d.selection, d.changed_at
        """

    init(_ row: Row) throws {
        id = try row.int8(0)
        diedAt = Instant(microseconds: try row.timestamp(1))
        state = LetterState(rawValue: try row.text(2)) ?? .open
        platform = try row.text(3)
        account = try row.optionalInt8(4)
        job = try row.optionalUUID(5).map { FleetCore.UUID($0) }
        run = try row.optionalUUID(6).map { FleetCore.UUID($0) }
        cause = try row.text(7)
        detail = try row.text(8)
        attempt = Int(try row.int4(9))
        group = try row.text(10)
        replays = Int(try row.int2(11))
        parent = try row.optionalInt8(12)
        selection = try row.optionalInt8(13)
        changedAt = try row.optionalTimestamp(14).map(Instant.init(microseconds:))
    }
}

/// A letter with all that travelled with it.
public struct LetterContent: Sendable, Equatable {
    public var letter: StoredLetter
    public var routingKey: String
    /// JSON objects.
    public var headers: String
    public var properties: String
    public var body: [UInt8]
}

/// Letters that died of the same, and how that develops.
public struct LetterGroup: Sendable, Equatable {
    public var fingerprint: String
    public var cause: String
    /// The detail without what differs.
    public var pattern: String
    public var letters: Int64
    public var firstSeen: Instant
    public var lastSeen: Instant
    /// How many died in each of the last 24 hours, oldest first.
    public var hours: [Int64]
    /// How many died in the 24 hours before those.
    public var dayBefore: Int64

    /// How many died in the last 24 hours.
    public var lastDay: Int64 { hours.reduce(0, +) }
}
