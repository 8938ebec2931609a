/// Lifecycle: how long what is kept, and how accounts are erased.
enum Migration0009 {
    static let sql = retention + erasure + rights

    private static let retention = #"""
        -- How many days what is kept; null for ever. An empty platform is all that have no row of their own.
        create table flotilla.retention (
            class text not null check (class in ('observations', 'breakdowns', 'jobs', 'dead_letters', 'days', 'weeks', 'months')),
            platform text not null default '',
            days integer check (days > 0),
            reason text not null default '',
            changed_at timestamptz not null default now(),
            primary key (class, platform));
        insert into flotilla.retention (class, days, reason) values
            ('observations', 400, 'default'), ('breakdowns', 400, 'default'), ('jobs', 460, 'default'),
            ('dead_letters', 400, 'default'), ('days', 1826, 'default'), ('weeks', null, 'default'), ('months', null, 'default');

        -- What a platform's terms allow for real accounts, unless it has accepted more.
        create table flotilla.retention_terms (
            platform text not null,
            class text not null,
            days integer not null check (days > 0),
            source text not null,
            accepted_at timestamptz,
            accepted_reason text,
            primary key (platform, class));
        insert into flotilla.retention_terms (platform, class, days, source)
            select 'youtube', c, 30, 'YouTube API Services: stored statistics are limited to 30 days unless the use is accepted'
            from unnest(array['observations', 'breakdowns', 'days', 'weeks', 'months']) c;

        -- While one is in force, nothing of whom it names is deleted, by retention or by erasure.
        create table flotilla.legal_holds (
            id bigint generated always as identity primary key,
            -- Null with null: everything.
            workspace_id bigint,
            account_id bigint,
            reason text not null check (reason <> ''),
            placed_at timestamptz not null default now(),
            lifted_at timestamptz,
            check (num_nonnulls(workspace_id, account_id) <= 1));

        -- One row per partition that was or is being dropped, and how far that came. The counts and sums go page by page; the
        -- second ones are taken when nobody can write to the partition any more.
        create table flotilla.retention_drops (
            id bigint generated always as identity primary key,
            class text not null,
            part text not null unique,
            low timestamptz not null,
            high timestamptz not null,
            state text not null default 'planned'
                check (state in ('planned', 'counted', 'detached', 'verified', 'dropped')),
            pages bigint not null default 0,
            rows bigint not null default 0,
            checksum numeric not null default 0,
            counted_rows bigint,
            counted_checksum numeric,
            waits_for text,
            planned_at timestamptz not null default now(),
            dropped_at timestamptz);

        -- Rows that go one by one: how far a round came, and what it took.
        create table flotilla.retention_sweeps (
            class text not null,
            platform text not null,
            real_only boolean not null,
            before timestamptz not null,
            cursor bigint not null default 0,
            deleted bigint not null default 0,
            began_at timestamptz not null default now(),
            finished_at timestamptz,
            primary key (class, platform, real_only));

        -- Since when what is there is all there was. An empty platform is all of them.
        create table flotilla.retention_floors (
            class text not null,
            platform text not null default '',
            real_only boolean not null default false,
            floor timestamptz not null,
            primary key (class, platform, real_only));

        create function flotilla.raise_floor(class text, platform text, real_only boolean, floor timestamptz) returns void
            language sql security definer set search_path = pg_catalog, pg_temp
            begin atomic
                insert into flotilla.retention_floors as f
                    values (raise_floor.class, raise_floor.platform, raise_floor.real_only, raise_floor.floor)
                    on conflict on constraint retention_floors_pkey do update set floor = greatest(f.floor, excluded.floor);
            end;

        -- Enters the monthly partitions of a class that end by a moment. Returns how many were new.
        create function flotilla.plan_drops(class text, before timestamptz) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            made integer;
        begin
            insert into flotilla.retention_drops (class, part, low, high)
                select class, k.part, k.low, k.high from (
                    select c.relname as part, m.low,
                        (m.low at time zone 'UTC' + interval '1 month') at time zone 'UTC' as high
                    from pg_inherits i join pg_class c on c.oid = i.inhrelid
                    cross join lateral make_timestamptz(left(right(c.relname, 7), 4)::integer,
                        right(c.relname, 2)::integer, 1, 0, 0, 0, 'UTC') as m (low)
                    where i.inhparent = to_regclass('flotilla.' || class) and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
                ) k where k.high <= before
                order by k.low
                on conflict (part) do nothing;
            get diagnostics made = row_count;
            return made;
        end $$;

