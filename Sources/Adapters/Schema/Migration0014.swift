/// Orders of operators about work: pauses, drains, cancelled jobs; workers as they report themselves; what queues hold.
enum Migration0014 {
    static let sql = #"""
        -- What is paused or drained: jobs that every given part is true of. A row is never deleted and never changed, but for
        -- being lifted once.
        create table flotilla.controls (
            id bigint generated always as identity primary key,
            verb text not null check (verb in ('pause', 'drain')),
            platform text,
            lane text check (lane in ('interactive', 'normal', 'bulk')),
            workspace_id bigint references flotilla.workspaces on delete cascade,
            account_id bigint references flotilla.accounts on delete cascade,
            collect text,
            reason text not null check (reason <> '' and octet_length(reason) <= 500),
            created_by text not null default session_user,
            created_at timestamptz not null default now(),
            expires_at timestamptz check (expires_at > created_at),
            lifted_at timestamptz,
            lifted_by text,
            lifted_because text);
        create index controls_open on flotilla.controls (id) where lifted_at is null;

        -- Jobs that workers took and set aside, as an order wants. They go back through the outbox when it ends.
        create table flotilla.held_jobs (
            job_id uuid primary key,
            control_id bigint not null references flotilla.controls on delete cascade,
            account_id bigint not null,
            routing_key text not null,
            body text not null,
            attempt smallint not null,
            doubt text,
            held_at timestamptz not null default clock_timestamp());
        create index held_jobs_control on flotilla.held_jobs (control_id, job_id);

        -- A job comes back as the attempt that it was.
        alter table flotilla.outbox add column if not exists attempt smallint not null default 1,
            add column if not exists doubt text;

        -- Jobs that are not to be run any more. What is older than any job can wait is forgotten.
        create table flotilla.cancellations (
            job_id uuid primary key,
            reason text not null check (reason <> '' and octet_length(reason) <= 500),
            cancelled_by text not null default session_user,
            cancelled_at timestamptz not null default clock_timestamp());
        create index cancellations_time on flotilla.cancellations (cancelled_at);
        alter table flotilla.runs add column if not exists cancelled bigint not null default 0;

        -- Workers as they reported themselves last. One that was killed stops reporting.
        create table flotilla.workers (
            id uuid primary key,
            host text not null,
            pid integer not null,
            version text not null,
            started_at timestamptz not null,
            seen_at timestamptz not null default clock_timestamp(),
            state text not null check (state in ('working', 'draining', 'ended')),
            in_hand integer not null,
            handed_back integer not null default 0,
            -- By routing key: what is in hand at once at most, what is in hand, taken, ended, and how long that took.
            keys text[] not null,
            prefetch integer[] not null,
            holding integer[] not null,
            taken bigint[] not null,
            ended bigint[] not null,
            busy_ms bigint[] not null,
            requests bigint[] not null,
            -- When something was taken last, and when that had been enqueued.
            taken_at timestamptz[] not null,
            enqueued_at timestamptz[] not null,
            drain_asked_at timestamptz,
            drain_asked_by text,
            drain_reason text)
            with (fillfactor = 50);
        create index workers_seen on flotilla.workers (seen_at);

        -- What the leading dispatcher saw in the broker's queues.
        create table flotilla.queue_loads (
            key text primary key,
            ready bigint not null,
            consumers bigint not null,
            -- Since when it was never seen empty.
            busy_since timestamptz,
            oldest_seconds bigint not null default 0,
            work_seconds double precision not null default 0,
            seen_at timestamptz not null)
            with (fillfactor = 50);

        -- Orders that hold now.
        create function flotilla.active_controls()
            returns table (id bigint, verb text, platform text, lane text, workspace_id bigint, account_id bigint,
                collect text, reason text, expires_at timestamptz)
            language sql stable security definer set search_path = pg_catalog, pg_temp as $$
            select c.id, c.verb, c.platform, c.lane, c.workspace_id, c.account_id, c.collect, c.reason, c.expires_at
            from flotilla.controls c
            where c.lifted_at is null and (c.expires_at is null or c.expires_at > now()) order by c.id
        $$;

