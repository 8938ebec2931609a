/// Posts, metrics in parts, and workspaces for synthetic data.
enum Migration0002 {
    static let sql = #"""
        -- Synthetic data may enter sandboxes only. What a workspace is does not change once it has accounts, so that
        -- nobody turns simulated numbers into real ones.
        alter table flotilla.workspaces add column sandbox boolean not null default false;
        create function flotilla.keep_sandbox() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            if exists (select from flotilla.accounts a where a.workspace_id = new.id) then
                raise exception 'workspace % has accounts: whether it is a sandbox cannot change any more', new.name
                    using errcode = 'object_not_in_prerequisite_state';
            end if;
            return new;
        end $$;
        create trigger keep_sandbox before update of sandbox on flotilla.workspaces
            for each row when (old.sandbox is distinct from new.sandbox) execute function flotilla.keep_sandbox();

        -- A post is a subject like an account: its number comes from the same sequence.
        create table flotilla.posts (
            id bigint primary key default nextval('flotilla.subject_ids'),
            account_id bigint not null references flotilla.accounts on delete cascade,
            workspace_id bigint not null references flotilla.workspaces,
            external_id text not null check (external_id <> ''),
            kind text not null,
            published_at timestamptz,
            discovered_at timestamptz not null default now(),
            -- A post that the platform did not know once is missing; it is gone when that is confirmed a day later.
            state text not null default 'active' check (state in ('active', 'missing', 'gone')),
            -- The first miss; null while it is active.
            missed_at timestamptz,
            check ((state = 'active') = (missed_at is null)),
            unique (account_id, external_id));
        create index posts_walk on flotilla.posts (account_id, id) where state <> 'gone';

        -- Every fetch of a metric in parts, as it was; never updated. Part i has the names
        -- [(i-1)*n+1 .. i*n] for the n dimensions, and the i-th value, fixed-point by the catalogue's scale.
        create table flotilla.breakdowns (
            job_id uuid not null,
            subject_id bigint not null,
            workspace_id bigint not null,
            metric smallint not null,
            period smallint not null,
            start_at timestamptz not null,
            fetched_at timestamptz not null,
            dimensions text[] not null,
            names text[] not null,
            "values" bigint[] not null,
            check (cardinality(dimensions) > 0),
            check (cardinality(names) = cardinality(dimensions) * cardinality("values"))
        ) partition by range (fetched_at);
        create table flotilla.breakdowns_default partition of flotilla.breakdowns default;
        create index breakdowns_subject on flotilla.breakdowns (subject_id, metric, start_at);

        -- The newest fetch of each, one row per part.
        create view flotilla.breakdown_parts with (security_invoker = true) as
            select b.subject_id, b.workspace_id, m.name as metric, b.period, b.start_at, b.fetched_at, b.job_id,
                b.dimensions, b.names[(i - 1) * cardinality(b.dimensions) + 1 : i * cardinality(b.dimensions)] as names,
                b."values"[i] as value, m.scale
            from (
                select distinct on (subject_id, metric, start_at, period, dimensions) *
                from flotilla.breakdowns
                order by subject_id, metric, start_at, period, dimensions, fetched_at desc, job_id desc
            ) b
            cross join lateral generate_subscripts(b."values", 1) i
            join flotilla.metric_catalogue m on m.id = b.metric;

        -- What a worker may know of posts, and nothing else of the table.
        create function flotilla.posts_for(posts bigint[])
            returns table (post_id bigint, account_id bigint, external_id text, kind text, published_at timestamptz)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select p.id, p.account_id, p.external_id, p.kind, p.published_at
                from flotilla.posts p where p.id = any (posts);
            end;

        drop function flotilla.credentials_for(bigint[]);
        create function flotilla.credentials_for(accounts bigint[])
            returns table (account_id bigint, workspace_id bigint, platform text, external_id text, state text, sealed bytea,
                sandbox boolean)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select a.id, a.workspace_id, a.platform, a.external_id, a.state, c.sealed, w.sandbox
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                    left join flotilla.credentials c on c.account_id = a.id
                where a.id = any (accounts);
            end;

        -- The same as before, for one table more.
        create or replace function flotilla.create_partitions(ahead interval default interval '2 months') returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            month timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 month';
            following timestamptz;
            suffix text;
            parent text;
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
                foreach parent in array array['observations', 'breakdowns'] loop
                    if to_regclass('flotilla.' || parent || '_' || suffix) is null then
                        execute format('create table flotilla.%I partition of flotilla.%I for values from (%L) to (%L)',
                            parent || '_' || suffix, parent, month, following);
                        made := made + 1;
                    end if;
                end loop;
                month := following;
            end loop;
            return made;
        end $$;

