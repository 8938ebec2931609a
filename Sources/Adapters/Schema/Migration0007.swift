/// Roll-ups of every length, of posts together, and of workspaces; and what is to be computed again.
enum Migration0007 {
    static let sql = #"""
        alter table flotilla.workspaces add column week_start text not null default 'monday'
            check (week_start in ('monday', 'sunday', 'saturday'));

        -- Level 0 is the subject itself, level 1 all posts of an account. Arrays are empty where there is nothing to say:
        -- each cell rests on one reading (and the sum of an engagement rate is the engagement), has no weight and no flags.
        alter table flotilla.rollups
            add column level smallint not null default 0,
            add column account_id bigint,
            add column expected integer not null default 1,
            add column weights bigint[] not null default '{}',
            add column flags smallint[] not null default '{}',
            drop constraint rollups_pkey;
        update flotilla.rollups r
            set account_id = coalesce((select p.account_id from flotilla.posts p where p.id = r.subject_id), r.subject_id);
        alter table flotilla.rollups
            alter column account_id set not null,
            alter column level drop default, alter column expected drop default,
            add primary key (subject_id, level, grain, start_at);
        drop index flotilla.rollups_workspace;
        -- For roll-ups of all posts of an account. Rows of accounts are not in it: their own key serves.
        create index rollups_posts on flotilla.rollups (account_id, grain, day) where account_id <> subject_id;
        create index posts_published on flotilla.posts (account_id, published_at) where published_at is not null;

        -- All accounts of a workspace on one platform: days are the platform's, so platforms stay apart.
        create table flotilla.workspace_rollups (
            workspace_id bigint not null references flotilla.workspaces,
            platform text not null,
            level smallint not null,
            grain smallint not null,
            day date not null,
            start_at timestamptz not null,
            end_at timestamptz not null,
            state smallint not null,
            generation integer not null,
            expected integer not null,
            metrics smallint[] not null,
            "values" bigint[] not null,
            counts integer[] not null,
            sums bigint[] not null,
            minimums bigint[] not null,
            maximums bigint[] not null,
            weights bigint[] not null,
            flags smallint[] not null,
            primary key (workspace_id, platform, level, grain, day));

        -- Days whose readings changed, appended with them. A row says nothing but "look again", so it may be there twice.
        -- `computed` says that whoever changed them has put the days' own rows too.
        create table flotilla.dirty_days (
            id bigint generated always as identity,
            shard smallint not null generated always as ((account_id % 16)::smallint) stored,
            workspace_id bigint not null,
            account_id bigint not null,
            subject_id bigint not null,
            low date not null,
            high date not null check (high >= low),
            computed boolean not null default false,
            -- What is noted of one subject stands together, so that it is computed once.
            primary key (shard, subject_id, id));

        -- Buckets of workspaces of which a part changed.
        create table flotilla.dirty_groups (
            id bigint generated always as identity,
            shard smallint not null generated always as ((workspace_id % 16)::smallint) stored,
            workspace_id bigint not null,
            platform text not null,
            level smallint not null,
            grain smallint not null,
            day date not null,
            primary key (shard, workspace_id, platform, level, grain, day, id));

        -- Whoever computes roll-ups of a shard holds its row. Nothing is ever written here.
        create table flotilla.rollup_shards (
            kind text not null check (kind in ('days', 'groups')),
            shard smallint not null,
            primary key (kind, shard));
        insert into flotilla.rollup_shards
            select k.kind, s.shard from unnest(array['days', 'groups']) as k (kind), generate_series(0, 15) as s (shard);

        -- An account that comes or goes changes how much its workspace is expected to have.
        create function flotilla.mark_account() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            changed flotilla.accounts := case when tg_op = 'DELETE' then old else new end;
        begin
            insert into flotilla.dirty_groups (workspace_id, platform, level, grain, day)
                select w.workspace_id, w.platform, w.level, w.grain, w.day from flotilla.workspace_rollups w
                where w.workspace_id = changed.workspace_id and w.platform = changed.platform
                    and (tg_op <> 'INSERT' or w.end_at > changed.created_at);
            return null;
        end $$;
        create trigger mark_account after insert or delete or update of created_at on flotilla.accounts
            for each row execute function flotilla.mark_account();

