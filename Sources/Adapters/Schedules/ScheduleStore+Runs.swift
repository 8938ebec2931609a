public import FleetCore
public import Postgres

extension ScheduleStore {
    /// Makes a run outside of any schedule.
    public func start(_ run: StoredRun, at moment: Instant) async throws {
        _ = try await pool.query(
            """
            insert into flotilla.runs (id, fire_at, platform, collect, lane, first_date, last_date, last_account, expected,
                accounts)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .uuid(run.id.parameter), .timestamp(moment.microseconds), .text(run.platform), .text(run.collect),
                .text(run.lane), .date(run.firstDate.daysSinceEpoch), .date(run.lastDate.daysSinceEpoch),
                .int8(run.lastAccount), .int8(run.expected), .int8(run.accounts),
            ]
        )
    }

    /// Runs of a lane whose jobs are not all published yet, oldest first.
    public func planning(_ lane: Lane) async throws -> [StoredRun] {
        try await runs("where r.state = 'planning' and r.lane = $1 order by r.started_at", [.text(lane.rawValue)])
    }

    /// One run, or nil.
    public func run(_ id: UUID) async throws -> StoredRun? {
        try await runs("where r.id = $1", [.uuid(id.parameter)]).first
    }

    /// The newest runs first.
    public func recent(_ count: Int) async throws -> [StoredRun] {
        try await runs("order by r.started_at desc limit $1", [.int8(Int64(count))])
    }

    /// The runs of a schedule that are not over, oldest first.
    public func open(of schedule: String) async throws -> [StoredRun] {
        try await runs(
            """
            where r.state in ('planning', 'published')
                and r.schedule_id = (select id from flotilla.schedules where name = $1) order by r.started_at
            """,
            [.text(schedule)]
        )
    }

    /// A run that is yet to be stored and published, over everything that there is now.
    public func run(
        _ request: RunRequest,
        id: UUID,
        daysPerJob: Int,
        postsPerJob: Int
    ) async throws -> StoredRun {
        let platform = request.platform.rawValue
        var run = StoredRun(
            id: id,
            platform: platform,
            collect: request.collect.rawValue,
            lane: request.lane.rawValue,
            dates: request.dates,
            lastAccount: 0,
            expected: 0
        )
        if request.collect == .postMetrics {
            (run.lastAccount, run.expected, run.accounts) = try await posts(of: platform, perJob: postsPerJob)
        } else {
            let (last, count) = try await accounts(of: platform)
            let plan = run.plan(daysPerJob: daysPerJob, postsPerJob: postsPerJob)
            (run.lastAccount, run.expected, run.accounts) = (last, count * Int64(plan?.jobsPerAccount ?? 1), count)
        }
        return run
    }

    /// The highest number of a subject on a platform that a run over posts covers, and how many jobs it takes if each names
    /// so many posts, and of how many accounts.
    public func posts(of platform: String, perJob: Int) async throws -> (last: Int64, jobs: Int64, accounts: Int64) {
        let row = try await pool.query(
            """
            select coalesce(max(k.last), 0), coalesce(sum((k.count + $2 - 1) / $2), 0)::bigint,
                count(*)
            from (select max(greatest(p.id, a.id)) as last, count(*) as count
                from flotilla.posts p join flotilla.accounts a on a.id = p.account_id
                where a.platform = $1 and a.state = 'active' and p.state <> 'gone' and p.kind <> 'story'
                group by a.id) k
            """,
            [.text(platform), .int8(Int64(max(perJob, 1)))]
        ).only()
        return (try row.int8(0), try row.int8(1), try row.int8(2))
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

    /// Notes that the run's jobs are published up to an account; with `finished`, that they all are. False when the run is
    /// not to be published any more.
    public func advance(
        _ run: UUID,
        cursor: Int64,
        published: Int64,
        finished: Bool,
        lease: String,
        epoch: Int64
    ) async throws -> Bool {
        let commands = [
            Self.fence(lease, epoch),
            Command(
                """
                update flotilla.runs set cursor = $2, published = $3,
                    expected = case when $4 then $3 else greatest(expected, $3) end,
                    state = case when not $4 then state when stored + partial + dead + cancelled >= $3 then 'finished'
                        else 'published' end,
                    published_at = case when $4 then now() end,
                    finished_at = case when $4 and stored + partial + dead + cancelled >= $3 then now() end
                where id = $1 and state = 'planning'
                """,
                [.uuid(run.parameter), .int8(cursor), .int8(published), .bool(finished)]
            ),
            // What was on its way when the run was cancelled counts as published.
            Command(
                "update flotilla.runs set published = greatest(published, $2) where id = $1 and state = 'cancelled'",
                [.uuid(run.parameter), .int8(published)]
            ),
        ]
        return try await pool.atomically(commands)[1].affected > 0
    }

    /// Ends a run before its time: nothing more of it is published. False when it was over.
    public func cancel(_ run: UUID, by person: String, reason: String, _ audit: Note) async throws -> Bool {
        try await act(
            Command(
                """
                update flotilla.runs set state = 'cancelled', finished_at = now(), ended_by = $2, ended_reason = $3
                where id = $1 and state in ('planning', 'published')
                """,
                [.uuid(run.parameter), .text(person), .text(reason)]
            ),
            audit
        )
    }

    /// Runs that ended and whose summary nobody wrote down, oldest first; each is returned once.
    public func ended(lease: String, epoch: Int64) async throws -> [StoredRun] {
        let statement = Statement(
            dynamic: """
                with ended as (
                    update flotilla.runs set reported_at = now()
                    where id in (select id from flotilla.runs where reported_at is null and state in ('finished', 'cancelled')
                        order by finished_at limit 100)
                    returning id)
                select \(StoredRun.columns) from flotilla.runs r where r.id in (select id from ended) order by r.finished_at
                """
        )
        return try await pool.atomically([Self.fence(lease, epoch), Command(statement)])[1].map(StoredRun.init)
    }

    /// Whether an order says that no jobs of the run's kind are to be published now. Orders about workspaces and accounts
    /// are none of a run's, which is about all accounts.
    public func isDrained(_ run: StoredRun) async throws -> Bool {
        try await pool.query(
            """
            select exists (select from flotilla.active_controls() c where c.verb = 'drain'
                and coalesce(c.platform, $1) = $1 and coalesce(c.lane, $2) = $2 and coalesce(c.collect, $3) = $3
                and c.workspace_id is null and c.account_id is null)
            """,
            [.text(run.platform), .text(run.lane), .text(run.collect)]
        ).only().bool(0)
    }

    func runs(_ rest: StaticString, _ parameters: [Parameter] = []) async throws -> [StoredRun] {
        let statement = Statement(dynamic: "select \(StoredRun.columns) from flotilla.runs r \(rest)")
        return try await pool.query(statement, parameters).map(StoredRun.init)
    }
}
