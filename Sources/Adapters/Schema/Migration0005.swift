/// Cadence: what is collected when, account by account.
enum Migration0005 {
    static let sql = #"""
        -- One row per account with a plan: what was asked for so far, and when to look again. When things are due follows
        -- from it, from the account's posts and from the time.
        create table flotilla.cadence (
            account_id bigint primary key references flotilla.accounts on delete cascade,
            platform text not null,
            paused boolean not null default false,
            due_at timestamptz not null,
            planned_at timestamptz not null,
            metrics_day date,
            stories_at timestamptz,
            discovery_at timestamptz,
            posts_until timestamptz,
            demographics_at timestamptz,
            gaps_at timestamptz,
            -- The days before the plan: first and last, and the next to ask for.
            history_first date,
            history_next date,
            history_last date,
            history_at timestamptz,
            check (num_nulls(history_first, history_next, history_last) in (0, 3)));
        create index cadence_due on flotilla.cadence (platform, due_at) where not paused;

        -- Platforms whose plans stand still.
        create table flotilla.cadence_pauses (
            platform text primary key,
            paused_at timestamptz not null default now());

        -- Days that were found missing and asked for again, until they are stored.
        create table flotilla.cadence_gaps (
            account_id bigint not null references flotilla.cadence on delete cascade,
            day date not null,
            attempts smallint not null,
            asked_at timestamptz not null,
            primary key (account_id, day));

        -- The young posts of an account.
        create index posts_age on flotilla.posts (account_id, (coalesce(published_at, discovered_at)))
            where state <> 'gone';

        -- Gives an account a plan, or wakes the one that it has: whatever it missed while it was away is looked for at once.
        create function flotilla.plan_account(account bigint, moment timestamptz default now()) returns void
            language sql security definer set search_path = pg_catalog, pg_temp
            begin atomic
                insert into flotilla.cadence as c (account_id, platform, due_at, planned_at)
                    select a.id, a.platform, moment, moment from flotilla.accounts a where a.id = account
                    on conflict (account_id) do update
                        set due_at = least(c.due_at, excluded.due_at), gaps_at = null, paused = false;
            end;

        revoke all on function flotilla.plan_account(bigint, timestamptz) from public;
        grant execute on function flotilla.plan_account(bigint, timestamptz) to flotilla_publisher;
        grant select, update on flotilla.cadence to flotilla_dispatcher;
        grant select on flotilla.cadence_pauses, flotilla.current_values to flotilla_dispatcher;
        grant select, insert, update, delete on flotilla.cadence_gaps to flotilla_dispatcher;
        grant insert on flotilla.jobs, flotilla.outbox to flotilla_dispatcher;
        grant select, update (due_at) on flotilla.cadence to flotilla_aggregator;
        grant select on flotilla.cadence, flotilla.cadence_pauses, flotilla.cadence_gaps to flotilla_auditor;
        """#
}