        -- Another first day of the week asks for other weeks.
        create function flotilla.mark_weeks() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high, computed)
                select new.id, r.account_id, r.subject_id, min(r.day), max(r.day), true from flotilla.rollups r
                where r.account_id in (select a.id from flotilla.accounts a where a.workspace_id = new.id)
                    and r.level = 0 and r.grain = 1
                group by r.account_id, r.subject_id;
            return null;
        end $$;
        create trigger mark_weeks after update of week_start on flotilla.workspaces
            for each row when (old.week_start is distinct from new.week_start) execute function flotilla.mark_weeks();
        revoke all on function flotilla.mark_account(), flotilla.mark_weeks() from public;

        -- Views for readers: one row per metric -----------------------------------------------------------------

        create function flotilla.rollup_flags(bits smallint) returns text[]
            language sql immutable parallel safe set search_path = pg_catalog
            return array_remove(array[
                case when bits & 1 <> 0 then 'start_estimated' end, case when bits & 2 <> 0 then 'end_estimated' end,
                case when bits & 4 <> 0 then 'undefined' end, case when bits & 8 <> 0 then 'bounded' end,
                case when bits & 16 <> 0 then 'native' end, case when bits & 32 <> 0 then 'opened' end,
                case when bits & 64 <> 0 then 'gross' end, case when bits & 128 <> 0 then 'partial' end], null);

        -- What a cell is the sum of when no sums are stored. 49 is the engagement, 50 to 52 its rates.
        create function flotilla.plain_sum(metrics smallint[], "values" bigint[], i integer) returns bigint
            language sql immutable parallel safe set search_path = pg_catalog
            return case when metrics[i] between 50 and 52 and array_position(metrics, 49::smallint) is not null
                then "values"[array_position(metrics, 49::smallint)] else "values"[i] end;

        -- Days of subjects. The value is null where there is none.
        create or replace view flotilla.daily_rollups with (security_invoker = true) as
            select r.subject_id, r.workspace_id, r.day, r.start_at, r.end_at, m.name as metric, m.kind,
                case when coalesce(r.flags[i], 0) & 4 = 0 then r."values"[i] end as value, m.scale,
                coalesce(r.counts[i], 1) as count, coalesce(r.sums[i], flotilla.plain_sum(r.metrics, r."values", i)) as sum,
                coalesce(r.minimums[i], r."values"[i]) as minimum, coalesce(r.maximums[i], r."values"[i]) as maximum,
                (array['open', 'provisional', 'settled'])[r.state + 1] as state, r.generation,
                coalesce(r.weights[i], 0) as weight, flotilla.rollup_flags(coalesce(r.flags[i], 0::smallint)) as flags
            from flotilla.rollups r
            cross join lateral generate_subscripts(r.metrics, 1) i
            join flotilla.metric_catalogue m on m.id = r.metrics[i]
            where r.level = 0 and r.grain = 1;

        -- Every length and level. `days` of `expected` days say something; of a single day's levels `days` counts readings.
        create view flotilla.rollup_cells with (security_invoker = true) as
            \#(cells(of: "flotilla.rollups", "r.subject_id, r.account_id, r.workspace_id"))

        create view flotilla.workspace_rollup_cells with (security_invoker = true) as
            \#(cells(of: "flotilla.workspace_rollups", "r.workspace_id, r.platform"))

        revoke all on function flotilla.rollup_flags(smallint), flotilla.plain_sum(smallint[], bigint[], integer) from public;
        grant execute on function flotilla.rollup_flags(smallint), flotilla.plain_sum(smallint[], bigint[], integer)
            to flotilla_auditor;
        grant delete on flotilla.rollups to flotilla_aggregator;
        grant select, insert, update, delete on flotilla.workspace_rollups to flotilla_aggregator;
        grant select, insert, delete on flotilla.dirty_days, flotilla.dirty_groups to flotilla_aggregator;
        grant select, update on flotilla.rollup_shards to flotilla_aggregator;
        grant select on flotilla.workspace_rollups, flotilla.dirty_days, flotilla.dirty_groups, flotilla.rollup_cells,
            flotilla.workspace_rollup_cells to flotilla_auditor;

        -- What was stored before this step is computed anew.
        insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high)
            select c.workspace_id, coalesce(p.account_id, c.subject_id), c.subject_id,
                min(c.start_at at time zone 'UTC')::date - 1, max(c.start_at at time zone 'UTC')::date
            from flotilla.current_values c left join flotilla.posts p on p.id = c.subject_id
            group by c.workspace_id, coalesce(p.account_id, c.subject_id), c.subject_id;
        """#

    /// One row per metric of a table of roll-ups, after its own columns.
    private static func cells(of table: String, _ columns: String) -> String {
        #"""
        select \#(columns), (array['subject', 'posts'])[r.level + 1] as level,
            (array['hour', 'day', 'week', 'month', 'week_from_sunday', 'week_from_saturday'])[r.grain + 1] as grain,
            r.day, r.start_at, r.end_at, m.name as metric, m.kind,
            case when coalesce(r.flags[i], 0) & 4 = 0 then r."values"[i] end as value, m.scale,
            coalesce(r.counts[i], 1) as days, r.expected, coalesce(r.sums[i], flotilla.plain_sum(r.metrics, r."values", i)) as sum,
            coalesce(r.minimums[i], r."values"[i]) as minimum, coalesce(r.maximums[i], r."values"[i]) as maximum,
            coalesce(r.weights[i], 0) as weight, flotilla.rollup_flags(coalesce(r.flags[i], 0::smallint)) as flags,
            (array['open', 'provisional', 'settled'])[r.state + 1] as state, r.generation
        from \#(table) r
        cross join lateral generate_subscripts(r.metrics, 1) i
        join flotilla.metric_catalogue m on m.id = r.metrics[i];
        """#
    }
}
