/// Figures that say how the fleet is, for metrics and for the doctor.
enum Migration0017 {
    static let sql = #"""
        -- How old a change of readings is that the roll-ups lack.
        alter table flotilla.dirty_days add column noted_at timestamptz not null default clock_timestamp();

        -- One row per figure; those by platform and cause have these besides. Open dead letters only, and from their tallies
        -- where the desk keeps some: counting a million letters every ten seconds would be felt.
        create function flotilla.fleet_figures()
            returns table (figure text, platform text, cause text, value double precision)
            language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
        begin
            return query
                select 'outbox_rows', '', '', count(*)::double precision from flotilla.outbox
                union all
                select 'outbox_oldest', '', '',
                    coalesce(extract(epoch from clock_timestamp() - min(o.created_at)), 0)::double precision
                from flotilla.outbox o
                union all
                select 'dirty_buckets', '', '', ((select count(*) from flotilla.dirty_days)
                    + (select count(*) from flotilla.dirty_groups))::double precision
                union all
                select 'rollup_lag', '', '',
                    coalesce(extract(epoch from clock_timestamp() - min(d.noted_at)), 0)::double precision
                from flotilla.dirty_days d;
            if to_regclass('flotilla.dead_tallies') is not null then
                return query
                    select 'dead_letters', t.platform, g.cause, sum(t.letters)::double precision
                    from flotilla.dead_tallies t join flotilla.dead_groups g using (fingerprint)
                    where t.state = 'open' group by t.platform, g.cause;
            else
                return query
                    select 'dead_letters', l.platform, l.cause, count(*)::double precision
                    from flotilla.dead_letters l group by l.platform, l.cause;
            end if;
        end $$;
        grant execute on function flotilla.fleet_figures()
            to flotilla_dispatcher, flotilla_auditor, flotilla_operator;
        select flotilla.secure();
        """#
}
