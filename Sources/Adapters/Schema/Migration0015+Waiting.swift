/// The lane of messages that are newer than the workers that saw them.
extension Migration0015 {
    static let waiting = #"""
        create table flotilla.waiting_jobs (
            job_id uuid primary key,
            version integer not null,
            account_id bigint,
            platform text not null,
            routing_key text not null,
            body text not null,
            arrived_at timestamptz not null default clock_timestamp(),
            -- How often it came back from workers that did not know its version either.
            returns integer not null default 0,
            not_before timestamptz not null default '-infinity',
            released_at timestamptz);
        create index waiting_jobs_open on flotilla.waiting_jobs (platform, version) where released_at is null;
        create index waiting_jobs_account on flotilla.waiting_jobs (account_id);

        -- The newest version that workers of a platform read, and when one of them last said so.
        create table flotilla.message_versions (
            platform text not null,
            version integer not null,
            seen_at timestamptz not null,
            primary key (platform, version));

        create function flotilla.know_versions(platforms text[], newest integer) returns void
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        begin
            insert into flotilla.message_versions as v (platform, version, seen_at)
                select p, newest, clock_timestamp() from unnest(platforms) p order by p
                on conflict on constraint message_versions_pkey do update set seen_at = excluded.seen_at
                where v.seen_at < excluded.seen_at - interval '10 seconds';
        end $$;

        -- Puts those into the outbox whose version a living worker of their platform reads. What was released stays for a
        -- day, so that one that comes back is known to. Returns how many there were.
        create function flotilla.release_waiting(most integer) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            released integer;
        begin
            with ready as (
                select w.job_id from flotilla.waiting_jobs w
                where w.released_at is null and w.not_before <= clock_timestamp() and exists (
                    select from flotilla.message_versions v where v.platform = w.platform and v.version >= w.version
                        and v.seen_at > clock_timestamp() - interval '2 minutes')
                order by w.arrived_at limit most for update skip locked),
            gone as (
                update flotilla.waiting_jobs w set released_at = clock_timestamp()
                from ready r where r.job_id = w.job_id returning w.job_id, w.routing_key, w.body)
            insert into flotilla.outbox (job_id, routing_key, body) select g.job_id, g.routing_key, g.body from gone g;
            get diagnostics released = row_count;
            if released > 0 then perform pg_notify('flotilla_outbox', ''); end if;
            delete from flotilla.waiting_jobs w where w.released_at < clock_timestamp() - interval '1 day';
            return released;
        end $$;
        """#
}
