public import FleetCore
internal import Postgres

/// An entry of the ledger of fires.
public struct StoredFire: Sendable, Equatable {
    public var at: Instant
    public var trigger: FirePlan.Trigger
    public var verdict: FirePlan.Verdict
    /// Why it did not run: `late`, `caught_up`, `overlap`, `paused`, or nothing.
    public var reason: String
    public var run: UUID?
    /// Who asked for it; empty for the schedule itself.
    public var askedBy: String
    public var decidedAt: Instant?

    init(_ row: Row) throws {
        at = Instant(microseconds: try row.timestamp(0))
        trigger = FirePlan.Trigger(rawValue: try row.text(1)) ?? .cron
        verdict = FirePlan.Verdict(rawValue: try row.text(2)) ?? .waiting
        reason = try row.text(3)
        run = try row.optionalUUID(4).map(UUID.init)
        askedBy = try row.text(5)
        decidedAt = try row.optionalTimestamp(6).map(Instant.init(microseconds:))
    }
}

extension ScheduleStore {
    /// The ledger of a schedule's fires, newest first.
    ///
    /// - Parameters:
    ///   - range: only fires in it, both ends included.
    ///   - verdict: only those.
    public func fires(
        of schedule: StoredSchedule,
        in range: ClosedRange<Instant>? = nil,
        verdict: FirePlan.Verdict? = nil,
        limit: Int
    ) async throws -> [StoredFire] {
        try await pool.query(
            """
            select fire_at, "trigger", verdict, reason, run_id, asked_by, decided_at from flotilla.fires
            where schedule_id = $1 and ($2::timestamptz is null or fire_at >= $2) and ($3::timestamptz is null or fire_at <= $3)
                and ($4::text is null or verdict = $4)
            order by fire_at desc limit $5
            """,
            [
                .int8(schedule.id), .optional(range?.lowerBound), .optional(range?.upperBound),
                .optional(verdict?.rawValue), .int8(Int64(limit)),
            ]
        ).map(StoredFire.init)
    }
}
