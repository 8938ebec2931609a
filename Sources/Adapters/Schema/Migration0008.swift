/// Row security: every table closed by default, opened by policies that follow from the grants.
enum Migration0008 {
    static let sql = #"""
        -- Two roles that serve tenants, and one for people who run the fleet. The owner's own rights come from membership in
        -- the latter and from nothing else: row security is forced on it too.
        do $$
        declare role text;
        begin
            foreach role in array array['flotilla_gateway', 'flotilla_reader', 'flotilla_operator'] loop
                if not exists (select from pg_roles where rolname = role) then
                    begin
                        execute format('create role %I nologin', role);
                    exception when duplicate_object or unique_violation then
                        null; -- Another database of this cluster is migrating at the same moment.
                    end;
                end if;
                execute format('grant usage on schema flotilla to %I', role);
            end loop;
            if not pg_has_role(current_user, 'flotilla_operator', 'usage') then
                execute format('grant flotilla_operator to %I', current_user);
            end if;
        end $$;

        -- Closes one partition: whoever may read the parent reads it there, by the parent's policies.
        create function flotilla.secure_partition(target regclass) returns void
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin
            execute format('alter table %s enable row level security, force row level security', target);
            execute format('create policy operator on %s to flotilla_operator using (true) with check (true)', target);
        end $$;

