/// Metrics that platforms refuse, and who is looking for them.
enum Migration0006 {
    static let sql = #"""
        -- A metric that a version of a platform's interface refuses for a kind of post or a family of calls (the scope).
        -- No worker asks for it until a daily test finds it served again.
        create table flotilla.refused_metrics (
            platform text not null,
            version text not null,
            scope text not null,
            metric text not null,
            refused_at timestamptz not null,
            reason text not null,
            found_by text not null check (found_by in ('named', 'search')),
            calls integer not null,
            job_id uuid not null,
            tested_at timestamptz,
            test_after timestamptz not null,
            released_at timestamptz,
            primary key (platform, version, scope, metric));

        -- One worker looks for the metric at fault, the others leave it to that one. A search that found none keeps its row
        -- for a while, so that nobody searches again at once.
        create table flotilla.metric_searches (
            platform text not null,
            version text not null,
            scope text not null,
            holder uuid not null,
            fruitless boolean not null default false,
            expires_at timestamptz not null,
            primary key (platform, version, scope));

        create function flotilla.refusals()
            returns table (platform text, version text, scope text, metric text, test_after timestamptz)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select m.platform, m.version, m.scope, m.metric, m.test_after
                from flotilla.refused_metrics m where m.released_at is null;
            end;

        create function flotilla.searches()
            returns table (platform text, version text, scope text, holder uuid, seconds integer)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select s.platform, s.version, s.scope, s.holder,
                    ceil(extract(epoch from s.expires_at - clock_timestamp()))::integer
                from flotilla.metric_searches s where not s.fruitless and s.expires_at > clock_timestamp();
            end;

        -- 'mine', 'other' or 'fruitless'. The holder asks again to go on holding.
        create function flotilla.begin_search(platform text, version text, scope text, holder uuid, lasting interval)
            returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            found flotilla.metric_searches;
        begin
            insert into flotilla.metric_searches as s values (platform, version, scope, holder, false,
                    clock_timestamp() + lasting)
                on conflict on constraint metric_searches_pkey do update
                    set holder = excluded.holder, fruitless = false, expires_at = excluded.expires_at
                    where s.expires_at <= clock_timestamp() or (s.holder = excluded.holder and not s.fruitless);
            select * into found from flotilla.metric_searches s
                where s.platform = begin_search.platform and s.version = begin_search.version
                    and s.scope = begin_search.scope;
            return case when found.fruitless then 'fruitless' when found.holder = holder then 'mine' else 'other' end;
        end $$;

        -- Ends the holder's search. `lasting` is how long nobody is to search again, null for no time at all.
        create function flotilla.end_search(platform text, version text, scope text, holder uuid, lasting interval)
            returns void
            language sql volatile security definer set search_path = pg_catalog
            begin atomic
                update flotilla.metric_searches s
                    set fruitless = true, expires_at = clock_timestamp() + coalesce(lasting, interval '0')
                    where s.platform = end_search.platform and s.version = end_search.version
                        and s.scope = end_search.scope and s.holder = end_search.holder;
                delete from flotilla.metric_searches s
                    where s.platform = end_search.platform and s.version = end_search.version
                        and s.scope = end_search.scope and s.holder = end_search.holder
                        and s.expires_at <= clock_timestamp();
            end;

        -- Quarantines metrics; returns those that were not quarantined before, which is whom to alert about.
        create function flotilla.refuse_metrics(platform text, version text, scope text, metrics text[], reason text,
                found_by text, calls integer, job_id uuid, moment timestamptz) returns text[]
            language sql volatile security definer set search_path = pg_catalog
            begin atomic
                with refused as (
                    insert into flotilla.refused_metrics as m (platform, version, scope, metric, refused_at, reason, found_by,
                            calls, job_id, test_after)
                        select refuse_metrics.platform, refuse_metrics.version, refuse_metrics.scope, name,
                            refuse_metrics.moment, refuse_metrics.reason, refuse_metrics.found_by, refuse_metrics.calls,
                            refuse_metrics.job_id, refuse_metrics.moment + interval '1 day'
                        from unnest(refuse_metrics.metrics) name
                        on conflict on constraint refused_metrics_pkey do update
                            set refused_at = excluded.refused_at, reason = excluded.reason, found_by = excluded.found_by,
                                calls = excluded.calls, job_id = excluded.job_id, test_after = excluded.test_after,
                                tested_at = null, released_at = null
                            where m.released_at is not null
                        returning m.metric)
                select coalesce(array_agg(r.metric order by r.metric), '{}') from refused r;
            end;

        -- Whether the caller is to test a metric now: true for one caller a day.
        create function flotilla.claim_metric_test(platform text, version text, scope text, metric text, moment timestamptz)
            returns boolean
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            update flotilla.refused_metrics m set tested_at = moment, test_after = moment + interval '1 day'
                where m.platform = claim_metric_test.platform and m.version = claim_metric_test.version
                    and m.scope = claim_metric_test.scope and m.metric = claim_metric_test.metric
                    and m.released_at is null and m.test_after <= moment;
            return found;
        end $$;

        create function flotilla.release_metric(platform text, version text, scope text, metric text, moment timestamptz)
            returns boolean
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            update flotilla.refused_metrics m set released_at = moment
                where m.platform = release_metric.platform and m.version = release_metric.version
                    and m.scope = release_metric.scope and m.metric = release_metric.metric and m.released_at is null;
            return found;
        end $$;

        revoke all on function flotilla.refusals(), flotilla.searches(),
            flotilla.begin_search(text, text, text, uuid, interval),
            flotilla.end_search(text, text, text, uuid, interval),
            flotilla.refuse_metrics(text, text, text, text[], text, text, integer, uuid, timestamptz),
            flotilla.claim_metric_test(text, text, text, text, timestamptz),
            flotilla.release_metric(text, text, text, text, timestamptz) from public;
        grant execute on function flotilla.refusals(), flotilla.searches(),
            flotilla.begin_search(text, text, text, uuid, interval),
            flotilla.end_search(text, text, text, uuid, interval),
            flotilla.refuse_metrics(text, text, text, text[], text, text, integer, uuid, timestamptz),
            flotilla.claim_metric_test(text, text, text, text, timestamptz),
            flotilla.release_metric(text, text, text, text, timestamptz) to flotilla_worker;
        grant select on flotilla.refused_metrics, flotilla.metric_searches to flotilla_auditor;
        """#
}
