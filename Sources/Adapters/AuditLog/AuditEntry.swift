internal import Crypto
public import FleetCore

/// One thing that somebody did to the fleet, as the database chained it.
public struct AuditEntry: Sendable, Equatable {
    /// From 1, without a gap.
    public var id: Int64
    public var at: Instant
    /// The login at the database.
    public var login: String
    /// Who says to have done it.
    public var person: String
    /// What was done: `replay.start`, `queue.pause`.
    public var action: String
    /// To what: `selection 17`, `queue jobs.x.bulk`.
    public var target: String
    public var reason: String
    /// JSON as the database writes it.
    public var details: String
    /// The digest of the entry before; empty for the first.
    public var previous: [UInt8]
    public var digest: [UInt8]

    /// The digest that the entry must have if nobody changed it.
    public var computedDigest: [UInt8] {
        let fields = [
            String(id), String(at.microseconds), login, person, action, target, reason, details, previous.hexadecimal,
        ]
        return sha256(fields.flatMap { Array("\($0.utf8.count):\($0)".utf8) })
    }
}

/// Follows the entries from the first on and finds what was changed, taken out or put in.
public struct AuditChain: Sendable {
    /// How many entries were followed.
    public private(set) var count: Int64 = 0
    /// The last entry's digest. Whoever notes it elsewhere can tell later whether the end was cut off.
    public private(set) var head: [UInt8] = []
    /// One sentence each, at most a hundred.
    public private(set) var faults: [String] = []
    private var lastID: Int64 = 0

    public init() {}

    /// Follows the next entry, in the order of their numbers.
    public mutating func follow(_ entry: AuditEntry) {
        if entry.id != lastID + 1 {
            note(
                entry.id == lastID + 2
                    ? "entry \(lastID + 1) is missing" : "entries \(lastID + 1) to \(entry.id - 1) are missing"
            )
        } else if entry.previous != head {
            note("entry \(entry.id) does not follow the entry before it")
        }
        if entry.computedDigest != entry.digest { note("entry \(entry.id) was changed") }
        count += 1
        (lastID, head) = (entry.id, entry.digest)
    }

    private mutating func note(_ fault: String) { if faults.count < 100 { faults.append(fault) } }
}

extension [UInt8] {
    /// Two digits per byte.
    public var hexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
