public import FleetCore
internal import Postgres

extension AuditStore {
    /// Every finished job has its observations, and every observation its finished job.
    static func examineLedger(_ connection: Connection, into report: inout AuditReport) async throws {
        report.jobs = try await connection.query("select count(*) from flotilla.jobs").only().int8(0)
        // A partial job may have got nothing at all; one that is done got something. Other collections may rightly find
        // nothing: no post, no story, no audience large enough. Account 0 stands for those that were erased.
        let empty = try await connection.query(
            """
            select count(*), (array_agg(j.id))[1:20] from flotilla.jobs j
            where j.state = 'done' and j.collect = 'account_daily' and j.account_id <> 0
                and not exists (select from flotilla.observations o where o.job_id = j.id)
                and not exists (select from flotilla.retention_floors f where f.class = 'observations'
                    and f.platform in ('', j.platform) and f.floor > j.finished_at)
            """
        ).only()
        try note(.lost, empty, "is done and has no observation", into: &report)
        let strays = try await connection.query(
            """
            select count(*), (array_agg(k.job_id))[1:20] from (
                select distinct o.job_id from flotilla.observations o
                where not exists (select from flotilla.jobs j where j.id = o.job_id and j.state in ('done', 'partial'))
            ) k
            """
        ).only()
        try note(.different, strays, "has observations and is not finished in the ledger", into: &report)
    }

    private static func note(
        _ kind: AuditReport.Kind,
        _ row: Row,
        _ fault: String,
        into report: inout AuditReport
    ) throws {
        let count = try row.int8(0)
        guard count > 0 else { return }
        let jobs = try row.uuidArray(1)
        for job in jobs { report.note(kind, "job \(FleetCore.UUID(job)) \(fault)") }
        report.note(kind, count: count - Int64(jobs.count), "further jobs of that sort")
    }

    /// Every run's counts equal the ledger's, and a run that ended has as many jobs in the ledger as were published.
    static func examineRuns(_ connection: Connection, into report: inout AuditReport) async throws {
        let rows = try await connection.query(
            """
            select r.id, r.state, r.published, r.stored, r.partial, r.dead, r.cancelled,
                coalesce(j.done, 0), coalesce(j.partial, 0), coalesce(j.dead, 0), coalesce(j.cancelled, 0)
            from flotilla.runs r left join (
                select run_id, count(*) filter (where state = 'done') as done,
                    count(*) filter (where state = 'partial') as partial, count(*) filter (where state = 'dead') as dead,
                    count(*) filter (where state = 'cancelled') as cancelled
                from flotilla.jobs where run_id is not null group by run_id
            ) j on j.run_id = r.id
            order by r.id
            """
        )
        for row in rows {
            let run = FleetCore.UUID(try row.uuid(0))
            let published = try row.int8(2)
            let counted = try (3..<7).map { try row.int8($0) }
            let found = try (7..<11).map { try row.int8($0) }
            let names = ["stored", "partial", "dead", "cancelled"]
            for (name, (count, jobs)) in zip(names, zip(counted, found)) where count != jobs {
                report.note(.different, "run \(run) counts \(count) jobs \(name) and the ledger holds \(jobs)")
            }
            guard try row.text(1) == "finished" else { continue }
            let jobs = found.reduce(0, +)
            report.note(
                .lost,
                count: published - jobs,
                "run \(run) published \(published) jobs and the ledger holds \(jobs)"
            )
            report.note(
                .twice,
                count: jobs - published,
                "run \(run) published \(published) jobs and the ledger holds \(jobs)"
            )
        }
    }
}

// MARK: - Jobs that have not ended

extension AuditStore {
    /// Accepted jobs that are not in the ledger as ended, at this moment.
    public struct Unfinished: Sendable, Equatable {
        /// Jobs that wait in the database: in the outbox, set aside while something is paused, or for newer workers.
        public var outbox: Int64
        /// Jobs of the SQL door that left the outbox and have not ended.
        public var accepted: Int64
        /// Published jobs of open runs that have not ended.
        public var ofRuns: Int64
        /// Some of the accepted ones, for people.
        public var examples: [FleetCore.UUID]
    }

    /// Counts what should be in the broker or in a worker's hands.
    public func unfinished() async throws -> Unfinished {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            let rows = try await connection.pipeline([
                Command(
                    """
                    select (select count(*) from flotilla.outbox) + (select count(*) from flotilla.held_jobs)
                        + (select count(*) from flotilla.waiting_jobs where released_at is null)
                    """
                ),
                Command(
                    """
                    select count(*), (array_agg(j.id))[1:20] from flotilla.jobs j
                    where j.state = 'accepted' and not exists (select from flotilla.outbox o where o.job_id = j.id)
                        and not exists (select from flotilla.held_jobs h where h.job_id = j.id)
                        and not exists (select from flotilla.waiting_jobs w where w.job_id = j.id and w.released_at is null)
                    """
                ),
                Command(
                    """
                    select coalesce(sum(greatest(published - stored - partial - dead - cancelled, 0)), 0)::bigint
                    from flotilla.runs where state in ('planning', 'published')
                    """
                ),
            ])
            let accepted = try rows[1].only()
            return Unfinished(
                outbox: try rows[0].only().int8(0),
                accepted: try accepted.int8(0),
                ofRuns: try rows[2].only().int8(0),
                examples: try accepted.int8(0) == 0 ? [] : accepted.uuidArray(1).map { FleetCore.UUID($0) }
            )
        }
    }

    /// Those of the ids that neither the ledger nor the dead letters hold.
    public func missing(of ids: [FleetCore.UUID]) async throws -> [FleetCore.UUID] {
        let rows = try await pool.query(
            """
            select k.id from unnest($1::uuid[]) as k (id)
            where not exists (select from flotilla.jobs j where j.id = k.id)
                and not exists (select from flotilla.dead_letters d where d.job_id = k.id)
                and not exists (select from flotilla.waiting_jobs w where w.job_id = k.id and w.released_at is null)
            """,
            [.uuidArray(ids.map(\.parameter))]
        )
        return try rows.map { FleetCore.UUID(try $0.uuid(0)) }
    }
}
