public import FleetCore
public import Postgres

/// A schedule as it is stored.
public struct StoredSchedule: Sendable, Equatable {
    public var id: Int64
    public var name: String
    public var cron: String
    public var zone: String
    public var platform: String
    public var collect: String
    public var lane: String
    public var lookbackDays: Int
    public var grace: Duration
    public var catchUp: FirePlan.CatchUp
    public var nextFire: Instant?
}

/// A run as it is stored: one fire of a schedule, or one request of an operator.
public struct StoredRun: Sendable, Equatable {
    public var id: UUID
    public var platform: String
    public var collect: String
    public var lane: String
    public var firstDate: CivilDate
    public var lastDate: CivilDate
    public var state: String
    public var lastAccount: Int64
    public var cursor: Int64
    public var published: Int64
    public var stored: Int64
    public var partial: Int64
    public var dead: Int64
    /// Jobs in all, as counted when the run was made; what was published once it is.
    public var expected: Int64

    /// A run that is yet to be published.
    public init(
        id: UUID,
        platform: String,
        collect: String,
        lane: String,
        dates: ClosedRange<CivilDate>,
        lastAccount: Int64,
        expected: Int64
    ) {
        self.id = id
        self.platform = platform
        self.collect = collect
        self.lane = lane
        firstDate = dates.lowerBound
        lastDate = dates.upperBound
        state = "planning"
        self.lastAccount = lastAccount
        (cursor, published, stored, partial, dead) = (0, 0, 0, 0, 0)
        self.expected = expected
    }

    /// Jobs that ended, well or not.
    public var ended: Int64 { stored + partial + dead }

    /// Its jobs; nil when it names something that this version does not know.
    ///
    /// - Parameters:
    ///   - daysPerJob: the most days that one job covers on the platform.
    ///   - postsPerJob: the most posts that one job names there.
    public func plan(daysPerJob: Int = 1, postsPerJob: Int = 1) -> RunPlan? {
        guard let platform = PlatformName(rawValue: platform), let collect = CollectionKind(rawValue: collect),
            let lane = Lane(rawValue: lane), firstDate <= lastDate
        else { return nil }
        return RunPlan(
            run: id,
            platform: platform,
            collect: collect,
            lane: lane,
            dates: firstDate...lastDate,
            daysPerJob: daysPerJob,
            postsPerJob: postsPerJob
        )
    }
}

/// Reads and advances schedules and runs. Every write of a leader carries its epoch; one of a leader that was replaced
/// changes nothing.
public struct ScheduleStore: Sendable {
    private let pool: Pool

    public init(pool: Pool) {
        self.pool = pool
    }

    /// Takes or keeps the lease; returns its epoch when it is ours until `time` from now.
    public func lease(_ name: String, holder: String, time: Duration) async throws -> Int64? {
        let rows = try await pool.query(
            """
            insert into flotilla.leases as l (name, holder, epoch, expires_at)
            values ($1, $2, 1, now() + make_interval(secs => $3))
            on conflict (name) do update
                set holder = excluded.holder, expires_at = excluded.expires_at,
                    epoch = case when l.holder = excluded.holder then l.epoch else l.epoch + 1 end
                where l.holder = excluded.holder or l.expires_at < now()
            returning epoch
            """,
            [.text(name), .text(holder), .float8(time.inSeconds)]
        )
        return rows.isEmpty ? nil : try rows[0].int8(0)
    }

    /// Gives the lease up, so that another takes over at once.
    public func release(_ name: String, holder: String) async throws {
        _ = try await pool.query(
            "update flotilla.leases set expires_at = now() - interval '1 second' where name = $1 and holder = $2",
            [.text(name), .text(holder)]
        )
    }

    /// The enabled schedules that are due or were never planned, and the database's time.
    public func due() async throws -> (schedules: [StoredSchedule], now: Instant) {
        let rows = try await pool.query(
            """
            select id, name, cron, zone, platform, collect, lane, lookback_days,
                extract(epoch from grace)::float8, catch_up, next_fire_at, now()
            from flotilla.schedules where enabled and (next_fire_at is null or next_fire_at <= now()) order by id
            """
        )
        var schedules: [StoredSchedule] = []
        for row in rows {
            schedules.append(
                StoredSchedule(
                    id: try row.int8(0),
                    name: try row.text(1),
                    cron: try row.text(2),
                    zone: try row.text(3),
                    platform: try row.text(4),
                    collect: try row.text(5),
                    lane: try row.text(6),
                    lookbackDays: Int(try row.int4(7)),
                    grace: .seconds(try row.float8(8)),
                    catchUp: FirePlan.CatchUp(rawValue: try row.text(9)) ?? .once,
                    nextFire: try row.optionalTimestamp(10).map(Instant.init(microseconds:))
                )
            )
        }
        guard let first = rows.first else { return ([], Instant(microseconds: 0)) }
        return (schedules, Instant(microseconds: try first.timestamp(11)))
    }

