public import FleetCore
internal import Postgres

extension RetentionStore {
    /// What a step of a sweep came to.
    public struct Step: Sendable, Equatable {
        public var deleted: Int64
        public var isFinished: Bool
    }

    /// How long a finished sweep rests.
    static let rest = Duration.seconds(20 * 3600)

    /// Takes the next step of a sweep, at most `most` subjects or rows; nil when it was finished a short while ago.
    public func step(_ sweep: RetentionPlan.Sweep, most: Int32, now: Instant) async throws -> Step? {
        try await pool.withTransaction { connection in
            let key = Self.key(sweep)
            guard let row = try await Self.open(sweep, key, now, on: connection) else { return nil }
            let before = try row.timestamp(0)
            let taken = try await connection.query(
                "select deleted, reached from flotilla.sweep($1, $2, $3, $4, $5, $6)",
                key + [.timestamp(before), .int8(try row.int8(1)), .int4(most)]
            ).only()
            let (deleted, reached) = (try taken.int8(0), try taken.optionalInt8(1))
            let end: Parameter = reached == nil ? .timestamp(now.microseconds) : .null
            _ = try await connection.pipeline(
                [
                    Command(
                        """
                        update flotilla.retention_sweeps
                        set cursor = coalesce($4, cursor), deleted = deleted + $5, finished_at = $6
                        where class = $1 and platform = $2 and real_only = $3
                        """,
                        key + [reached.map { .int8($0) } ?? .null, .int8(deleted), end]
                    )
                ]
                    + (reached == nil
                        ? [Command("select flotilla.raise_floor($1, $2, $3, $4)", key + [.timestamp(before)])] : [])
            )
            return Step(deleted: deleted, isFinished: reached == nil)
        }
    }

    private static func key(_ sweep: RetentionPlan.Sweep) -> [Parameter] {
        [.text(sweep.kind.rawValue), .text(sweep.platform?.rawValue ?? ""), .bool(sweep.isRealOnly)]
    }

    /// The moment and the cursor of the round under way; begins the next one when the last is over for long enough.
    private static func open(
        _ sweep: RetentionPlan.Sweep,
        _ key: [Parameter],
        _ now: Instant,
        on connection: Connection
    ) async throws -> Row? {
        let rows = try await connection.pipeline([
            Command(
                """
                insert into flotilla.retention_sweeps as s (class, platform, real_only, before, began_at)
                values ($1, $2, $3, $4, $5)
                on conflict (class, platform, real_only) do update
                    set before = excluded.before, cursor = 0, deleted = 0, began_at = excluded.began_at, finished_at = null
                    where s.finished_at <= $6
                """,
                key + [
                    .timestamp(sweep.before.microseconds), .timestamp(now.microseconds),
                    .timestamp((now - rest).microseconds),
                ]
            ),
            Command(
                """
                select before, cursor from flotilla.retention_sweeps
                where class = $1 and platform = $2 and real_only = $3 and finished_at is null for update skip locked
                """,
                key
            ),
        ])
        return rows[1].first
    }
}
