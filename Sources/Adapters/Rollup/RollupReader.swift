public import FleetCore
public import Postgres

/// Reads stored roll-ups.
public struct RollupReader: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// The rows of one length of a subject whose first days lie in a span, ascending. ``RollupEntry/known`` is the
    /// generation.
    public func rows(
        of subject: Int64,
        _ level: RollupLevel,
        _ grain: Grain,
        _ days: ClosedRange<CivilDate>
    ) async throws -> [RollupEntry] {
        // By the key: a bucket begins within a day of the UTC midnight of its first day.
        let rows = try await pool.query(
            """
            select start_at, end_at, day, account_id, workspace_id, generation, state, expected, metrics, "values", counts,
                sums, minimums, maximums, weights, flags
            from flotilla.rollups
            where subject_id = $1 and level = $2 and grain = $3 and day between $4 and $5
                and start_at between $6 and $7
            order by start_at
            """,
            [
                .int8(subject), .int2(level.rawValue), .int2(grain.rawValue), .date(days.lowerBound.daysSinceEpoch),
                .date(days.upperBound.daysSinceEpoch), .timestamp(Self.midnight(days.lowerBound - 1).microseconds),
                .timestamp(Self.midnight(days.upperBound + 3).microseconds),
            ]
        )
        return try rows.compactMap { row in
            guard let content = try RollupRow(columns: row, from: 6) else { return nil }
            let start = Instant(microseconds: try row.timestamp(0))
            return RollupEntry(
                RollupKey(subject: subject, level: level, grain: grain, start: start),
                account: try row.int8(3),
                workspace: try row.int8(4),
                day: CivilDate(daysSinceEpoch: try row.date(2)),
                end: Instant(microseconds: try row.timestamp(1)),
                row: content,
                known: try row.int4(5)
            )
        }
    }

    private static func midnight(_ day: CivilDate) -> Instant { TimeZoneRules.utc.startOfDay(day) }
}