    /// Sets the next fire of a schedule that had none.
    public func plan(_ schedule: StoredSchedule, next: Instant?) async throws {
        _ = try await pool.query(
            "update flotilla.schedules set next_fire_at = $2 where id = $1 and next_fire_at is null",
            [.int8(schedule.id), next.map { .timestamp($0.microseconds) } ?? .null]
        )
    }

    /// Enters the fires with their verdicts, makes a run for each that runs, and moves the schedule on, in one transaction
    /// that holds only under the given epoch. A fire that is entered already makes no second run.
    public func decide(
        _ fires: [(fire: FirePlan.Fire, run: StoredRun?)],
        of schedule: StoredSchedule,
        next: Instant?,
        lease: String,
        epoch: Int64
    ) async throws {
        var commands = [Self.fence(lease, epoch)]
        for (fire, run) in fires {
            if let run {
                commands.append(
                    Self.insert(run, schedule: schedule.id, fireAt: fire.at, unlessFired: true)
                )
            }
            commands.append(
                Command(
                    """
                    insert into flotilla.fires (schedule_id, fire_at, verdict, run_id, epoch)
                    values ($1, $2, $3, $4, $5) on conflict do nothing
                    """,
                    [
                        .int8(schedule.id), .timestamp(fire.at.microseconds), .text(fire.verdict.rawValue),
                        run.map { .uuid($0.id.parameter) } ?? .null, .int8(epoch),
                    ]
                )
            )
        }
        commands.append(
            Command(
                "update flotilla.schedules set next_fire_at = $2 where id = $1",
                [.int8(schedule.id), next.map { .timestamp($0.microseconds) } ?? .null]
            )
        )
        _ = try await pool.atomically(commands)
    }

    /// Makes a run outside of any schedule.
    public func start(_ run: StoredRun, at moment: Instant) async throws {
        let command = Self.insert(run, schedule: nil, fireAt: moment, unlessFired: false)
        _ = try await pool.query(command.statement, command.parameters)
    }

    /// Runs whose jobs are not all published yet, oldest first.
    public func planning() async throws -> [StoredRun] {
        try await runs("where state = 'planning' order by started_at")
    }

    /// One run, or nil.
    public func run(_ id: UUID) async throws -> StoredRun? {
        try await runs("where id = $1", [.uuid(id.parameter)]).first
    }

    /// The newest runs first.
    public func recent(_ count: Int) async throws -> [StoredRun] {
        try await runs("order by started_at desc limit $1", [.int8(Int64(count))])
    }

    /// A run that is yet to be stored and published, over everything that there is now.
    public func run(
        id: UUID,
        platform: PlatformName,
        collect: CollectionKind,
        lane: String,
        dates: ClosedRange<CivilDate>,
        daysPerJob: Int,
        postsPerJob: Int
    ) async throws -> StoredRun {
        var run = StoredRun(
            id: id,
            platform: platform.rawValue,
            collect: collect.rawValue,
            lane: lane,
            dates: dates,
            lastAccount: 0,
            expected: 0
        )
        if collect == .postMetrics {
            (run.lastAccount, run.expected) = try await posts(of: platform.rawValue, perJob: postsPerJob)
        } else {
            let (last, count) = try await accounts(of: platform.rawValue)
            let plan = run.plan(daysPerJob: daysPerJob, postsPerJob: postsPerJob)
            (run.lastAccount, run.expected) = (last, count * Int64(plan?.jobsPerAccount ?? 1))
        }
        return run
    }

    /// The highest number of a subject on a platform that a run over posts covers, and how many jobs it takes if each names
    /// so many posts.
    public func posts(of platform: String, perJob: Int) async throws -> (last: Int64, jobs: Int64) {
        let row = try await pool.query(
            """
            select coalesce(max(k.last), 0), coalesce(sum((k.count + $2 - 1) / $2), 0)::bigint
            from (select max(greatest(p.id, a.id)) as last, count(*) as count
                from flotilla.posts p join flotilla.accounts a on a.id = p.account_id
                where a.platform = $1 and a.state = 'active' and p.state <> 'gone' and p.kind <> 'story'
                group by a.id) k
            """,
            [.text(platform), .int8(Int64(max(perJob, 1)))]
        ).only()
        return (try row.int8(0), try row.int8(1))
    }

