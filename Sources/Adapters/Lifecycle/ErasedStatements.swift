internal import FleetCore
internal import Postgres

/// What becomes of jobs that end after their account was erased: the ledger notes that they ended, so that runs come to
/// their end, and forgets whose they were. Nothing else of them is stored.
enum ErasedStatements {
    /// One such job.
    struct Ended {
        var job: FleetCore.UUID
        var run: FleetCore.UUID?
        var account: Int64
        var platform: String
        var collect: String
        var attempt: Int
    }

    /// Those of the accounts that were erased.
    static func erased(_ accounts: [Int64]) -> Command {
        Command(
            """
            select k.account from unnest($1::bigint[]) as k (account)
            where exists (select from flotilla.tombstones t where t.mark = flotilla.erased_mark(k.account))
            """,
            [.int8Array(accounts)]
        )
    }

    /// Ends those of the jobs whose accounts were erased, and counts them in their runs.
    static func bury(_ jobs: [Ended]) -> Command {
        Command(
            """
            with ended as (
                insert into flotilla.jobs as j (id, state, run_id, account_id, platform, collect, attempt, enqueued_at,
                    finished_at, cause)
                select k.id, (case when k.run is null then 'cancelled' else 'dead' end)::flotilla.job_state, k.run::uuid, 0,
                    k.platform, k.collect, k.attempt, now(), now(), 'erased'
                from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::smallint[])
                    as k (id, run, account, platform, collect, attempt)
                where exists (select from flotilla.tombstones t where t.mark = flotilla.erased_mark(k.account))
                order by k.id
                on conflict (id) do update set state = excluded.state, account_id = 0, finished_at = now(),
                    cause = excluded.cause where j.state = 'accepted'
                returning run_id),
            counts as (select run_id as id, count(*) as dead from ended where run_id is not null group by run_id)
            update flotilla.runs r set dead = r.dead + k.dead,
                state = case when r.state = 'published' and r.stored + r.partial + r.dead + r.cancelled + k.dead
                    >= r.published
                    then 'finished' else r.state end,
                finished_at = case when r.state = 'published' and r.stored + r.partial + r.dead + r.cancelled
                    + k.dead >= r.published
                    then now() else r.finished_at end
            from counts k where r.id = k.id
            """,
            [
                .uuidArray(jobs.map(\.job.parameter)),
                .optionalTextArray(jobs.map { $0.run?.description }),
                .int8Array(jobs.map(\.account)),
                .textArray(jobs.map(\.platform)),
                .textArray(jobs.map(\.collect)),
                .int2Array(jobs.map { Int16(clamping: $0.attempt) }),
            ]
        )
    }
}

extension ErasedStatements.Ended {
    init(_ result: JobResult) {
        self.init(
            job: result.job,
            run: result.run,
            account: result.account,
            platform: result.platform.rawValue,
            collect: result.collect.rawValue,
            attempt: result.attempt
        )
    }

    /// Nil for a letter that could not stand in the ledger.
    init?(_ letter: DeadLetter, now: Instant) {
        guard letter.isLedgerEntry(now: now), let job = letter.job, let account = letter.account,
            let collect = letter.collect
        else { return nil }
        self.init(
            job: job,
            run: letter.run,
            account: account,
            platform: letter.platform,
            collect: collect,
            attempt: letter.attempt
        )
    }
}