        -- The SQL door, which knows every collection now; callers of the older one need not change.
        drop function flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text);
        create function flotilla.enqueue(
            platform text, account bigint, collect text default 'account_daily',
            date date default (now() at time zone 'America/Los_Angeles')::date - 1,
            lane text default 'normal', metrics text[] default null, id uuid default flotilla.uuid_v7(),
            reason text default 'sql', days integer default 1, posts bigint[] default null
        ) returns uuid
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            unknown text;
            moment timestamptz := clock_timestamp();
        begin
            if id is null or platform is null or account is null or collect is null or date is null or lane is null
                or days is null then
                raise exception 'flotilla.enqueue: platform, account, collect, date, lane, days and id must not be null'
                    using errcode = 'null_value_not_allowed';
            end if;
            if not exists (select from flotilla.accounts a where a.id = account and a.platform = enqueue.platform) then
                raise exception 'flotilla.enqueue: there is no account % on platform %', account, platform
                    using errcode = 'foreign_key_violation', hint = 'select id from flotilla.accounts';
            end if;
            if collect not in ('account_daily', 'posts', 'post_metrics', 'stories', 'demographics', 'credential_refresh') then
                raise exception 'flotilla.enqueue: unknown collection %', collect using errcode = 'check_violation',
                    hint = 'known: account_daily, posts, post_metrics, stories, demographics, credential_refresh';
            end if;
            if lane not in ('interactive', 'normal', 'bulk') then
                raise exception 'flotilla.enqueue: unknown lane %', lane
                    using errcode = 'check_violation', hint = 'known: interactive, normal, bulk';
            end if;
            if id::text !~ '^.{14}7.{4}[89ab]' then
                raise exception 'flotilla.enqueue: id % is not a UUID of version 7', id
                    using errcode = 'check_violation', hint = 'leave it out, or take flotilla.uuid_v7()';
            end if;
            if days not between 1 and 90 then
                raise exception 'flotilla.enqueue: days is %, and must lie between 1 and 90', days
                    using errcode = 'check_violation';
            end if;
            if (collect = 'post_metrics') <> (coalesce(cardinality(posts), 0) > 0) then
                raise exception 'flotilla.enqueue: posts must be named for post_metrics, and for nothing else'
                    using errcode = 'check_violation';
            end if;
            if cardinality(posts) > 500 or cardinality(posts) <> (select count(distinct p) from unnest(posts) p) then
                raise exception 'flotilla.enqueue: posts must be distinct and at most 500'
                    using errcode = 'check_violation';
            end if;
            select p into unknown from unnest(posts) p
                where not exists (select from flotilla.posts s where s.id = p and s.account_id = account) limit 1;
            if unknown is not null then
                raise exception 'flotilla.enqueue: account % has no post %', account, unknown
                    using errcode = 'foreign_key_violation', hint = 'select id from flotilla.posts';
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
                        'collect', collect, 'date', date, 'metrics', to_json(metrics), 'days', nullif(days, 1),
                        'posts', to_json(posts), 'lane', lane, 'reason', reason,
                        'enqueued_at', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text);
                perform pg_notify('flotilla_outbox', '');
            end if;
            return id;
        end $$;

        revoke all on function flotilla.keep_sandbox(), flotilla.posts_for(bigint[]), flotilla.credentials_for(bigint[]),
            flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text, integer, bigint[]) from public;
        grant execute on function flotilla.posts_for(bigint[]), flotilla.credentials_for(bigint[]) to flotilla_worker;
        grant execute on function flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text, integer, bigint[])
            to flotilla_publisher;
        grant select, insert, update on flotilla.posts to flotilla_aggregator;
        grant insert on flotilla.breakdowns to flotilla_aggregator;
        grant select on flotilla.accounts, flotilla.workspaces, flotilla.observations to flotilla_aggregator;
        grant usage on sequence flotilla.subject_ids to flotilla_aggregator;
        grant select on flotilla.posts to flotilla_dispatcher;
        grant select on flotilla.posts, flotilla.breakdowns, flotilla.breakdown_parts to flotilla_auditor;
        """#
}
