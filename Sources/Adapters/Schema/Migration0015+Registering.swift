/// Posts that publishing services register, with their own names for them.
extension Migration0015 {
    static let registering = #"""
        alter table flotilla.posts add column url text;

        -- A publishing service's name for what it published: one row per account that it went to.
        create table flotilla.external_refs (
            workspace_id bigint not null references flotilla.workspaces on delete cascade,
            reference text not null check (reference <> ''),
            account_id bigint not null references flotilla.accounts on delete cascade,
            post_id bigint not null references flotilla.posts on delete cascade,
            registered_at timestamptz not null default clock_timestamp(),
            primary key (workspace_id, reference, account_id));
        create index external_refs_post on flotilla.external_refs (post_id);
        create index external_refs_account on flotilla.external_refs (account_id);

        create view flotilla.published_posts with (security_invoker = true) as
            select r.workspace_id, r.reference, r.account_id, a.platform, p.id as post_id, p.external_id, p.kind, p.url,
                p.published_at, p.state, r.registered_at
            from flotilla.external_refs r join flotilla.posts p on p.id = r.post_id
                join flotilla.accounts a on a.id = r.account_id;

        -- Registers a post inside the caller's transaction. The verdict is `new`, `same`, or `conflict` when the reference
        -- stands for another post of the account; that one is returned then, and nothing changes. `place` goes before paths.
        create function flotilla.register_post(post jsonb, place text default '', out post_id bigint, out verdict text,
                out job uuid)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            moment constant timestamptz := clock_timestamp();
            account bigint;
            workspace bigint;
            platform text;
            is_source boolean;
            is_sandbox boolean;
            named text;
            kind text;
            published timestamptz;
            reference text;
            address text;
            before record;
            is_new boolean;
        begin
            if jsonb_typeof(post) is distinct from 'object' then
                perform flotilla.refuse(case place when '' then '/' else place end, 'a post is a JSON object');
            end if;
            post := jsonb_strip_nulls(post);
            account := flotilla.json_number(post, 'account', 1, 9223372036854775807, place);
            named := flotilla.json_text(post, 'external_id', 1, 200, place);
            if account is null or named is null then
                perform flotilla.refuse(place || case when account is null then '/account' else '/external_id' end,
                    'is missing', 'null_value_not_allowed');
            end if;
            kind := coalesce(flotilla.json_word(post, 'kind', 'kind of post', array['post', 'image', 'video', 'carousel',
                'reel', 'short', 'live', 'story', 'article', 'pin', 'repost'], place), 'post');
            published := flotilla.json_time(post, 'published_at', place);
            reference := flotilla.json_text(post, 'reference', 1, 200, place);
            address := flotilla.json_text(post, 'url', 1, 2000, place);
            if address !~* '^https?://' then
                perform flotilla.refuse(place || '/url', 'must begin with https://');
            end if;
            if jsonb_typeof(post -> 'collect') <> 'boolean' then
                perform flotilla.refuse(place || '/collect', 'must be true or false');
            end if;
            select a.workspace_id, a.platform, w.sandbox,
                    exists (select from flotilla.sources s where s.workspace_id = a.workspace_id and s.name = a.platform)
                into workspace, platform, is_sandbox, is_source
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                where a.id = account and not a.erasing;
            if workspace is null then
                perform flotilla.refuse(place || '/account', format('there is no account %s', account),
                    'foreign_key_violation', 'select id from flotilla.accounts');
            end if;
            if published > moment + interval '24 hours' and not is_sandbox then
                perform flotilla.refuse(place || '/published_at', 'lies in the future');
            end if;
            if is_source and (post -> 'collect')::boolean then
                perform flotilla.refuse(place || '/collect', format('nothing is collected from %s', platform));
            end if;
            if reference is not null then
                -- Two callers with one reference: the second waits and finds the first one's post.
                perform pg_advisory_xact_lock(hashtextextended(format('%s/%s/%s', workspace, account, reference), 0));
                select p.id, p.external_id into before from flotilla.external_refs r
                    join flotilla.posts p on p.id = r.post_id
                    where r.workspace_id = workspace and r.reference = reference and r.account_id = account;
                if before.external_id <> named then
                    post_id := before.id;
                    verdict := 'conflict';
                    return;
                end if;
            end if;
            select p.id, p.published_at into before from flotilla.posts p
                where p.account_id = account and p.external_id = named;
            insert into flotilla.posts as p (account_id, workspace_id, external_id, kind, published_at, discovered_at, url)
                values (account, workspace, named, kind, published, moment, address)
                on conflict on constraint posts_account_id_external_id_key do update
                set kind = case when excluded.kind = 'post' then p.kind else excluded.kind end,
                    published_at = coalesce(p.published_at, excluded.published_at), url = coalesce(excluded.url, p.url)
                returning p.id, p.xmax = 0 into post_id, is_new;
            if published is not null and (is_new or before.published_at is null) then
                insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high)
                    values (workspace, account, post_id, (published at time zone 'UTC')::date - 1,
                        (published at time zone 'UTC')::date + 1);
            end if;
            if is_new then
                update flotilla.cadence c set due_at = moment where c.account_id = account and c.due_at > moment;
            end if;
            verdict := case when is_new then 'new' else 'same' end;
            if reference is not null then
                insert into flotilla.external_refs (workspace_id, reference, account_id, post_id)
                    values (workspace, reference, account, post_id)
                    on conflict do nothing;
                if found then verdict := 'new'; end if;
            end if;
            if (post -> 'collect')::boolean then
                select s.id into job from flotilla.submit(jsonb_build_object('platform', platform, 'account', account,
                    'collect', 'post_metrics', 'posts', jsonb_build_array(post_id), 'lane', 'interactive',
                    'reason', 'published', 'idempotency_key', 'published:' || post_id)) s;
            end if;
        end $$;

        -- The same for all accounts that something was published to: all or none.
        create function flotilla.register_posts(posts jsonb)
            returns table (place bigint, post_id bigint, verdict text, job uuid)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_column
        begin
            if jsonb_typeof(posts) is distinct from 'array' or jsonb_array_length(posts) not between 1 and 500 then
                perform flotilla.refuse('/posts', 'must be an array of 1 to 500 posts');
            end if;
            return query
                select p.place - 1, r.post_id, r.verdict, r.job
                from jsonb_array_elements(posts) with ordinality p (value, place)
                cross join lateral flotilla.register_post(p.value, '/posts/' || (p.place - 1)) r
                order by p.place;
        end $$;
        """#
}
