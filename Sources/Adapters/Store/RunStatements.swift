internal import FleetCore
internal import Postgres

/// The statements that keep a run's counts. They run in the transaction that records the jobs, so each job counts once.
enum RunStatements {
    /// A job that was given up and ended well after all leaves the dead letters, and its run's count of them.
    static let revive: Statement = """
        with gone as (delete from flotilla.dead_letters where job_id = any ($1::uuid[]) returning job_id, run_id),
        jobs as (select distinct job_id, run_id from gone where run_id is not null)
        update flotilla.runs r set dead = dead - j.count
        from (select run_id, count(*) as count from jobs group by run_id) j where r.id = j.run_id
        """

    /// Adds the results to their runs and finishes a run that has all; nil when none belongs to a run.
    static func count(_ results: [JobResult]) -> Command? {
        var counts: [FleetCore.UUID: (stored: Int64, partial: Int64)] = [:]
        for result in results {
            guard let run = result.run else { continue }
            counts[run, default: (0, 0)].stored += result.isPartial ? 0 : 1
            counts[run, default: (0, 0)].partial += result.isPartial ? 1 : 0
        }
        if counts.isEmpty { return nil }
        let runs = counts.keys.sorted()
        return Command(
            add,
            [
                .uuidArray(runs.map(\.parameter)),
                .int8Array(runs.map { counts[$0]!.stored }),
                .int8Array(runs.map { counts[$0]!.partial }),
                .int8Array(runs.map { _ in 0 }),
            ]
        )
    }

    /// Adds stored, partial and dead jobs to runs, by arrays.
    static let add: Statement = """
        update flotilla.runs r
        set stored = r.stored + k.stored, partial = r.partial + k.partial, dead = r.dead + k.dead,
            state = case when r.state = 'published'
                and r.stored + k.stored + r.partial + k.partial + r.dead + k.dead >= r.published
                then 'finished' else r.state end,
            finished_at = case when r.state = 'published'
                and r.stored + k.stored + r.partial + k.partial + r.dead + k.dead >= r.published
                then now() else r.finished_at end
        from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) as k (id, stored, partial, dead)
        where r.id = k.id
        """
}
