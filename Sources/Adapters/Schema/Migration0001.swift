/// The first schema: who is collected, what was planned, what was fetched, and what follows from it.
enum Migration0001 {
    static let sql = #"""
        -- Schema-qualified names throughout: no function depends on the caller's search path.
        create sequence flotilla.subject_ids as bigint;

        create table flotilla.workspaces (
            id bigint generated always as identity primary key,
            name text not null unique check (name <> ''),
            created_at timestamptz not null default now());

        -- Accounts and posts share one sequence, so that a subject is one number everywhere.
        create table flotilla.accounts (
            id bigint primary key default nextval('flotilla.subject_ids'),
            workspace_id bigint not null references flotilla.workspaces,
            platform text not null,
            external_id text not null check (external_id <> ''),
            state text not null default 'active' check (state in ('active', 'paused', 'needs_reconnect', 'gone')),
            created_at timestamptz not null default now(),
            unique (workspace_id, platform, external_id));
        create index accounts_walk on flotilla.accounts (platform, id) where state = 'active';

        -- Sealed with the key ring; the account's id is associated data, so a token cannot be moved to another account.
        create table flotilla.credentials (
            account_id bigint primary key references flotilla.accounts on delete cascade,
            sealed bytea not null,
            expires_at timestamptz,
            updated_at timestamptz not null default now());

        create table flotilla.metric_catalogue (
            id smallint primary key,
            name text not null unique,
            kind text not null,
            unit text not null,
            scale smallint not null check (scale between 0 and 18),
            additive_over_time boolean not null,
            additive_over_subjects boolean not null);

        create type flotilla.job_state as enum ('accepted', 'done', 'partial', 'dead', 'cancelled');

        -- The ledger. Jobs of a run enter it when they end (their ids follow from the run); jobs of the SQL door when accepted.
        create table flotilla.jobs (
            id uuid primary key,
            state flotilla.job_state not null,
            run_id uuid,
            account_id bigint not null,
            platform text not null,
            collect text not null,
            attempt smallint not null default 1,
            requests smallint not null default 0,
            enqueued_at timestamptz not null,
            finished_at timestamptz,
            cause text,
            -- Whether it was here before it ended: accepted by the SQL door, or given up once.
            known_before boolean not null default false
        ) partition by range (id);
        create table flotilla.jobs_default partition of flotilla.jobs default;

        -- Every reading of every fetch, as it was. Never updated. Values are fixed-point by the catalogue's scale.
        create table flotilla.observations (
            job_id uuid not null,
            subject_id bigint not null,
            workspace_id bigint not null,
            period smallint not null,
            start_at timestamptz not null,
            fetched_at timestamptz not null,
            attempt smallint not null,
            api_version text not null,
            metrics smallint[] not null,
            "values" bigint[] not null,
            check (cardinality(metrics) = cardinality("values"))
        ) partition by range (fetched_at);
        create table flotilla.observations_default partition of flotilla.observations default;
        create index observations_subject on flotilla.observations (subject_id, start_at);

        -- The newest reading per subject, period, start and metric. `sources` says for each metric which entry of
        -- source_jobs and source_times it came from (empty: all from the first). How often a value changed follows from
        -- the observations and is not kept twice.
        create table flotilla.current_values (
            subject_id bigint not null,
            period smallint not null,
            start_at timestamptz not null,
            workspace_id bigint not null,
            metrics smallint[] not null,
            "values" bigint[] not null,
            sources smallint[] not null,
            source_jobs uuid[] not null,
            source_times timestamptz[] not null,
            primary key (subject_id, start_at, period));

        -- A pure function of current_values. Empty arrays of counts, sums, minimums or maximums mean one reading per
        -- metric, equal to its value.
        create table flotilla.rollups (
            subject_id bigint not null,
            grain smallint not null,
            start_at timestamptz not null,
            end_at timestamptz not null,
            day date not null,
            workspace_id bigint not null,
            state smallint not null,
            generation integer not null,
            metrics smallint[] not null,
            "values" bigint[] not null,
            counts integer[] not null,
            sums bigint[] not null,
            minimums bigint[] not null,
            maximums bigint[] not null,
            primary key (subject_id, grain, start_at));
        create index rollups_workspace on flotilla.rollups (workspace_id, grain, day);

