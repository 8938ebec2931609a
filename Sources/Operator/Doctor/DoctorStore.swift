import Adapters
import FleetCore
import Monitoring
import Postgres
import Runtime

/// What the database tells the doctor.
struct DoctorStore {
    let pool: Pool

    func read() async throws -> FleetFacts.Database {
        var facts = FleetFacts.Database()
        let figures = try await FleetFigures.read(from: pool)
        facts.outboxRows = figures.outboxRows
        facts.outboxOldest = figures.outboxOldest.inSeconds
        facts.rollupLag = figures.rollupLag.inSeconds
        let row = try await pool.query(Self.statement).only()
        facts.hasLeader = try row.bool(0)
        facts.finishedLately = try row.bool(1)
        facts.waitingJobs = try row.int8(2)
        facts.late = try row.int8(3)
        facts.ended = try row.int8(4)
        facts.diedLately = try row.int8(5)
        facts.changesOldest = try row.float8(6)
        facts.oldestJobs = try await pool.query(Self.oldest).map { (try $0.text(0), max(0, try $0.float8(1))) }
        facts.brokenTokens = try await RefreshPlanStore(pool: pool).health(now: nil).map { ($0.platform, $0.broken) }
        return facts
    }

    private static let statement = Statement(
        dynamic: """
            select exists (select from flotilla.leases where name = 'dispatcher' and expires_at > clock_timestamp()),
                exists (select from flotilla.jobs where finished_at > now() - interval '10 minutes'),
                (select count(*) from flotilla.jobs where state = 'accepted')
                    + (select coalesce(sum(greatest(0, expected - stored - partial - dead)), 0)::bigint from flotilla.runs
                        where state in ('planning', 'published')),
                ended.late, ended.jobs,
                (select count(*) from flotilla.dead_letters where dead_at > now() - interval '15 minutes'),
                coalesce((select extract(epoch from clock_timestamp() - min(noted_at)) from flotilla.changes_pending), 0)
                    ::double precision
            from (
                select count(*) as jobs, count(*) filter (where j.finished_at - j.enqueued_at > case r.lane
                    \(LanePromise.seconds.map { "when '\($0.lane)' then interval '\($0.seconds) seconds'" }.joined(separator: " "))
                    else interval '3600 seconds' end) as late
                from flotilla.jobs j left join flotilla.runs r on r.id = j.run_id
                where j.finished_at > now() - interval '1 hour') ended
            """
    )

    /// A run's jobs wait as long as the run is open, at the most.
    private static let oldest: Statement = """
        select lane, extract(epoch from clock_timestamp() - min(since))::double precision from (
            select lane, started_at as since from flotilla.runs where state in ('planning', 'published')
            union all
            select 'normal', enqueued_at from flotilla.jobs where state = 'accepted') w
        group by lane
        """
}