        -- Why a partition cannot go yet; null when everything in it is settled.
        create function flotilla.drop_obstacle(wanted bigint) returns text
            language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
        declare
            d flotilla.retention_drops := (select k from flotilla.retention_drops k where k.id = wanted);
            count bigint;
        begin
            if exists (select from flotilla.legal_holds where lifted_at is null) then
                return 'a legal hold is in force';
            end if;
            if d.class = 'jobs' then
                execute format('select count(*) from flotilla.%I where state = ''accepted''', d.part) into count;
                if count > 0 then return format('%s of its jobs have not ended', count); end if;
                select count(*) into count from flotilla.runs r
                    where r.id >= flotilla.uuid_floor(d.low) and r.id < flotilla.uuid_floor(d.high)
                        and r.state in ('planning', 'published');
                if count > 0 then return format('%s of its runs have not ended', count); end if;
                -- A job's readings must not outlive it: nobody could tell whence they are.
                if exists (select from flotilla.retention_drops k
                        where k.class in ('observations', 'breakdowns') and k.low = d.low and k.state in ('planned', 'counted')) then
                    return 'its readings go first';
                end if;
            elsif exists (select from flotilla.dirty_days k where k.low < d.high::date + 3) then
                return 'days of its time wait to be rolled up';
            end if;
            return null;
        end $$;

        -- Takes one partition one step on: measures so many pages of it, detaches it, or drops it. Each step is a transaction
        -- of its own and leaves the row where the next one finds it. Null when somebody else works on it, or it waits.
        create function flotilla.advance_drop(wanted bigint, pages bigint) returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s'
            set timezone = 'UTC' set datestyle = 'ISO' as $$
        #variable_conflict use_variable
        declare
            d flotilla.retention_drops;
            until bigint;
            more bigint;
            total numeric;
        begin
            select * into d from flotilla.retention_drops k where k.id = wanted and k.state <> 'dropped'
                for update skip locked;
            if not found then return null; end if;
            if d.state in ('planned', 'detached') then
                until := d.pages + pages;
                execute format('select count(*), coalesce(sum((''x'' || left(md5(t::text), 15))::bit(60)::bigint), 0) '
                    'from flotilla.%I t where t.ctid >= %L::tid and t.ctid < %L::tid',
                    d.part, format('(%s,0)', d.pages), format('(%s,0)', until)) into more, total;
                d.rows := d.rows + more;
                d.checksum := d.checksum + total;
                if until * current_setting('block_size')::bigint < pg_relation_size(format('flotilla.%I', d.part)::regclass) then
                    update flotilla.retention_drops k set pages = until, rows = d.rows, checksum = d.checksum where k.id = d.id;
                    return d.state;
                end if;
                if d.state = 'planned' then
                    update flotilla.retention_drops k set state = 'counted', pages = 0, rows = 0, checksum = 0,
                        counted_rows = d.rows, counted_checksum = d.checksum where k.id = d.id;
                    return 'counted';
                end if;
                update flotilla.retention_drops k set state = 'verified', pages = 0, rows = d.rows, checksum = d.checksum
                    where k.id = d.id;
                return 'verified';
            elsif d.state = 'counted' then
                d.waits_for := flotilla.drop_obstacle(d.id);
                if d.waits_for is not null then
                    update flotilla.retention_drops k set waits_for = d.waits_for where k.id = d.id;
                    return null;
                end if;
                -- Not concurrently: Postgres refuses that while there is a partition for the rest. It is short, and gives up
                -- after two seconds rather than keep the fleet waiting; the next turn tries again.
                execute format('alter table flotilla.%I detach partition flotilla.%I', d.class, d.part);
                if d.class = 'jobs' then
                    delete from flotilla.fires f using flotilla.runs r where f.run_id = r.id
                        and r.id >= flotilla.uuid_floor(d.low) and r.id < flotilla.uuid_floor(d.high);
                    delete from flotilla.runs r
                        where r.id >= flotilla.uuid_floor(d.low) and r.id < flotilla.uuid_floor(d.high);
                end if;
                perform flotilla.raise_floor(d.class, '', false, d.high);
                update flotilla.retention_drops k set state = 'detached', waits_for = null where k.id = d.id;
                return 'detached';
            else
                execute format('drop table flotilla.%I', d.part);
                update flotilla.retention_drops k set state = 'dropped', dropped_at = clock_timestamp() where k.id = d.id;
                return 'dropped';
            end if;
        end $$;