        create table flotilla.schedules (
            id bigint generated always as identity primary key,
            name text not null unique check (name <> ''),
            cron text not null,
            zone text not null default 'UTC',
            platform text not null,
            collect text not null,
            lane text not null default 'normal' check (lane in ('interactive', 'normal', 'bulk')),
            lookback_days integer not null default 1 check (lookback_days between 1 and 90),
            grace interval not null default interval '1 hour',
            catch_up text not null default 'once' check (catch_up in ('skip', 'once', 'each')),
            enabled boolean not null default true,
            next_fire_at timestamptz,
            created_at timestamptz not null default now());

        -- One fire of a schedule, or one request of an operator, over all accounts of a platform.
        create table flotilla.runs (
            id uuid primary key,
            schedule_id bigint references flotilla.schedules,
            fire_at timestamptz not null,
            platform text not null,
            collect text not null,
            lane text not null,
            first_date date not null,
            last_date date not null check (last_date >= first_date),
            state text not null default 'planning'
                check (state in ('planning', 'published', 'finished', 'cancelled')),
            -- Accounts up to this one take part, so that planning again finds the same set.
            last_account bigint not null,
            -- Accounts up to this one were published and confirmed.
            cursor bigint not null default 0,
            published bigint not null default 0,
            expected bigint not null,
            stored bigint not null default 0,
            partial bigint not null default 0,
            dead bigint not null default 0,
            started_at timestamptz not null default now(),
            published_at timestamptz,
            finished_at timestamptz);
        create index runs_open on flotilla.runs (started_at) where state in ('planning', 'published');

        -- The ledger of fires: its key makes a double fire impossible.
        create table flotilla.fires (
            schedule_id bigint not null references flotilla.schedules on delete cascade,
            fire_at timestamptz not null,
            verdict text not null check (verdict in ('run', 'skipped', 'merged')),
            run_id uuid references flotilla.runs,
            epoch bigint not null,
            decided_at timestamptz not null default now(),
            primary key (schedule_id, fire_at));

        create table flotilla.leases (
            name text primary key,
            holder text not null,
            epoch bigint not null,
            expires_at timestamptz not null);

        -- Ends the caller's transaction unless the lease still has this epoch.
        create function flotilla.require_lease(wanted text, held bigint) returns void
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            perform from flotilla.leases l where l.name = wanted and l.epoch = held for share;
            if not found then
                raise exception 'the lease "%" is no longer held in epoch %', wanted, held
                    using errcode = 'object_not_in_prerequisite_state';
            end if;
        end $$;

        create table flotilla.outbox (
            id bigint generated always as identity primary key,
            job_id uuid not null unique,
            routing_key text not null,
            body text not null,
            created_at timestamptz not null default now());

        create table flotilla.dead_letters (
            id bigint generated always as identity primary key,
            job_id uuid,
            run_id uuid,
            account_id bigint,
            platform text not null,
            cause text not null,
            detail text not null,
            attempt integer not null,
            routing_key text not null,
            headers jsonb not null,
            body bytea not null,
            identity text not null unique,
            dead_at timestamptz not null default now());
        create index dead_letters_time on flotilla.dead_letters (dead_at);
        create index dead_letters_job on flotilla.dead_letters (job_id);

        -- Time partitions ---------------------------------------------------------------------------------------

