/// The database's door for jobs, which the other doors use too: the contract, and whether the same was ordered before.
extension Migration0015 {
    static let submitting = #"""
        -- What a job of a door asked for, to tell the same order from another one under the same id.
        alter table flotilla.jobs add column digest bytea;

        -- What must not be ordered twice: the publisher's own names, and contents, for as long as the order said.
        create table flotilla.job_keys (
            workspace_id bigint not null references flotilla.workspaces on delete cascade,
            key text not null,
            account_id bigint not null,
            job_id uuid not null,
            digest bytea not null,
            created_at timestamptz not null,
            expires_at timestamptz not null,
            primary key (workspace_id, key));
        create index job_keys_account on flotilla.job_keys (account_id);
        create index job_keys_expired on flotilla.job_keys (expires_at);

        create function flotilla.check_metrics(metrics jsonb) returns void
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            bad record;
        begin
            if metrics is null then return; end if;
            if jsonb_typeof(metrics) <> 'array' or jsonb_array_length(metrics) > 64 then
                perform flotilla.refuse('/metrics', 'must be an array of at most 64 names');
            end if;
            for bad in
                select m.place - 1 as place, m.value #>> '{}' as name, jsonb_typeof(m.value) as kind,
                    m.value = any (array(select e.value from jsonb_array_elements(metrics) with ordinality e (value, place)
                        where e.place < m.place)) as again
                from jsonb_array_elements(metrics) with ordinality m (value, place)
                order by m.place
            loop
                if bad.kind <> 'string' then
                    perform flotilla.refuse('/metrics/' || bad.place, 'must be the name of a metric');
                elsif bad.again then
                    perform flotilla.refuse('/metrics/' || bad.place, format('%s is named twice', left(bad.name, 40)));
                elsif not exists (select from flotilla.metric_catalogue c where c.name = bad.name) then
                    perform flotilla.refuse('/metrics/' || bad.place, format('unknown metric %s', left(bad.name, 40)),
                        advice => 'select name from flotilla.metric_catalogue');
                end if;
            end loop;
        end $$;

