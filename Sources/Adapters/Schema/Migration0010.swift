/// The change feed; figures that no worker fetched: sources, pushed readings, imported files.
enum Migration0010 {
    static let sql = #"""
        alter table flotilla.rollups add column changed_at timestamptz not null default now();
        alter table if exists flotilla.workspace_rollups add column changed_at timestamptz not null default now();

        -- Keys of buckets that changed and were not told of yet, with their generations: one row per statement that changed
        -- some, appended by it. Of subjects or of workspaces. Arrays stay as they are: compressing them costs more than
        -- keeping them for a moment.
        create table flotilla.changes_pending (
            id bigint generated always as identity primary key,
            noted_at timestamptz not null default now(),
            claimed_until timestamptz not null default '-infinity',
            subjects bigint[],
            starts timestamptz[],
            workspaces bigint[],
            platforms text[],
            days date[],
            levels smallint[] not null,
            grains smallint[] not null,
            generations integer[] not null,
            check (num_nulls(subjects, workspaces) = 1)
        ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
        alter table flotilla.changes_pending
            alter column subjects set storage external, alter column starts set storage external,
            alter column generations set storage external, alter column levels set storage external,
            alter column grains set storage external;

        -- What is known of figures that no worker fetches. A name stands for one zone and one lag in the whole fleet.
        create table flotilla.sources (
            workspace_id bigint not null references flotilla.workspaces on delete cascade,
            name text not null check (name ~ '^[a-z0-9_]{1,40}$' and name not in ('instagram', 'facebook', 'threads',
                'youtube', 'linkedin', 'x', 'tiktok', 'pinterest', 'results', 'ingest', 'unknown')),
            day_zone text not null,
            settling_lag interval not null check (settling_lag between interval '0' and interval '60 days'),
            created_at timestamptz not null default now(),
            primary key (workspace_id, name));

        -- Registers a source for a workspace, or finds it; with an account of it, if one is named. Returns the account.
        create function flotilla.add_source(workspace bigint, source text, zone text, lag interval, external_id text)
            returns bigint
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            found_zone text;
            found_lag interval;
            account bigint;
        begin
            perform pg_advisory_xact_lock(hashtext('flotilla.add_source'));
            select s.day_zone, s.settling_lag into found_zone, found_lag from flotilla.sources s where s.name = source limit 1;
            if found_zone is not null and (found_zone, found_lag) is distinct from (zone, lag) then
                raise exception 'source % has days in % that settle after %: another zone or lag needs another name',
                    source, found_zone, found_lag using errcode = 'check_violation';
            end if;
            insert into flotilla.sources (workspace_id, name, day_zone, settling_lag) values (workspace, source, zone, lag)
                on conflict do nothing;
            if external_id is not null then
                insert into flotilla.accounts (workspace_id, platform, external_id) values (workspace, source, external_id)
                    on conflict on constraint accounts_workspace_id_platform_external_id_key do nothing;
                select a.id into account from flotilla.accounts a
                    where a.workspace_id = workspace and a.platform = source and a.external_id = add_source.external_id;
            end if;
            return account;
        end $$;

        -- Pushes readings inside the caller's transaction: they exist if and only if that transaction commits. The same id
        -- again changes nothing. What is checked here is what the caller can mend; the rest of the contract is checked by the
        -- aggregator, which puts what breaks it with the dead letters.
        create function flotilla.ingest(account bigint, readings jsonb, id uuid default flotilla.uuid_v7(),
                fetched_at timestamptz default clock_timestamp(), posts jsonb default null) returns uuid
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            source text;
            unknown text;
        begin
            if account is null or readings is null or id is null or fetched_at is null then
                raise exception 'flotilla.ingest: account, readings, id and fetched_at must not be null'
                    using errcode = 'null_value_not_allowed';
            end if;
            select a.platform into source from flotilla.accounts a
                join flotilla.sources s on s.workspace_id = a.workspace_id and s.name = a.platform where a.id = account
                and not a.erasing;
            if source is null then
                raise exception 'flotilla.ingest: account % belongs to no registered source', account
                    using errcode = 'foreign_key_violation', hint = 'flotilla sources add';
            end if;
            if id::text !~ '^.{14}7.{4}[89ab]' then
                raise exception 'flotilla.ingest: id % is not a UUID of version 7', id
                    using errcode = 'check_violation', hint = 'leave it out, or take flotilla.uuid_v7()';
            end if;
            if jsonb_typeof(readings) <> 'array' or jsonb_array_length(readings) not between 1 and 1000 then
                raise exception 'flotilla.ingest: readings must be an array of 1 to 1000 objects'
                    using errcode = 'check_violation';
            end if;
            if exists (select from jsonb_array_elements(readings) r where jsonb_typeof(r) <> 'object'
                or jsonb_typeof(r->'values') is distinct from 'object' or jsonb_typeof(r->'start') is distinct from 'string')
            then
                raise exception 'flotilla.ingest: each reading is an object with start, period and values'
                    using errcode = 'check_violation';
            end if;
            select m into unknown from jsonb_array_elements(readings) r cross join lateral jsonb_object_keys(r->'values') m
                where not exists (select from flotilla.metric_catalogue c where c.name = m) limit 1;
            if unknown is not null then
                raise exception 'flotilla.ingest: unknown metric %', unknown
                    using errcode = 'check_violation', hint = 'select name from flotilla.metric_catalogue';
            end if;
            insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at)
                values (id, 'accepted', account, source, 'push', clock_timestamp())
                on conflict do nothing;
            if found then
                insert into flotilla.outbox (job_id, routing_key, body) values (id, 'ingest',
                    json_strip_nulls(json_build_object('version', 1, 'id', id, 'account', account,
                        'fetched_at', to_char(fetched_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                        'readings', readings, 'posts', posts))::text);
                perform pg_notify('flotilla_outbox', '');
            end if;
            return id;
        end $$;

        -- Files that were taken in as history. The same file is taken once under one mapping and stated time.
        create table flotilla.imports (
            id uuid primary key,
            workspace_id bigint not null references flotilla.workspaces on delete cascade,
            account_id bigint not null references flotilla.accounts on delete cascade,
            sha256 bytea not null check (octet_length(sha256) = 32),
            mapping text not null,
            file_name text not null,
            -- What the readings are dated with, and whether the export said so itself. Without that, they only fill gaps.
            fetched_at timestamptz not null,
            is_stated boolean not null,
            readings integer not null,
            refused integer not null,
            created_by text not null default session_user,
            created_at timestamptz not null default now(),
            finished_at timestamptz,
            unique (account_id, sha256, mapping));

        revoke all on function flotilla.add_source(bigint, text, text, interval, text),
            flotilla.ingest(bigint, jsonb, uuid, timestamptz, jsonb) from public;
        grant execute on function flotilla.ingest(bigint, jsonb, uuid, timestamptz, jsonb) to flotilla_publisher;
        grant select, insert, update, delete on flotilla.changes_pending to flotilla_aggregator;
        grant select on flotilla.sources to flotilla_aggregator, flotilla_dispatcher, flotilla_worker, flotilla_publisher;
        grant select on flotilla.changes_pending, flotilla.sources, flotilla.imports to flotilla_auditor;
        do $$
        begin
            if to_regprocedure('flotilla.secure()') is not null then
                perform flotilla.secure();
            end if;
        end $$;
        """#
}