        -- Who sees a tenant's rows of a table; null for a table without any.
        create function flotilla.tenant_condition(target regclass) returns text
            language plpgsql stable set search_path = pg_catalog, pg_temp as $$
        declare
            place constant text := 'nullif(current_setting(''flotilla.workspace'', true), '''')::bigint';
            name constant text := (select relname from pg_class where oid = target);
            columns constant text[] := array(select attname from pg_attribute
                where attrelid = target and attnum > 0 and not attisdropped);
        begin
            return case
                -- Nothing of these is a tenant's to read, whoever it belongs to.
                when name in ('credentials', 'connect_states') then null
                when name = 'workspaces' then format('id = %s', place)
                when 'workspace_id' = any (columns) then format('workspace_id = %s', place)
                when 'account_id' = any (columns) then format(
                    'exists (select from flotilla.accounts a where a.id = %I.account_id and a.workspace_id = %s)', name, place)
                when 'subject_id' = any (columns) then format(
                    'exists (select from flotilla.accounts a where a.id = %1$I.subject_id and a.workspace_id = %2$s) or '
                    'exists (select from flotilla.posts p where p.id = %1$I.subject_id and p.workspace_id = %2$s)', name, place)
                end;
        end $$;

        -- Sets a policy unless it is there as wanted; with no roles, removes it. Returns whether anything changed.
        create function flotilla.put_policy(target regclass, name text, command text, roles text[], condition text)
            returns boolean
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            wanted constant text := concat_ws(' / ', command, array_to_string(roles, ', '), condition);
            found text := (select coalesce(obj_description(oid, 'pg_policy'), '')
                from pg_policy where polrelid = target and polname = name);
        begin
            if coalesce(cardinality(roles), 0) = 0 then
                if found is null then return false; end if;
                execute format('drop policy %I on %s', name, target);
                return true;
            end if;
            if found = wanted then return false; end if;
            if found is not null then execute format('drop policy %I on %s', name, target); end if;
            execute format('create policy %I on %s for %s to %s%s%s', name, target, command,
                (select string_agg(quote_ident(r), ', ') from unnest(roles) r),
                case when command <> 'insert' then format(' using (%s)', condition) end,
                case when command not in ('select', 'delete') then format(' with check (%s)', condition) end);
            execute format('comment on policy %I on %s is %L', name, target, wanted);
            return true;
        end $$;

        -- Brings the whole schema under row security, and is called at the end of every migration that adds a table, a view,
        -- a function or a grant. What it does follows from the columns and the grants:
        --   * every table is closed to everyone, the owner included, but for what policies say;
        --   * a process's role sees all rows of a table, for the commands that were granted to it: `true` costs nothing;
        --   * a role that serves tenants reads the rows of the workspace that its transaction set, and no others;
        --   * a partition is closed to all of them;
        --   * no function can be called by everyone but those that only compute.
        -- It refuses views that would run with their owner's rights, and functions that run with the owner's and take names
        -- from the caller's search path. Returns how many policies it changed.
        create function flotilla.secure() returns integer
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            services constant text[] := array['flotilla_aggregator', 'flotilla_auditor', 'flotilla_dispatcher',
                'flotilla_publisher', 'flotilla_refresher', 'flotilla_worker'];
            tenants constant text[] := array['flotilla_gateway', 'flotilla_reader'];
            -- The metrics' names are everyone's, and the migrations are nobody's but the owner's.
            plain constant text[] := array['metric_catalogue', 'migrations'];
            t record;
            command text;
            changed integer := 0;
        begin
            for t in
                select c.oid::regclass as name, c.oid, c.relispartition as is_part, c.relrowsecurity and c.relforcerowsecurity as closed
                from pg_class c where c.relnamespace = 'flotilla'::regnamespace and c.relkind in ('r', 'p')
                    and c.relname <> all (plain)
                order by c.relname
            loop
                if t.is_part then
                    if not t.closed then perform flotilla.secure_partition(t.name); end if;
                    continue;
                end if;
                if not t.closed then
                    execute format('alter table %s enable row level security, force row level security', t.name);
                end if;
                execute format('grant select, insert, update, delete on %s to flotilla_operator', t.name);
                changed := changed + flotilla.put_policy(t.name, 'operator', 'all', array['flotilla_operator'], 'true')::integer;
                foreach command in array array['select', 'insert', 'update', 'delete'] loop
                    changed := changed + flotilla.put_policy(t.name, 'service_' || command, command,
                        array(select r from unnest(services) r where case when command = 'delete'
                            then has_table_privilege(r, t.oid, command)
                            else has_any_column_privilege(r, t.oid, command) end), 'true')::integer;
                end loop;
                changed := changed + flotilla.put_policy(t.name, 'tenant', 'select',
                    case when flotilla.tenant_condition(t.name) is not null then tenants end,
                    flotilla.tenant_condition(t.name))::integer;
            end loop;
            for t in
                select c.oid::regclass as name from pg_class c
                where c.relnamespace = 'flotilla'::regnamespace and c.relkind in ('v', 'm')
                    and (c.relkind = 'm' or not coalesce(c.reloptions @> array['security_invoker=true'], false))
            loop
                raise exception 'the view % runs with its owner''s rights and shows every workspace', t.name
                    using hint = 'create view … with (security_invoker = true)';
            end loop;
            for t in
                select p.oid::regprocedure as name from pg_proc p
                where p.pronamespace = 'flotilla'::regnamespace and p.prosecdef
                    and not exists (select from unnest(p.proconfig) k where k like 'search_path=%')
            loop
                raise exception 'the function % runs with its owner''s rights and without a search path of its own', t.name
                    using hint = 'security definer set search_path = pg_catalog, pg_temp';
            end loop;
            revoke all on all functions in schema flotilla from public;
            -- What only computes and reads nothing is everyone's: views call such functions with the reader's rights.
            for t in
                select p.oid::regprocedure as name from pg_proc p
                where p.pronamespace = 'flotilla'::regnamespace and p.provolatile = 'i' and not p.prosecdef
            loop
                execute format('grant execute on function %s to %s', t.name,
                    (select string_agg(quote_ident(r), ', ') from unnest(services || tenants) r));
            end loop;
            grant select on flotilla.metric_catalogue to flotilla_operator, flotilla_gateway, flotilla_reader;
            grant usage on all sequences in schema flotilla to flotilla_operator;
            grant execute on all functions in schema flotilla to flotilla_operator;
            return changed;
        end $$;

        -- What tenants are shown, each its own.
        do $$
        declare name text;
        begin
            foreach name in array array['workspaces', 'accounts', 'posts', 'observations', 'breakdowns', 'current_values',
                'rollups', 'workspace_rollups', 'daily_rollups', 'rollup_cells', 'workspace_rollup_cells', 'readings',
                'breakdown_parts'] loop
                if to_regclass('flotilla.' || name) is not null then
                    execute format('grant select on flotilla.%I to flotilla_gateway, flotilla_reader', name);
                end if;
            end loop;
        end $$;
        grant select on flotilla.jobs, flotilla.dead_letters, flotilla.cadence, flotilla.cadence_gaps to flotilla_gateway;

        -- The door for tenants: what flotilla.enqueue does, for an account of the transaction's workspace. Another
        -- workspace's account is answered like one that there is not.
        create function flotilla.enqueue_own(
            platform text, account bigint, collect text default 'account_daily',
            date date default (now() at time zone 'America/Los_Angeles')::date - 1,
            lane text default 'normal', metrics text[] default null, id uuid default flotilla.uuid_v7(),
            reason text default 'gateway', days integer default 1, posts bigint[] default null
        ) returns uuid
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        begin
            if not exists (select from flotilla.accounts a where a.id = account and a.platform = enqueue_own.platform
                and a.workspace_id = nullif(current_setting('flotilla.workspace', true), '')::bigint)
            then
                raise exception 'flotilla.enqueue: there is no account % on platform %', account, platform
                    using errcode = 'foreign_key_violation';
            end if;
            return flotilla.enqueue(platform, account, collect, date, lane, metrics, id, reason, days, posts);
        end $$;

        -- Monthly partitions of every table that is divided by one column of time: from last month until `ahead` from now.
        -- Rows of such a month that came before its partition are moved into it. Returns how many were made.
        create or replace function flotilla.create_partitions(ahead interval default interval '2 months') returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            month timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '1 month';
            following timestamptz;
            parent record;
            part text;
            bounds text[];
            early boolean;
            made integer := 0;
        begin
            perform pg_advisory_xact_lock(hashtext('flotilla.create_partitions'));
            while month <= now() + ahead loop
                following := ((month at time zone 'UTC') + interval '1 month') at time zone 'UTC';
                for parent in
                    select c.relname as name, a.attname as key, t.typname as kind, d.relname as rest
                    from pg_partitioned_table p join pg_class c on c.oid = p.partrelid
                    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
                    join pg_type t on t.oid = a.atttypid left join pg_class d on d.oid = p.partdefid
                    where c.relnamespace = 'flotilla'::regnamespace and p.partstrat = 'r' and p.partnatts = 1
                        and t.typname in ('uuid', 'timestamptz', 'date')
                    order by c.relname
                loop
                    part := parent.name || '_' || to_char(month at time zone 'UTC', 'YYYY_MM');
                    continue when to_regclass(format('flotilla.%I', part)) is not null;
                    bounds := case parent.kind
                        when 'uuid' then array[flotilla.uuid_floor(month)::text, flotilla.uuid_floor(following)::text]
                        when 'date' then array[(month at time zone 'UTC')::date::text, (following at time zone 'UTC')::date::text]
                        else array[month::text, following::text] end;
                    early := false;
                    if parent.rest is not null then
                        execute format('select exists (select from flotilla.%I where %I >= %L and %2$I < %4$L)',
                            parent.rest, parent.key, bounds[1], bounds[2]) into early;
                    end if;
                    if early then
                        execute format('create table flotilla.%I (like flotilla.%I including all)', part, parent.name);
                        execute format('with moved as (delete from flotilla.%I where %I >= %L and %2$I < %4$L returning *) '
                            'insert into flotilla.%5$I select * from moved',
                            parent.rest, parent.key, bounds[1], bounds[2], part);
                        execute format('alter table flotilla.%I attach partition flotilla.%I for values from (%L) to (%L)',
                            parent.name, part, bounds[1], bounds[2]);
                    else
                        execute format('create table flotilla.%I partition of flotilla.%I for values from (%L) to (%L)',
                            part, parent.name, bounds[1], bounds[2]);
                    end if;
                    perform flotilla.secure_partition(format('flotilla.%I', part)::regclass);
                    made := made + 1;
                end loop;
                month := following;
            end loop;
            return made;
        end $$;

        select flotilla.secure();
        grant execute on function flotilla.enqueue_own(text, bigint, text, date, text, text[], uuid, text, integer, bigint[])
            to flotilla_gateway;
        grant execute on function flotilla.uuid_v7() to flotilla_gateway;
        """#
}