    /// The posts of accounts as far as a run goes, in order; nil in the place of those that are not asked for any more.
    public func posts(of accounts: [Int64], run: StoredRun) async throws -> [Int64: [Int64?]] {
        let rows = try await pool.query(
            """
            select account_id, id, state <> 'gone' and kind <> 'story' from flotilla.posts
            where account_id = any ($1) and id <= $2 order by account_id, id
            """,
            [.int8Array(accounts), .int8(run.lastAccount)]
        )
        var posts: [Int64: [Int64?]] = [:]
        for row in rows { posts[try row.int8(0), default: []].append(try row.bool(2) ? try row.int8(1) : nil) }
        return posts
    }

    /// The highest account number of a platform, and how many accounts are active up to it.
    public func accounts(of platform: String) async throws -> (last: Int64, count: Int64) {
        let row = try await pool.query(
            "select coalesce(max(id), 0), count(*) from flotilla.accounts where platform = $1 and state = 'active'",
            [.text(platform)]
        ).only()
        return (try row.int8(0), try row.int8(1))
    }

    /// The next active accounts of a run, in order.
    public func accounts(of run: StoredRun, after cursor: Int64, limit: Int) async throws -> [Int64] {
        let rows = try await pool.query(
            """
            select id from flotilla.accounts
            where platform = $1 and state = 'active' and id > $2 and id <= $3 order by id limit $4
            """,
            [.text(run.platform), .int8(cursor), .int8(run.lastAccount), .int8(Int64(limit))]
        )
        return try rows.map { try $0.int8(0) }
    }

    /// Notes that the run's jobs are published up to an account; with `finished`, that they all are.
    public func advance(
        _ run: UUID,
        cursor: Int64,
        published: Int64,
        finished: Bool,
        lease: String,
        epoch: Int64
    ) async throws {
        let commands = [
            Self.fence(lease, epoch),
            Command(
                """
                update flotilla.runs set cursor = $2, published = $3,
                    expected = case when $4 then $3 else greatest(expected, $3) end,
                    state = case when not $4 then state when stored + partial + dead >= $3 then 'finished'
                        else 'published' end,
                    published_at = case when $4 then now() end,
                    finished_at = case when $4 and stored + partial + dead >= $3 then now() end
                where id = $1 and state = 'planning'
                """,
                [.uuid(run.parameter), .int8(cursor), .int8(published), .bool(finished)]
            ),
        ]
        _ = try await pool.atomically(commands)
    }

    /// Makes the month's partitions ahead of time; returns how many were new.
    public func createPartitions() async throws -> Int {
        Int(try await pool.query("select flotilla.create_partitions()").only().int4(0))
    }

    /// Ends the transaction with an error unless the lease still has this epoch: a replaced leader changes nothing.
    private static func fence(_ lease: String, _ epoch: Int64) -> Command {
        Command("select flotilla.require_lease($1, $2)", [.text(lease), .int8(epoch)])
    }

    private static func insert(_ run: StoredRun, schedule: Int64?, fireAt: Instant, unlessFired: Bool) -> Command {
        Command(
            """
            insert into flotilla.runs (id, schedule_id, fire_at, platform, collect, lane, first_date, last_date,
                last_account, expected)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
            where not ($11 and exists (select from flotilla.fires where schedule_id = $2 and fire_at = $3))
            """,
            [
                .uuid(run.id.parameter), schedule.map { .int8($0) } ?? .null, .timestamp(fireAt.microseconds),
                .text(run.platform), .text(run.collect), .text(run.lane), .date(run.firstDate.daysSinceEpoch),
                .date(run.lastDate.daysSinceEpoch), .int8(run.lastAccount), .int8(run.expected), .bool(unlessFired),
            ]
        )
    }

    private func runs(_ rest: StaticString, _ parameters: [Parameter] = []) async throws -> [StoredRun] {
        let statement = Statement(
            dynamic: """
                select id, platform, collect, lane, first_date, last_date, state, last_account, cursor, published,
                    stored, partial, dead, expected from flotilla.runs \(rest)
                """
        )
        var runs: [StoredRun] = []
        for row in try await pool.query(statement, parameters) {
            var run = StoredRun(
                id: UUID(try row.uuid(0)),
                platform: try row.text(1),
                collect: try row.text(2),
                lane: try row.text(3),
                dates: CivilDate(daysSinceEpoch: try row.date(4))...CivilDate(daysSinceEpoch: try row.date(5)),
                lastAccount: try row.int8(7),
                expected: try row.int8(13)
            )
            run.state = try row.text(6)
            run.cursor = try row.int8(8)
            run.published = try row.int8(9)
            run.stored = try row.int8(10)
            run.partial = try row.int8(11)
            run.dead = try row.int8(12)
            runs.append(run)
        }
        return runs
    }
}

extension Duration {
    /// Whole and fractional seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