        -- Returns the lowest version of the message that can name the posts so.
        create function flotilla.check_posts(posts jsonb, collect text, account bigint) returns integer
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            version integer := 1;
            post record;
        begin
            if posts is not null and jsonb_typeof(posts) <> 'array' then
                perform flotilla.refuse('/posts', 'must be an array');
            end if;
            if (collect = 'post_metrics') <> (coalesce(jsonb_array_length(posts), 0) > 0) then
                perform flotilla.refuse('/posts', 'posts must be named for post_metrics, and for nothing else');
            end if;
            if posts is null then return version; end if;
            if jsonb_array_length(posts) > 500 or jsonb_array_length(posts) <> (select count(distinct
                case jsonb_typeof(p) when 'object' then jsonb_build_array(p -> 'external_id') else p end)
                from jsonb_array_elements(posts) p)
            then
                perform flotilla.refuse('/posts', 'posts must be distinct and at most 500');
            end if;
            for post in
                select '/posts/' || (p.place - 1) as place, p.value, jsonb_typeof(p.value) as kind
                from jsonb_array_elements(posts) with ordinality p (value, place) order by p.place
            loop
                if post.kind = 'object' then
                    version := 2;
                    if flotilla.json_text(post.value, 'external_id', 1, 200, post.place) is null then
                        perform flotilla.refuse(post.place || '/external_id', 'is missing', 'null_value_not_allowed');
                    end if;
                    perform flotilla.json_word(post.value, 'kind', 'kind of post', array['post', 'image', 'video', 'carousel',
                        'reel', 'short', 'live', 'story', 'article', 'pin', 'repost'], post.place);
                elsif post.kind <> 'number' or (post.value #>> '{}') !~ '^[0-9]{1,18}$' then
                    perform flotilla.refuse(post.place, 'must be the number of a post, or an object with its external_id');
                elsif not exists (select from flotilla.posts s where s.id = (post.value #>> '{}')::bigint
                    and s.account_id = account)
                then
                    perform flotilla.refuse(post.place, format('account %s has no post %s', account, post.value #>> '{}'),
                        'foreign_key_violation', 'select id from flotilla.posts');
                end if;
            end loop;
            return version;
        end $$;

        -- Orders a job inside the caller's transaction: it exists if and only if that transaction commits. What the document
        -- leaves out gets its usual value. The verdict is `new`; `same`, with the id of the job that was ordered before; or
        -- `conflict`, with the id of the other job that has the key or the id. Only `new` changes anything.
        create function flotilla.submit(job jsonb, out id uuid, out verdict text)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            moment constant timestamptz := clock_timestamp();
            latest constant date := ((moment + interval '14 hours') at time zone 'UTC')::date;
            stated integer;
            needed integer;
            platform text;
            account bigint;
            workspace bigint;
            is_sandbox boolean;
            collect text;
            lane text;
            day date;
            days integer;
            reason text;
            digest bytea;
            name text;
            seconds bigint;
            first uuid;
        begin
            if jsonb_typeof(job) is distinct from 'object' then
                perform flotilla.refuse('/', 'a job is a JSON object');
            end if;
            job := jsonb_strip_nulls(job);
            stated := flotilla.json_number(job, 'version', 1, 2);
            platform := flotilla.json_text(job, 'platform', 1, 40);
            account := flotilla.json_number(job, 'account', 1, 9223372036854775807);
            if platform is null or account is null then
                perform flotilla.refuse(case when account is null then '/account' else '/platform' end, 'is missing',
                    'null_value_not_allowed');
            end if;
            select a.workspace_id, w.sandbox into workspace, is_sandbox
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                where a.id = account and a.platform = platform and not a.erasing;
            if workspace is null then
                perform flotilla.refuse('/account', format('there is no account %s on platform %s', account, platform),
                    'foreign_key_violation', 'select id from flotilla.accounts');
            end if;
            collect := coalesce(flotilla.json_word(job, 'collect', 'collection', array['account_daily', 'posts',
                'post_metrics', 'stories', 'demographics', 'credential_refresh']), 'account_daily');
            lane := coalesce(flotilla.json_word(job, 'lane', 'lane', array['interactive', 'normal', 'bulk']), 'normal');
            days := coalesce(flotilla.json_number(job, 'days', 1, 90), 1);
            day := coalesce(flotilla.json_day(job, 'date'), (moment at time zone 'America/Los_Angeles')::date - 1);
            id := coalesce(flotilla.json_id(job, 'id'), flotilla.uuid_v7());
            -- Simulated worlds have a calendar of their own.
            if is_sandbox then
                null;
            elsif ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
                > extract(epoch from moment + interval '24 hours') * 1000 then
                perform flotilla.refuse('/id', 'the time in it lies in the future');
            elsif day > latest then
                perform flotilla.refuse('/date', format('%s has not begun anywhere', day));
            elsif latest - (day - (days - 1)) > 732 then
                perform flotilla.refuse('/date', format('%s is older than 732 days', day - (days - 1)));
            end if;
            reason := coalesce(flotilla.json_text(job, 'reason', 0, 128), 'sql');
            perform flotilla.check_metrics(job -> 'metrics');
            needed := flotilla.check_posts(job -> 'posts', collect, account);
            if needed > stated then
                perform flotilla.refuse('/posts', 'version 1 names posts by numbers; use version 2');
            end if;
            name := 'key:' || flotilla.json_text(job, 'idempotency_key', 1, 200);
            seconds := flotilla.json_number(job, 'unique_for', 1, 2592000);
            digest := sha256(convert_to((job - array['version', 'id', 'run', 'reason', 'enqueued_at', 'idempotency_key',
                'unique_for'])::text, 'UTF8'));
            if seconds is not null then name := coalesce(name, 'same:' || encode(digest, 'hex')); end if;
            while name is not null loop
                insert into flotilla.job_keys as k (workspace_id, key, account_id, job_id, digest, created_at, expires_at)
                    values (workspace, name, account, id, digest, moment,
                        moment + make_interval(secs => coalesce(seconds, 86400)))
                    on conflict on constraint job_keys_pkey do update
                    set account_id = excluded.account_id, job_id = excluded.job_id, digest = excluded.digest,
                        created_at = excluded.created_at, expires_at = excluded.expires_at
                    where k.expires_at <= moment;
                exit when found;
                select k.job_id, case when k.digest = digest then 'same' else 'conflict' end into first, verdict
                    from flotilla.job_keys k where k.workspace_id = workspace and k.key = name;
                if found then
                    id := first;
                    return;
                end if;
            end loop;
            insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at, digest)
                values (id, 'accepted', account, platform, collect, moment, digest)
                on conflict do nothing;
            if not found then
                select case when j.account_id = account and j.platform = platform and j.collect = collect
                        and (j.digest is null or j.digest = digest) then 'same' else 'conflict' end
                    into verdict from flotilla.jobs j where j.id = id;
                return;
            end if;
            insert into flotilla.outbox (job_id, routing_key, body) values (id, platform || '.' || lane,
                json_strip_nulls(json_build_object('version', needed, 'id', id, 'platform', platform, 'account', account,
                    'collect', collect, 'date', day, 'metrics', job -> 'metrics', 'days', nullif(days, 1),
                    'posts', job -> 'posts', 'lane', lane, 'reason', reason,
                    'enqueued_at', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text);
            perform pg_notify('flotilla_outbox', '');
            verdict := 'new';
        end $$;

        -- For tenants: an account of the transaction's workspace. Another workspace's is answered like one that is not there.
        create function flotilla.submit_own(job jsonb, out id uuid, out verdict text)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            account constant bigint := flotilla.json_number(job, 'account', 1, 9223372036854775807);
        begin
            if account is not null and not exists (select from flotilla.accounts a where a.id = account
                and a.workspace_id = nullif(current_setting('flotilla.workspace', true), '')::bigint)
            then
                perform flotilla.refuse('/account', format('there is no account %s on platform %s', account,
                    job ->> 'platform'), 'foreign_key_violation', 'select id from flotilla.accounts');
            end if;
            select s.id, s.verdict into id, verdict from flotilla.submit(job) s;
        end $$;

        -- The same door with one argument per field, which gives the job's id alone.
        create or replace function flotilla.enqueue(
            platform text, account bigint, collect text default 'account_daily',
            date date default (now() at time zone 'America/Los_Angeles')::date - 1,
            lane text default 'normal', metrics text[] default null, id uuid default flotilla.uuid_v7(),
            reason text default 'sql', days integer default 1, posts bigint[] default null
        ) returns uuid
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        begin
            if id is null or platform is null or account is null or collect is null or date is null or lane is null
                or days is null then
                raise exception 'flotilla.enqueue: platform, account, collect, date, lane, days and id must not be null'
                    using errcode = 'null_value_not_allowed';
            end if;
            return (select s.id from flotilla.submit(jsonb_build_object('platform', platform, 'account', account,
                'collect', collect, 'date', date, 'lane', lane, 'metrics', metrics, 'id', id, 'reason', reason,
                'days', days, 'posts', posts)) s);
        end $$;

        -- Takes away keys whose time is over.
        create function flotilla.forget_keys(most integer) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            gone integer;
        begin
            delete from flotilla.job_keys k where k.ctid = any (array(
                select o.ctid from flotilla.job_keys o where o.expires_at < clock_timestamp() - interval '1 minute'
                limit most for update skip locked));
            get diagnostics gone = row_count;
            return gone;
        end $$;
        """#
}