        -- The newest cancelled jobs: more than any fleet cancels in the time that a job can be on its way.
        create function flotilla.active_cancellations() returns table (job_id uuid, reason text)
            language sql stable security definer set search_path = pg_catalog, pg_temp as $$
            select c.job_id, c.reason from flotilla.cancellations c
            where c.cancelled_at > now() - interval '2 days' order by c.cancelled_at desc limit 10000
        $$;

        create function flotilla.loads_of(keys text[]) returns table (key text, ready bigint, seen_at timestamptz)
            language sql stable security definer set search_path = pg_catalog, pg_temp as $$
            select q.key, q.ready, q.seen_at from flotilla.queue_loads q where q.key = any (loads_of.keys)
        $$;

        -- A worker says how it is; returns why it is to end, or null.
        create function flotilla.worker_beat(worker uuid, host text, pid integer, version text, started timestamptz,
                state text, in_hand integer, handed_back integer, keys text[], prefetch integer[], holding integer[],
                taken bigint[], ended bigint[], busy_ms bigint[], requests bigint[], taken_at timestamptz[],
                enqueued_at timestamptz[]) returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            reason text;
        begin
            insert into flotilla.workers as w (id, host, pid, version, started_at, state, in_hand, handed_back, keys,
                    prefetch, holding, taken, ended, busy_ms, requests, taken_at, enqueued_at)
                values (worker, host, pid, version, started, state, in_hand, handed_back, keys, prefetch, holding,
                    taken, ended, busy_ms, requests, taken_at, enqueued_at)
                on conflict on constraint workers_pkey do update set seen_at = clock_timestamp(), state = excluded.state,
                    in_hand = excluded.in_hand, handed_back = excluded.handed_back, holding = excluded.holding,
                    taken = excluded.taken, ended = excluded.ended, busy_ms = excluded.busy_ms,
                    requests = excluded.requests, taken_at = excluded.taken_at, enqueued_at = excluded.enqueued_at
                returning case when w.drain_asked_at is not null then coalesce(w.drain_reason, '') end into reason;
            return reason;
        end $$;

        -- Sets a job aside for an order; false when that does not hold any more, and the job is to be run.
        create function flotilla.hold_job(control bigint, job uuid, account bigint, key text, body text, attempt integer,
                doubt text) returns boolean
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        begin
            perform from flotilla.controls c where c.id = control and c.verb = 'pause' and c.lifted_at is null
                and (c.expires_at is null or c.expires_at > clock_timestamp()) for share;
            if not found then return false; end if;
            insert into flotilla.held_jobs (job_id, control_id, account_id, routing_key, body, attempt, doubt)
                values (job, control, account, key, body, attempt::smallint, doubt)
                on conflict (job_id) do update set control_id = excluded.control_id, attempt = excluded.attempt,
                    doubt = excluded.doubt;
            return true;
        end $$;

        -- Puts jobs back into the outbox whose order has ended; returns how many.
        create function flotilla.release_held(most integer default 1000) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            released integer;
        begin
            with due as (
                select h.job_id from flotilla.held_jobs h join flotilla.controls c on c.id = h.control_id
                where c.lifted_at is not null or c.expires_at <= clock_timestamp()
                order by h.held_at limit most for update of h skip locked),
            gone as (delete from flotilla.held_jobs h using due where h.job_id = due.job_id
                returning h.job_id, h.routing_key, h.body, h.attempt, h.doubt, h.held_at)
            insert into flotilla.outbox (job_id, routing_key, body, attempt, doubt)
                select g.job_id, g.routing_key, g.body, g.attempt, g.doubt from gone g order by g.held_at
                on conflict (job_id) do nothing;
            get diagnostics released = row_count;
            if released > 0 then perform pg_notify('flotilla_outbox', ''); end if;
            return released;
        end $$;

