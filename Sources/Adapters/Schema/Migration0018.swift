/// Runs that are not wanted any more, for workers; a bound for the ledger of fires.
enum Migration0018 {
    static let sql = #"""
        -- The newest cancelled runs, as far as a job of theirs can still be on its way.
        create function flotilla.cancelled_runs() returns table (run_id uuid, reason text)
            language sql stable security definer set search_path = pg_catalog, pg_temp as $$
            select r.id, r.ended_reason from flotilla.runs r
            where r.state = 'cancelled' and r.finished_at > now() - interval '8 days'
            order by r.finished_at desc limit 1000
        $$;
        create index runs_cancelled on flotilla.runs (finished_at) where state = 'cancelled';

        -- Fires that ran go with their runs. The others are kept for as long as anybody asks platforms about that time.
        create function flotilla.tidy_fires(most integer default 10000) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            gone integer;
        begin
            delete from flotilla.fires f where ctid = any (array(
                select k.ctid from flotilla.fires k
                where k.verdict in ('skipped', 'merged', 'withdrawn') and k.decided_at < now() - interval '800 days'
                order by k.decided_at limit most));
            get diagnostics gone = row_count;
            return gone;
        end $$;
        create index fires_idle on flotilla.fires (decided_at) where verdict in ('skipped', 'merged', 'withdrawn');

        select flotilla.secure();
        grant execute on function flotilla.cancelled_runs() to flotilla_worker;
        grant execute on function flotilla.tidy_fires(integer) to flotilla_dispatcher;
        """#
}
