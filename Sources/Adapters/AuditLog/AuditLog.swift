internal import FleetCore
internal import Glibc
public import JSON
public import Postgres
internal import Runtime

/// What people did to the fleet, with their reasons: appended to and never changed.
///
/// Put ``command(_:target:reason:details:person:)`` into the transaction of the act itself: then there is no act without its
/// entry and no entry without its act.
public struct AuditLog: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// The statement that appends an entry; it answers with the entry's number.
    ///
    /// - Parameters:
    ///   - action: noun and verb, `queue.pause`.
    ///   - target: to what, `queue jobs.x.bulk`. Never a name of a person or of an account at its platform.
    ///   - reason: why, in the operator's words; not empty, at most 1,000 bytes.
    ///   - details: what else should be known later; never a secret.
    ///   - person: who does it; by default whoever runs this process.
    public static func command(
        _ action: String,
        target: String,
        reason: String,
        details: JSONValue = [:],
        person: String = AuditLog.person
    ) -> Command {
        Command(
            """
            insert into flotilla.audit_log (person, action, target, reason, details) values ($1, $2, $3, $4, $5)
            returning id
            """,
            [.text(person), .text(action), .text(target), .text(reason), .json(details.description)]
        )
    }

    /// Appends an entry by itself, for acts that are not the database's; returns its number.
    @discardableResult
    public func note(
        _ action: String,
        target: String,
        reason: String,
        details: JSONValue = [:],
        person: String = AuditLog.person
    ) async throws -> Int64 {
        let command = Self.command(action, target: target, reason: reason, details: details, person: person)
        return try await pool.query(command.statement, command.parameters).only().int8(0)
    }

    /// User and machine of this process, as they call themselves.
    public static var person: String {
        let user = ProcessEnvironment["SUDO_USER"] ?? ProcessEnvironment["USER"] ?? "user \(getuid())"
        var name = [UInt8](repeating: 0, count: 256)
        let isNamed = name.withUnsafeMutableBytes { gethostname($0.baseAddress!, $0.count - 1) == 0 }
        let machine = isNamed ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
        return "\(user.prefix(60))@\(machine.prefix(100))"
    }

    // MARK: Reading

    /// The newest entries first.
    ///
    /// - Parameters:
    ///   - before: only those with smaller numbers.
    ///   - action: only this action, or those that begin with it and a dot.
    ///   - target: only of this target.
    public func entries(
        before: Int64? = nil,
        action: String? = nil,
        target: String? = nil,
        limit: Int
    ) async throws -> [AuditEntry] {
        try await pool.query(
            """
            select id, at, login, person, action, target, reason, details::text, previous, digest from flotilla.audit_log
            where ($1::bigint is null or id < $1) and ($2::text is null or action = $2 or starts_with(action, $2 || '.'))
                and ($3::text is null or target = $3)
            order by id desc limit $4
            """,
            [
                before.map { .int8($0) } ?? .null, action.map { .text($0) } ?? .null,
                target.map { .text($0) } ?? .null, .int8(Int64(limit)),
            ]
        ).map(AuditEntry.init)
    }

    /// Follows the whole chain as of one moment.
    public func verify() async throws -> AuditChain {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            var chain = AuditChain()
            var last: Int64 = 0
            while true {
                let rows = try await connection.query(
                    """
                    select id, at, login, person, action, target, reason, details::text, previous, digest
                    from flotilla.audit_log where id > $1 order by id limit 1000
                    """,
                    [.int8(last)]
                )
                for row in rows {
                    let entry = try AuditEntry(row)
                    chain.follow(entry)
                    last = entry.id
                }
                if rows.count < 1000 { return chain }
            }
        }
    }
}

extension AuditEntry {
    init(_ row: Row) throws {
        self.init(
            id: try row.int8(0),
            at: Instant(microseconds: try row.timestamp(1)),
            login: try row.text(2),
            person: try row.text(3),
            action: try row.text(4),
            target: try row.text(5),
            reason: try row.text(6),
            details: try row.text(7),
            previous: try row.bytes(8),
            digest: try row.bytes(9)
        )
    }
}