        -- Cancels a job. One that the ledger knows is cancelled when this commits: a result that still comes is dropped.
        -- Of any other the next worker that meets it is told. Returns the state that the job ended in before, if it did;
        -- else `now` when it is cancelled, or `marked` when a worker will do it.
        create function flotilla.cancel_job(job uuid, reason text) returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            found_state text;
        begin
            select j.state into found_state from flotilla.jobs j where j.id = job for update;
            if found_state in ('done', 'partial', 'dead', 'cancelled') then return found_state; end if;
            insert into flotilla.cancellations (job_id, reason) values (job, reason)
                on conflict (job_id) do nothing;
            if found_state is null then
                -- Whose job it is stands in its body: a worker reads that, and writes it down.
                with gone as (delete from flotilla.held_jobs h where h.job_id = job returning *)
                    insert into flotilla.outbox (job_id, routing_key, body, attempt)
                    select g.job_id, g.routing_key, g.body, g.attempt from gone g on conflict (job_id) do nothing;
                perform pg_notify('flotilla_outbox', '');
                return 'marked';
            end if;
            update flotilla.jobs j set state = 'cancelled', finished_at = now(), cause = 'cancelled' where j.id = job;
            delete from flotilla.outbox o where o.job_id = job;
            delete from flotilla.held_jobs h where h.job_id = job;
            return 'now';
        end $$;

        -- Whether an order says that a job is not to be published now.
        create function flotilla.is_drained(key text, body text) returns boolean
            language sql stable security definer set search_path = pg_catalog, pg_temp as $$
            select exists (select from flotilla.controls c
                where c.verb = 'drain' and c.lifted_at is null and (c.expires_at is null or c.expires_at > now())
                    and (c.platform is null or c.platform = split_part(key, '.', 1))
                    and (c.lane is null or c.lane = split_part(key, '.', 2))
                    and (c.account_id is null or to_jsonb(c.account_id) = body::jsonb -> 'account')
                    and (c.collect is null or c.collect = body::jsonb ->> 'collect')
                    and (c.workspace_id is null or c.workspace_id = (select a.workspace_id from flotilla.accounts a
                        where a.id = (body::jsonb ->> 'account')::bigint)))
        $$;

        -- Forgets what nobody asks for any more.
        create function flotilla.tidy_controls() returns void
            language sql security definer set search_path = pg_catalog, pg_temp as $$
            delete from flotilla.cancellations c where c.cancelled_at < now() - interval '8 days';
            delete from flotilla.workers w where w.seen_at < now() - interval '1 day';
        $$;

        grant execute on function flotilla.active_controls(), flotilla.active_cancellations(), flotilla.loads_of(text[]),
            flotilla.worker_beat(uuid, text, integer, text, timestamptz, text, integer, integer, text[], integer[], integer[],
                bigint[], bigint[], bigint[], bigint[], timestamptz[], timestamptz[]),
            flotilla.hold_job(bigint, uuid, bigint, text, text, integer, text) to flotilla_worker;
        grant select on flotilla.controls, flotilla.held_jobs, flotilla.workers, flotilla.queue_loads to flotilla_dispatcher;
        grant insert, update, delete on flotilla.queue_loads to flotilla_dispatcher;
        grant execute on function flotilla.active_controls(), flotilla.release_held(integer), flotilla.tidy_controls(),
            flotilla.is_drained(text, text)
            to flotilla_dispatcher;
        grant select on flotilla.controls, flotilla.held_jobs, flotilla.cancellations, flotilla.workers,
            flotilla.queue_loads to flotilla_auditor;
        do $$
        begin
            if to_regprocedure('flotilla.secure()') is not null then
                perform flotilla.secure();
            end if;
        end $$;
        """#
}
