internal import FleetCore
internal import Postgres

/// The statements that keep a run's counts. They run in the transaction that records the jobs, so each job counts once.
enum RunStatements {
    /// A job that was given up and ended well after all: its letters are resolved, and its run counts it no more.
    static let revive: Statement = """
        with gone as (
            update flotilla.dead_letters set changed_at = now(),
                state = case when state = 'died_again' then state else 'resolved' end
            where job_id = any ($1::uuid[]) returning job_id, run_id),
        jobs as (select distinct job_id, run_id from gone where run_id is not null)
        update flotilla.runs r set dead = dead - j.count
        from (select run_id, count(*) as count from jobs group by run_id) j where r.id = j.run_id
        """

    /// Adds the results to their runs and finishes a run that has all; nil when none belongs to a run.
    static func count(_ results: [JobResult]) -> Command? {
        var counts: [FleetCore.UUID: Counts] = [:]
        for result in results {
            guard let run = result.run else { continue }
            counts[run, default: Counts()].add(result)
        }
        return counts.isEmpty ? nil : add(counts)
    }

    /// What ended of a run.
    struct Counts {
        var stored: Int64 = 0
        var partial: Int64 = 0
        var dead: Int64 = 0
        var cancelled: Int64 = 0
        var figures = 0
        var missing = 0

        mutating func add(_ result: JobResult) {
            if result.isPartial { partial += 1 } else { stored += 1 }
            figures += result.figureCount
            missing += result.skipped.count
        }
    }

    /// Adds what ended to runs.
    static func add(_ counts: [FleetCore.UUID: Counts]) -> Command {
        let runs = counts.keys.sorted()
        let all = runs.map { counts[$0]! }
        return Command(
            add,
            [
                .uuidArray(runs.map(\.parameter)), .int8Array(all.map(\.stored)), .int8Array(all.map(\.partial)),
                .int8Array(all.map(\.dead)), .int8Array(all.map { Int64($0.figures) }),
                .int8Array(all.map { Int64($0.missing) }), .int8Array(all.map(\.cancelled)),
            ]
        )
    }

    private static let add: Statement = """
        update flotilla.runs r
        set stored = r.stored + k.stored, partial = r.partial + k.partial, dead = r.dead + k.dead,
            cancelled = r.cancelled + k.cancelled, figures = r.figures + k.figures, missing = r.missing + k.missing,
            state = case when r.state = 'published'
                and r.stored + r.partial + r.dead + r.cancelled + k.stored + k.partial + k.dead + k.cancelled >= r.published
                then 'finished' else r.state end,
            finished_at = case when r.state = 'published'
                and r.stored + r.partial + r.dead + r.cancelled + k.stored + k.partial + k.dead + k.cancelled >= r.published
                then now() else r.finished_at end
        from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
            as k (id, stored, partial, dead, figures, missing, cancelled)
        where r.id = k.id
        """
}

extension JobResult {
    /// How many figures it brings.
    fileprivate var figureCount: Int {
        readings.reduce(0) { $0 + $1.values.count }
            + postReadings.reduce(0) { $0 + $1.readings.reduce(0) { $0 + $1.values.count } }
            + breakdowns.reduce(0) { $0 + $1.parts.count }
    }
}
