public import FleetCore
public import Postgres

/// What people do to schedules. Each act enters the audit log in its own transaction.
extension ScheduleStore {
    /// The entry of the audit log that goes with an act: ``AuditLog/command(_:target:reason:details:person:)``.
    public typealias Note = Command

    /// All schedules by name, or the one of that name.
    public func schedules(named name: String? = nil) async throws -> [StoredSchedule] {
        let statement = Statement(
            dynamic: """
                select \(StoredSchedule.columns) from flotilla.schedules s where $1::text is null or s.name = $1
                order by s.name
                """
        )
        return try await pool.query(statement, [name.map { .text($0) } ?? .null]).map(StoredSchedule.init)
    }

    /// What a new schedule is to be.
    public struct Draft: Sendable {
        public var name: String
        public var cron: String
        public var zone: String
        public var platform: PlatformName
        public var collect: CollectionKind
        public var lane: Lane
        public var lookbackDays: Int
        public var policy: FirePlan.Policy

        public init(
            name: String,
            cron: String,
            zone: String,
            platform: PlatformName,
            collect: CollectionKind,
            lane: Lane,
            lookbackDays: Int,
            policy: FirePlan.Policy
        ) {
            self.name = name
            self.cron = cron
            self.zone = zone
            self.platform = platform
            self.collect = collect
            self.lane = lane
            self.lookbackDays = lookbackDays
            self.policy = policy
        }
    }

    /// Adds a schedule; false when there is one of that name.
    public func add(_ draft: Draft) async throws -> Bool {
        try await pool.query(
            """
            insert into flotilla.schedules (name, cron, zone, platform, collect, lane, lookback_days, grace, catch_up, overlap)
            values ($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8), $9, $10) on conflict (name) do nothing
            """,
            [
                .text(draft.name), .text(draft.cron), .text(draft.zone), .text(draft.platform.rawValue),
                .text(draft.collect.rawValue), .text(draft.lane.rawValue), .int4(Int32(draft.lookbackDays)),
                .float8(draft.policy.grace.inSeconds), .text(draft.policy.catchUp.rawValue),
                .text(draft.policy.overlap.rawValue),
            ]
        ).affected == 1
    }

    /// What may be changed of a schedule; nil stays as it is.
    public struct Change: Sendable {
        public var cron: String?
        public var zone: String?
        public var lane: Lane?
        public var lookbackDays: Int?
        public var grace: Duration?
        public var catchUp: FirePlan.CatchUp?
        public var overlap: FirePlan.Overlap?

        public init(
            cron: String? = nil,
            zone: String? = nil,
            lane: Lane? = nil,
            lookbackDays: Int? = nil,
            grace: Duration? = nil,
            catchUp: FirePlan.CatchUp? = nil,
            overlap: FirePlan.Overlap? = nil
        ) {
            self.cron = cron
            self.zone = zone
            self.lane = lane
            self.lookbackDays = lookbackDays
            self.grace = grace
            self.catchUp = catchUp
            self.overlap = overlap
        }
    }

    /// Changes a schedule. With another expression or zone it is planned anew from now on: nothing of before becomes due.
    public func change(_ name: String, _ change: Change, _ audit: Note) async throws -> Bool {
        try await act(
            Command(
                """
                update flotilla.schedules set cron = coalesce($2, cron), zone = coalesce($3, zone), lane = coalesce($4, lane),
                    lookback_days = coalesce($5, lookback_days), grace = coalesce(make_interval(secs => $6), grace),
                    catch_up = coalesce($7, catch_up), overlap = coalesce($8, overlap),
                    next_fire_at = case when coalesce($2, cron) = cron and coalesce($3, zone) = zone then next_fire_at end
                where name = $1
                """,
                [
                    .text(name), .optional(change.cron), .optional(change.zone), .optional(change.lane?.rawValue),
                    change.lookbackDays.map { .int4(Int32($0)) } ?? .null,
                    change.grace.map { .float8($0.inSeconds) } ?? .null, .optional(change.catchUp?.rawValue),
                    .optional(change.overlap?.rawValue),
                ]
            ),
            audit
        )
    }

    /// Keeps a schedule from firing by itself, until a moment or until it is resumed.
    public func pause(_ name: String, until: Instant?, reason: String, _ audit: Note) async throws -> Bool {
        try await act(
            Command(
                "update flotilla.schedules set enabled = false, paused_until = $2, paused_reason = $3 where name = $1",
                [.text(name), .optional(until), .text(reason)]
            ),
            audit
        )
    }

    /// Lets a schedule fire again.
    public func resume(_ name: String, _ audit: Note) async throws -> Bool {
        try await act(
            Command(
                "update flotilla.schedules set enabled = true, paused_until = null, paused_reason = '' where name = $1",
                [.text(name)]
            ),
            audit
        )
    }

    /// Removes a schedule and the ledger of its fires; its runs stay.
    public func remove(_ name: String, _ audit: Note) async throws -> Bool {
        // Its runs let go of it by the reference's own rule.
        try await act(Command("delete from flotilla.schedules where name = $1", [.text(name)]), audit)
    }

    /// Asks for a fire now; returns its moment, which names it in the ledger, or nil when there is no such schedule.
    public func ask(_ name: String, by person: String, _ audit: Note) async throws -> Instant? {
        let rows = try await noting(
            Command(
                """
                insert into flotilla.fires (schedule_id, fire_at, verdict, "trigger", asked_by)
                select id, clock_timestamp(), 'waiting', 'asked', $2 from flotilla.schedules where name = $1
                returning fire_at
                """,
                [.text(name), .text(person)]
            ),
            audit
        )
        return try rows.first.map { Instant(microseconds: try $0.timestamp(0)) }
    }

    /// Asks for fires of the past that did not run; returns how many were entered.
    public func backfill(
        _ schedule: StoredSchedule,
        _ fires: [Instant],
        by person: String,
        _ audit: Note
    ) async throws -> Int {
        try await noting(
            Command(
                """
                insert into flotilla.fires as f (schedule_id, fire_at, verdict, "trigger", asked_by)
                select $1, k.at, 'waiting', 'backfill', $3 from unnest($2::timestamptz[]) as k (at)
                on conflict (schedule_id, fire_at) do update set verdict = 'waiting', "trigger" = 'backfill',
                    asked_by = excluded.asked_by, asked_at = now(), reason = '', epoch = null, decided_at = null
                    where f.verdict in ('skipped', 'merged', 'withdrawn')
                """,
                [.int8(schedule.id), .timestampArray(fires.map(\.microseconds)), .text(person)]
            ),
            audit
        ).affected
    }

    /// Takes back what was asked for and waits; returns how many fires.
    public func withdraw(_ schedule: StoredSchedule, _ audit: Note) async throws -> Int {
        try await noting(
            Command(
                """
                update flotilla.fires set verdict = 'withdrawn', decided_at = now()
                where schedule_id = $1 and verdict = 'waiting'
                """,
                [.int8(schedule.id)]
            ),
            audit
        ).affected
    }

    /// Does one thing and notes it; false, and no note, when there was nothing to do it to.
    func act(_ command: Command, _ audit: Note) async throws -> Bool {
        try await noting(command, audit).affected > 0
    }

    private func noting(_ command: Command, _ audit: Note) async throws -> Rows {
        try await pool.withTransaction { connection in
            let rows = try await connection.query(command.statement, command.parameters)
            if rows.affected > 0 { _ = try await connection.query(audit.statement, audit.parameters) }
            return rows
        }
    }
}

extension Parameter {
    /// A text or null.
    static func optional(_ text: String?) -> Parameter { text.map { .text($0) } ?? .null }
}
