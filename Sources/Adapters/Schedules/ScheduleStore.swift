public import FleetCore
public import Postgres

/// Reads and advances schedules and runs. Every write of a leader carries its epoch; one of a leader that was replaced
/// changes nothing. Time is the database's: processes may disagree about it, and it may be set back.
public struct ScheduleStore: Sendable {
    let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// What is to be decided, and the database's time.
    public struct Due: Sendable {
        public var now: Instant
        public var schedules: [StoredSchedule]
        /// Fires that were asked for and wait, by schedule.
        public var waiting: [Int64: [FirePlan.Pending]]
    }

    /// The schedules that are due, were never planned, or have fires that were asked for. Pauses that are over end here.
    public func due() async throws -> Due {
        let rows = try await pool.atomically([
            Command(
                """
                update flotilla.schedules set enabled = true, paused_until = null, paused_reason = ''
                where not enabled and paused_until <= now()
                """
            ),
            Command(Self.dueStatement, [.text(StoredSchedule.onDemand)]),
            // Of backfills only the oldest: they run one after the other.
            Command(
                """
                (select schedule_id, fire_at, "trigger" from flotilla.fires
                    where verdict = 'waiting' and "trigger" <> 'backfill' order by fire_at limit $1)
                union all
                (select distinct on (schedule_id) schedule_id, fire_at, "trigger" from flotilla.fires
                    where verdict = 'waiting' and "trigger" = 'backfill' order by schedule_id, fire_at)
                """,
                [.int8(Int64(FirePlan.limit))]
            ),
            Command("select now()"),
        ])
        var due = Due(now: Instant(microseconds: try rows[3].only().timestamp(0)), schedules: [], waiting: [:])
        due.schedules = try rows[1].map(StoredSchedule.init)
        for row in rows[2] {
            guard let trigger = FirePlan.Trigger(rawValue: try row.text(2)) else { continue }
            let fire = FirePlan.Pending(at: Instant(microseconds: try row.timestamp(1)), trigger: trigger)
            due.waiting[try row.int8(0), default: []].append(fire)
        }
        return due
    }

    private static let dueStatement = Statement(
        dynamic: """
            select \(StoredSchedule.columns) from flotilla.schedules s
            where (s.enabled and s.cron <> $1 and (s.next_fire_at is null or s.next_fire_at <= now()))
                or exists (select from flotilla.fires f where f.schedule_id = s.id and f.verdict = 'waiting')
            order by s.id
            """
    )

    /// Enters the fires with their verdicts, makes a run for each that runs, and moves the schedule on, in one transaction
    /// that holds only under the given epoch. A fire that was decided before makes no second run and keeps its verdict.
    /// Returns the runs that were made.
    ///
    /// - Parameter cancelling: whether the schedule's open runs, but for backfills, end by this.
    @discardableResult
    public func decide(
        _ fires: [(fire: FirePlan.Fire, run: StoredRun?)],
        of schedule: StoredSchedule,
        cancelling: Bool = false,
        next: Instant?,
        lease: String,
        epoch: Int64
    ) async throws -> [StoredRun] {
        var commands = [Self.fence(lease, epoch)]
        if cancelling { commands.append(Self.cancelOpenRuns(of: schedule)) }
        let first = commands.count
        commands += fires.map { Self.enter($0.fire, $0.run, schedule, epoch) }
        // Unless somebody changed the schedule meanwhile: then what it says now decides.
        commands.append(
            Command(
                "update flotilla.schedules set next_fire_at = $2 where id = $1 and next_fire_at is not distinct from $3",
                [.int8(schedule.id), .optional(next), .optional(schedule.nextFire)]
            )
        )
        let answers = try await pool.atomically(commands)
        return zip(fires, answers[first...]).compactMap { fire, answer in answer.affected > 0 ? fire.run : nil }
    }

    /// One statement: the run exists if and only if this call decided the fire.
    private static func enter(
        _ fire: FirePlan.Fire,
        _ run: StoredRun?,
        _ schedule: StoredSchedule,
        _ epoch: Int64
    ) -> Command {
        let entry: [Parameter] = [
            .int8(schedule.id), .timestamp(fire.at.microseconds), .text(fire.verdict.rawValue),
            run.map { .uuid($0.id.parameter) } ?? .null, .int8(epoch), .text(fire.trigger.rawValue),
            .text(fire.reason.rawValue),
        ]
        guard let run else { return Command(Statement(dynamic: decideFire), entry) }
        return Command(
            Statement(
                dynamic: """
                    with fire as (\(decideFire) returning run_id)
                    insert into flotilla.runs (id, schedule_id, fire_at, "trigger", platform, collect, lane, first_date,
                        last_date, last_account, expected, accounts)
                    select $4, $1, $2, $6, $8, $9, $10, $11, $12, $13, $14, $15 from fire
                    """
            ),
            entry + [
                .text(run.platform), .text(run.collect), .text(run.lane), .date(run.firstDate.daysSinceEpoch),
                .date(run.lastDate.daysSinceEpoch), .int8(run.lastAccount), .int8(run.expected), .int8(run.accounts),
            ]
        )
    }

    private static let decideFire = """
        insert into flotilla.fires as f (schedule_id, fire_at, verdict, run_id, epoch, "trigger", reason, decided_at)
        values ($1, $2, $3, $4, $5, $6, $7, now())
        on conflict (schedule_id, fire_at) do update set verdict = excluded.verdict, run_id = excluded.run_id,
            epoch = excluded.epoch, reason = excluded.reason, decided_at = excluded.decided_at
            where f.verdict = 'waiting'
        """

    private static func cancelOpenRuns(of schedule: StoredSchedule) -> Command {
        Command(
            """
            update flotilla.runs set state = 'cancelled', finished_at = now(), ended_by = 'schedule',
                ended_reason = 'a later fire took its place'
            where schedule_id = $1 and state in ('planning', 'published') and "trigger" <> 'backfill'
            """,
            [.int8(schedule.id)]
        )
    }

    /// Makes the month's partitions ahead of time; returns how many were new.
    public func createPartitions() async throws -> Int {
        Int(try await pool.query("select flotilla.create_partitions()").only().int4(0))
    }

    /// Forgets fires of long ago that did not run; returns how many.
    public func tidyFires() async throws -> Int {
        Int(try await pool.query("select flotilla.tidy_fires()").only().int4(0))
    }

    /// Ends the transaction with an error unless the lease still has this epoch: a replaced leader changes nothing.
    static func fence(_ lease: String, _ epoch: Int64) -> Command {
        Command("select flotilla.require_lease($1, $2)", [.text(lease), .int8(epoch)])
    }
}

extension Parameter {
    /// A moment or null.
    static func optional(_ moment: Instant?) -> Parameter {
        moment.map { .timestamp($0.microseconds) } ?? .null
    }
}