        create function flotilla.uuid_floor(moment timestamptz) returns uuid
            language sql immutable parallel safe
            set search_path = pg_catalog
            return (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

        -- Creates monthly partitions from last month until `ahead` from now; returns how many were made.
        create function flotilla.create_partitions(ahead interval default interval '2 months') returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            month timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 month';
            following timestamptz;
            suffix text;
            made integer := 0;
        begin
            perform pg_advisory_xact_lock(hashtext('flotilla.create_partitions'));
            while month <= now() + ahead loop
                following := ((month at time zone 'UTC') + interval '1 month') at time zone 'UTC';
                suffix := to_char(month at time zone 'UTC', 'YYYY_MM');
                if to_regclass('flotilla.jobs_' || suffix) is null then
                    execute format('create table flotilla.%I partition of flotilla.jobs for values from (%L) to (%L)',
                        'jobs_' || suffix, flotilla.uuid_floor(month), flotilla.uuid_floor(following));
                    made := made + 1;
                end if;
                if to_regclass('flotilla.observations_' || suffix) is null then
                    execute format('create table flotilla.%I partition of flotilla.observations for values from (%L) to (%L)',
                        'observations_' || suffix, month, following);
                    made := made + 1;
                end if;
                month := following;
            end loop;
            return made;
        end $$;

        -- The SQL door ------------------------------------------------------------------------------------------

        create function flotilla.uuid_v7() returns uuid
            language sql volatile parallel safe
            set search_path = pg_catalog
            return (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
                || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;

        -- Enqueues one job inside the caller's transaction: it exists if and only if that transaction commits.
        -- The same id again changes nothing and returns the id, so a retry is safe.
        create function flotilla.enqueue(
            platform text, account bigint, collect text default 'account_daily',
            date date default (now() at time zone 'America/Los_Angeles')::date - 1,
            lane text default 'normal', metrics text[] default null, id uuid default flotilla.uuid_v7(),
            reason text default 'sql'
        ) returns uuid
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            unknown text;
            moment timestamptz := clock_timestamp();
        begin
            if id is null or platform is null or account is null or collect is null or date is null or lane is null then
                raise exception 'flotilla.enqueue: platform, account, collect, date, lane and id must not be null'
                    using errcode = 'null_value_not_allowed';
            end if;
            if not exists (select from flotilla.accounts a where a.id = account and a.platform = enqueue.platform) then
                raise exception 'flotilla.enqueue: there is no account % on platform %', account, platform
                    using errcode = 'foreign_key_violation', hint = 'select id from flotilla.accounts';
            end if;
            if collect <> 'account_daily' then
                raise exception 'flotilla.enqueue: unknown collection %', collect
                    using errcode = 'check_violation', hint = 'known: account_daily';
            end if;
            if lane not in ('interactive', 'normal', 'bulk') then
                raise exception 'flotilla.enqueue: unknown lane %', lane
                    using errcode = 'check_violation', hint = 'known: interactive, normal, bulk';
            end if;
            if id::text !~ '^.{14}7.{4}[89ab]' then
                raise exception 'flotilla.enqueue: id % is not a UUID of version 7', id
                    using errcode = 'check_violation', hint = 'leave it out, or take flotilla.uuid_v7()';
            end if;
            select m into unknown from unnest(metrics) m
                where not exists (select from flotilla.metric_catalogue c where c.name = m) limit 1;
            if unknown is not null then
                raise exception 'flotilla.enqueue: unknown metric %', unknown
                    using errcode = 'check_violation', hint = 'select name from flotilla.metric_catalogue';
            end if;
            insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at)
                values (id, 'accepted', account, platform, collect, moment)
                on conflict do nothing;
            if found then
                insert into flotilla.outbox (job_id, routing_key, body) values (id, platform || '.' || lane,
                    json_strip_nulls(json_build_object('version', 1, 'id', id, 'platform', platform, 'account', account,
                        'collect', collect, 'date', date, 'metrics', to_json(metrics), 'lane', lane, 'reason', reason,
                        'enqueued_at', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text);
                perform pg_notify('flotilla_outbox', '');
            end if;
            return id;
        end $$;

        -- What a worker may know of an account, and nothing else of these tables.
        create function flotilla.credentials_for(accounts bigint[])
            returns table (account_id bigint, workspace_id bigint, platform text, external_id text, state text, sealed bytea)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select a.id, a.workspace_id, a.platform, a.external_id, a.state, c.sealed
                from flotilla.accounts a left join flotilla.credentials c on c.account_id = a.id
                where a.id = any (accounts);
            end;

        -- Views for readers: one row per metric -----------------------------------------------------------------

        create view flotilla.daily_rollups with (security_invoker = true) as
            select r.subject_id, r.workspace_id, r.day, r.start_at, r.end_at, m.name as metric, m.kind,
                r."values"[i] as value, m.scale,
                coalesce(r.counts[i], 1) as count, coalesce(r.sums[i], r."values"[i]) as sum,
                coalesce(r.minimums[i], r."values"[i]) as minimum, coalesce(r.maximums[i], r."values"[i]) as maximum,
                (array['open', 'provisional', 'settled'])[r.state + 1] as state, r.generation
            from flotilla.rollups r
            cross join lateral generate_subscripts(r.metrics, 1) i
            join flotilla.metric_catalogue m on m.id = r.metrics[i]
            where r.grain = 1;

        create view flotilla.readings with (security_invoker = true) as
            select o.subject_id, o.workspace_id, o.job_id, o.period, o.start_at, o.fetched_at, o.api_version,
                m.name as metric, o."values"[i] as value, m.scale
            from flotilla.observations o
            cross join lateral generate_subscripts(o.metrics, 1) i
            join flotilla.metric_catalogue m on m.id = o.metrics[i];

        -- One role per process, each with what its work needs ----------------------------------------------------

        do $$
        declare role text;
        begin
            foreach role in array array['flotilla_dispatcher', 'flotilla_worker', 'flotilla_aggregator',
                'flotilla_publisher', 'flotilla_auditor'] loop
                if not exists (select from pg_roles where rolname = role) then
                    begin
                        execute format('create role %I nologin', role);
                    exception when duplicate_object or unique_violation then
                        null; -- Another database of this cluster is migrating at the same moment.
                    end;
                end if;
                execute format('grant usage on schema flotilla to %I', role);
            end loop;
        end $$;
        revoke all on all functions in schema flotilla from public;
        grant select on flotilla.accounts, flotilla.schedules, flotilla.metric_catalogue, flotilla.jobs to flotilla_dispatcher;
        grant select, insert, update on flotilla.runs, flotilla.fires, flotilla.leases to flotilla_dispatcher;
        grant update (next_fire_at) on flotilla.schedules to flotilla_dispatcher;
        grant select, delete, update on flotilla.outbox to flotilla_dispatcher;
        grant execute on function flotilla.create_partitions(interval), flotilla.require_lease(text, bigint)
            to flotilla_dispatcher;
        grant execute on function flotilla.credentials_for(bigint[]) to flotilla_worker;
        grant select, insert, update on flotilla.jobs, flotilla.current_values, flotilla.rollups, flotilla.dead_letters
            to flotilla_aggregator;
        grant delete on flotilla.dead_letters to flotilla_aggregator;
        grant insert on flotilla.observations to flotilla_aggregator;
        grant select, update on flotilla.runs to flotilla_aggregator;
        grant select on flotilla.metric_catalogue to flotilla_aggregator;
        grant execute on function flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text) to flotilla_publisher;
        grant execute on function flotilla.uuid_v7() to flotilla_publisher;
        grant select on flotilla.metric_catalogue to flotilla_publisher;
        grant select on flotilla.workspaces, flotilla.accounts, flotilla.metric_catalogue, flotilla.jobs,
            flotilla.observations, flotilla.current_values, flotilla.rollups, flotilla.schedules, flotilla.runs,
            flotilla.fires, flotilla.leases, flotilla.outbox, flotilla.dead_letters, flotilla.daily_rollups,
            flotilla.readings to flotilla_auditor;
        """#
}
