/// Overlap, pauses and requests of schedules; what runs came to; leases that survive a clock that is set back.
enum Migration0016 {
    static let sql = #"""
        -- A lease that was renewed in the future is one of a clock that was set back since: it holds nobody up.
        alter table flotilla.leases add column renewed_at timestamptz not null default now();

        alter table flotilla.schedules
            add column overlap text not null default 'allow' check (overlap in ('allow', 'skip', 'wait', 'cancel')),
            -- Of a schedule that is not enabled: when it goes on by itself, and why it stands still.
            add column paused_until timestamptz,
            add column paused_reason text not null default '';

        -- The ledger also holds what was asked for and waits to be looked at. Its key still makes a double fire impossible.
        alter table flotilla.fires
            add column "trigger" text not null default 'cron' check ("trigger" in ('cron', 'driven', 'asked', 'backfill')),
            add column reason text not null default '',
            add column asked_by text not null default '',
            add column asked_at timestamptz not null default now(),
            alter column epoch drop not null,
            alter column decided_at drop not null,
            alter column decided_at drop default,
            drop constraint fires_verdict_check,
            add constraint fires_verdict_check check (verdict in ('waiting', 'run', 'skipped', 'merged', 'withdrawn'));
        create index fires_waiting on flotilla.fires (schedule_id, fire_at) where verdict = 'waiting';

        alter table flotilla.runs
            add column "trigger" text not null default 'asked' check ("trigger" in ('cron', 'driven', 'asked', 'backfill')),
            -- Accounts that it covers, as counted when it was made.
            add column accounts bigint not null default 0,
            -- Jobs that were cancelled; figures stored, and figures that were asked for and not given.
            add column if not exists cancelled bigint not null default 0,
            add column figures bigint not null default 0,
            add column missing bigint not null default 0,
            add column ended_by text not null default '',
            add column ended_reason text not null default '',
            -- When the dispatcher wrote its summary to the log.
            add column reported_at timestamptz,
            drop constraint runs_schedule_id_fkey,
            add constraint runs_schedule_id_fkey foreign key (schedule_id) references flotilla.schedules on delete set null;
        update flotilla.runs set "trigger" = 'cron' where schedule_id is not null;
        update flotilla.runs set reported_at = now() where state in ('finished', 'cancelled');
        create index runs_schedule on flotilla.runs (schedule_id, started_at);
        create index runs_unreported on flotilla.runs (finished_at)
            where reported_at is null and state in ('finished', 'cancelled');
        create index gap_notes_job on flotilla.gap_notes (job_id);

        -- The door for other schedulers, such as pg_cron: asks for one fire. The same schedule and minute again changes
        -- nothing. Returns the verdict that stands in the ledger now: `waiting` when it was entered by this call.
        create function flotilla.fire(
            schedule text, fire_at timestamptz default date_trunc('minute', now()), asked_by text default session_user::text
        ) returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            s flotilla.schedules;
            found_verdict text;
        begin
            select * into s from flotilla.schedules k where k.name = schedule;
            if not found then
                raise exception 'flotilla.fire: there is no schedule %', coalesce(schedule, 'null')
                    using errcode = 'no_data_found', hint = 'select name from flotilla.schedules';
            end if;
            if fire_at is null or fire_at > now() + interval '1 minute' then
                raise exception 'flotilla.fire: % is no moment up to now', coalesce(fire_at::text, 'null')
                    using errcode = 'invalid_parameter_value';
            end if;
            insert into flotilla.fires as f (schedule_id, fire_at, verdict, "trigger", reason, asked_by, decided_at)
                select s.id, fire_at, case when k.stands then 'skipped' else 'waiting' end, 'driven',
                    case when k.stands then 'paused' else '' end, coalesce(asked_by, ''), case when k.stands then now() end
                from (select not s.enabled and coalesce(s.paused_until > now(), true) as stands) k
                on conflict do nothing;
            select f.verdict into found_verdict from flotilla.fires f where f.schedule_id = s.id and f.fire_at = fire_at;
            return found_verdict;
        end $$;

        grant update (enabled, paused_until, paused_reason) on flotilla.schedules to flotilla_dispatcher;
        grant select on flotilla.gap_notes, flotilla.dead_letters to flotilla_dispatcher;
        select flotilla.secure();
        grant execute on function flotilla.fire(text, timestamptz, text) to flotilla_publisher;
        """#
}