        -- Deletes what is too old of the next subjects of a platform, at most so many of them, in one transaction; an empty
        -- platform is the partition for the rest. Returns what it deleted and how far it came; null at the end.
        create function flotilla.sweep(class text, platform text, real_only boolean, before timestamptz, after bigint, most integer)
            returns table (deleted bigint, reached bigint)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            subjects bigint[];
            grains smallint[];
            count bigint;
        begin
            deleted := 0;
            if platform = '' or class = 'dead_letters' then
                if exists (select from flotilla.legal_holds h where h.lifted_at is null) then return next; return; end if;
                if class = 'dead_letters' then
                    delete from flotilla.dead_letters d where d.ctid = any (array(select k.ctid from flotilla.dead_letters k
                        where k.dead_at < before and (platform = '' or k.platform = sweep.platform) limit most));
                else
                    execute format('delete from flotilla.%1$I where ctid = any (array(select ctid from flotilla.%1$I '
                        'where fetched_at < %2$L limit %3$s))', class || '_default', before, most);
                end if;
                get diagnostics deleted = row_count;
                reached := case when deleted = most then 0 end;
                -- Why metrics gave nothing is known as long as the readings of then.
                if class = 'observations' and to_regclass('flotilla.gap_notes') is not null then
                    execute format('delete from flotilla.gap_notes where ctid = any (array(select ctid from flotilla.gap_notes '
                        'where fetched_at < %L limit %s))', before, most);
                    get diagnostics count = row_count;
                    deleted := deleted + count;
                    if count = most then reached := 0; end if;
                end if;
                return next;
                return;
            end if;
            select array_agg(k.id order by k.id) into subjects from (
                (select a.id, a.id as account_id, a.workspace_id from flotilla.accounts a
                    join flotilla.workspaces w on w.id = a.workspace_id
                    where a.platform = sweep.platform and a.id > after and not (real_only and w.sandbox)
                    order by a.id limit most)
                union all
                (select p.id, p.account_id, p.workspace_id from flotilla.posts p
                    join flotilla.accounts a on a.id = p.account_id join flotilla.workspaces w on w.id = a.workspace_id
                    where a.platform = sweep.platform and p.id > after and not (real_only and w.sandbox)
                    order by p.id limit most)
                order by 1 limit most) k;
            if subjects is null then return next; return; end if;
            if cardinality(subjects) = most then reached := subjects[most]; end if;
            -- Whom a hold names is passed over.
            subjects := array(select s from unnest(subjects) s
                left join flotilla.posts p on p.id = s left join flotilla.accounts a on a.id = coalesce(p.account_id, s)
                where not exists (select from flotilla.legal_holds h where h.lifted_at is null
                    and (h.account_id = a.id or h.workspace_id = a.workspace_id
                        or h.account_id is null and h.workspace_id is null)));
            if class = 'observations' then
                delete from flotilla.observations o where o.subject_id = any (subjects) and o.fetched_at < before;
            elsif class = 'breakdowns' then
                delete from flotilla.breakdowns b where b.subject_id = any (subjects) and b.fetched_at < before;
            else
                if class = 'days' then
                    delete from flotilla.current_values c where c.subject_id = any (subjects) and c.start_at < before;
                    get diagnostics count = row_count;
                    deleted := count;
                end if;
                grains := case class when 'days' then '{0,1}' when 'weeks' then '{2,4,5}' else '{3}' end;
                delete from flotilla.rollups r where r.subject_id = any (subjects) and r.grain = any (grains)
                    and r.end_at <= before;
            end if;
            get diagnostics count = row_count;
            deleted := deleted + count;
            if reached is null and class in ('days', 'weeks', 'months') then
                delete from flotilla.workspace_rollups r using flotilla.workspaces w where w.id = r.workspace_id
                    and r.platform = sweep.platform and r.grain = any (grains) and r.end_at <= before
                    and not (real_only and w.sandbox)
                    and not exists (select from flotilla.legal_holds h where h.lifted_at is null and h.account_id is null
                        and coalesce(h.workspace_id, w.id) = w.id);
                get diagnostics count = row_count;
                deleted := deleted + count;
            end if;
            return next;
        end $$;
        """#

    private static let erasure = #"""
        -- Marks that an account was erased, by a digest: its number stands nowhere any more. Workspaces have negative numbers
        -- here. The salt is this database's own.
        do $$
        begin
            execute format('create function flotilla.erased_mark(number bigint) returns bytea '
                'language sql immutable parallel safe strict return sha256(%L::bytea || int8send(number))',
                decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
            execute format('create function flotilla.erased_name(name text) returns bytea '
                'language sql immutable parallel safe strict return sha256(%L::bytea || convert_to(name, ''UTF8''))',
                decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
        end $$;
        create table flotilla.tombstones (
            mark bytea primary key,
            buried_at timestamptz not null default now());

        -- An account under erasure stays for a while, so that everything of it can be found, and is nobody's meanwhile.
        alter table flotilla.accounts add column erasing boolean not null default false,
            add constraint accounts_erasing check (not erasing or state = 'gone');

        create table flotilla.erasures (
            id bigint generated always as identity primary key,
            kind text not null check (kind in ('account', 'workspace')),
            -- Null once it is done.
            target bigint,
            mark bytea not null,
            -- Of the platform's word and id, or of the workspace's name, so that who knows it can find the receipt.
            name_mark bytea not null,
            reason text not null check (reason <> ''),
            step text not null default 'buried'
                check (step in ('buried', 'swept', 'deleted', 'searched', 'forgotten', 'done')),
            rows jsonb not null default '{}',
            messages jsonb not null default '{}',
            accounts integer not null default 0,
            began_at timestamptz not null default now(),
            finished_at timestamptz);
        create unique index erasures_open on flotilla.erasures (kind, target) where target is not null;
        -- Whom an open erasure is about.
        create table flotilla.erasure_accounts (
            erasure_id bigint not null references flotilla.erasures on delete cascade,
            account_id bigint not null,
            primary key (erasure_id, account_id));

        -- Adds what a statement took to an erasure's counts.
        create function flotilla.count_erased(counts jsonb, name text, more bigint) returns jsonb
            language sql immutable parallel safe
            return case when more = 0 then counts
                else jsonb_set(counts, array[name], to_jsonb(coalesce((counts ->> name)::bigint, 0) + more)) end;

        -- What a worker may know of an account; an erased one is unknown at once.
        create or replace function flotilla.access_for(accounts bigint[])
            returns table (account_id bigint, workspace_id bigint, platform text, external_id text, state text,
                sealed bytea, sandbox boolean, generation bigint, expires_at timestamptz, can_refresh boolean)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select a.id, a.workspace_id, a.platform, a.external_id, a.state, c.sealed, w.sandbox,
                    c.generation, c.expires_at, c.refresh_at is not null and c.state = 'active'
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                    left join flotilla.credentials c on c.account_id = a.id
                where a.id = any (accounts) and not a.erasing;
            end;

        -- The SQL door as before, to which an account under erasure is unknown too.
        do $$
        declare
            door constant text := pg_get_functiondef(
                'flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text, integer, bigint[])'::regprocedure);
            known constant text := 'a.id = account and a.platform = enqueue.platform';
        begin
            if position(known in door) = 0 then raise exception 'the SQL door is not the one that this step knows'; end if;
            execute replace(door, known, known || ' and not a.erasing');
        end $$;

        -- Nobody makes a plan for it or connects it again.
        create function flotilla.refuse_erased() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            if exists (select from flotilla.tombstones t where t.mark = flotilla.erased_mark(new.account_id)) then
                raise exception 'there is no account %', new.account_id using errcode = 'foreign_key_violation';
            end if;
            return new;
        end $$;
        create trigger refuse_erased before insert on flotilla.cadence
            for each row execute function flotilla.refuse_erased();
        create trigger refuse_erased before insert on flotilla.credentials
            for each row execute function flotilla.refuse_erased();
        """#

    private static let rights = #"""
        grant select on flotilla.retention, flotilla.retention_terms, flotilla.legal_holds, flotilla.retention_drops,
            flotilla.retention_floors to flotilla_dispatcher;
        grant select, insert, update on flotilla.retention_sweeps to flotilla_dispatcher;
        grant select on flotilla.tombstones to flotilla_aggregator, flotilla_dispatcher;
        grant select on flotilla.retention, flotilla.retention_terms, flotilla.legal_holds, flotilla.retention_drops,
            flotilla.retention_sweeps, flotilla.retention_floors, flotilla.tombstones, flotilla.erasures
            to flotilla_auditor;
        select flotilla.secure();
        grant execute on function flotilla.plan_drops(text, timestamptz), flotilla.drop_obstacle(bigint),
            flotilla.advance_drop(bigint, bigint), flotilla.raise_floor(text, text, boolean, timestamptz),
            flotilla.sweep(text, text, boolean, timestamptz, bigint, integer) to flotilla_dispatcher;
        """#
}
