extension Migration0013 {
    static let desk = #"""
        -- What deaths have in common: the detail without numbers, ids and what is quoted, but for single words.
        create function flotilla.dead_pattern(detail text) returns text
            language sql immutable parallel safe
            return left(regexp_replace(regexp_replace(regexp_replace(regexp_replace(detail,
                '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}', 'ID', 'g'),
                '"([a-z_]{1,24})"', '‹\1›', 'g'),
                '"[^"]*"', '"…"', 'g'),
                '[0-9]+', '#', 'g'), 200);
        create function flotilla.dead_fingerprint(cause text, detail text) returns text
            language sql immutable parallel safe
            return left(md5(cause || ' ' || flotilla.dead_pattern(detail)), 12);

        alter table flotilla.dead_letters
            -- Open letters wait for somebody. A letter whose replay died again is followed by another one, its child.
            add column state text not null default 'open'
                check (state in ('open', 'replaying', 'died_again', 'resolved', 'discarded', 'archived')),
            add column changed_at timestamptz,
            -- The letter whose replay this is, and how many replays came before it.
            add column parent bigint,
            add column replays smallint not null default 0,
            -- The selection that dealt with it.
            add column selection bigint,
            -- What travelled beside the headers: type, message id, correlation id.
            add column properties jsonb not null default '{}',
            add column fingerprint text not null generated always as (flotilla.dead_fingerprint(cause, detail)) stored;
        drop index flotilla.dead_letters_time;
        create index dead_letters_time on flotilla.dead_letters (dead_at, id);
        -- Who browses says in which state: without it before the rest, few open letters among many others would be far to seek.
        create index dead_letters_state on flotilla.dead_letters (state, dead_at, id);
        create index dead_letters_cause on flotilla.dead_letters (state, cause, dead_at, id);
        create index dead_letters_platform on flotilla.dead_letters (state, platform, dead_at, id);
        create index dead_letters_both on flotilla.dead_letters (state, cause, platform, dead_at, id);
        create index dead_letters_fingerprint on flotilla.dead_letters (state, fingerprint, dead_at, id);
        create index dead_letters_words on flotilla.dead_letters using gin (to_tsvector('simple', detail));

        -- Letters of one fingerprint, how many there are, and how many died in each hour: what groups and trends are read from,
        -- however many letters there are. Kept by the triggers below.
        create table flotilla.dead_groups (
            fingerprint text primary key,
            cause text not null,
            pattern text not null,
            first_seen timestamptz not null,
            last_seen timestamptz not null);
        create table flotilla.dead_tallies (
            fingerprint text not null,
            platform text not null,
            state text not null,
            letters bigint not null,
            primary key (fingerprint, platform, state));
        create table flotilla.dead_hours (
            fingerprint text not null,
            platform text not null,
            hour timestamptz not null,
            letters bigint not null,
            primary key (fingerprint, platform, hour));

        create function flotilla.tally_dead() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        begin
            if tg_op = 'INSERT' then
                insert into flotilla.dead_groups as g (fingerprint, cause, pattern, first_seen, last_seen)
                    select n.fingerprint, min(n.cause), min(flotilla.dead_pattern(n.detail)), min(n.dead_at), max(n.dead_at)
                    from arrived n group by 1 order by 1
                    on conflict (fingerprint) do update set first_seen = least(g.first_seen, excluded.first_seen),
                        last_seen = greatest(g.last_seen, excluded.last_seen);
                insert into flotilla.dead_tallies as t (fingerprint, platform, state, letters)
                    select n.fingerprint, n.platform, n.state, count(*) from arrived n group by 1, 2, 3 order by 1, 2, 3
                    on conflict (fingerprint, platform, state) do update set letters = t.letters + excluded.letters;
                insert into flotilla.dead_hours as t (fingerprint, platform, hour, letters)
                    select n.fingerprint, n.platform, date_trunc('hour', n.dead_at, 'UTC'), count(*)
                    from arrived n group by 1, 2, 3 order by 1, 2, 3
                    on conflict (fingerprint, platform, hour) do update set letters = t.letters + excluded.letters;
            elsif tg_op = 'UPDATE' then
                insert into flotilla.dead_tallies as t (fingerprint, platform, state, letters)
                    select k.fingerprint, k.platform, k.state, sum(k.change) from (
                        select n.fingerprint, n.platform, n.state, 1 as change from arrived n
                        union all select o.fingerprint, o.platform, o.state, -1 from gone o) k
                    group by 1, 2, 3 having sum(k.change) <> 0 order by 1, 2, 3
                    on conflict (fingerprint, platform, state) do update set letters = t.letters + excluded.letters;
            else
                -- How many died in an hour stays true.
                insert into flotilla.dead_tallies as t (fingerprint, platform, state, letters)
                    select o.fingerprint, o.platform, o.state, -count(*) from gone o group by 1, 2, 3 order by 1, 2, 3
                    on conflict (fingerprint, platform, state) do update set letters = t.letters + excluded.letters;
                delete from flotilla.dead_hours t using (
                    select o.fingerprint, max(o.dead_at) as last from gone o group by 1) k
                    where t.fingerprint = k.fingerprint and t.hour < least(k.last, now() - interval '3 days');
            end if;
            return null;
        end $$;
        create trigger dead_letters_arrive after insert on flotilla.dead_letters
            referencing new table as arrived for each statement execute function flotilla.tally_dead();
        create trigger dead_letters_change after update on flotilla.dead_letters
            referencing old table as gone new table as arrived for each statement execute function flotilla.tally_dead();
        create trigger dead_letters_leave after delete on flotilla.dead_letters
            referencing old table as gone for each statement execute function flotilla.tally_dead();
        insert into flotilla.dead_groups
            select d.fingerprint, min(d.cause), min(flotilla.dead_pattern(d.detail)), min(d.dead_at), max(d.dead_at)
            from flotilla.dead_letters d group by 1;
        insert into flotilla.dead_tallies
            select d.fingerprint, d.platform, d.state, count(*) from flotilla.dead_letters d group by 1, 2, 3;
        insert into flotilla.dead_hours
            select d.fingerprint, d.platform, date_trunc('hour', d.dead_at, 'UTC'), count(*)
            from flotilla.dead_letters d group by 1, 2, 3;

        -- Letters that somebody chose, by number, and what is done with them. What dies later is never swept in.
        create table flotilla.selections (
            id bigint generated always as identity primary key,
            action text not null check (action in ('replay', 'discard', 'archive')),
            state text not null default 'frozen'
                check (state in ('frozen', 'canary', 'running', 'paused', 'stopped', 'finished')),
            filter jsonb not null,
            reason text not null check (btrim(reason) <> ''),
            person text not null,
            letters bigint not null default 0,
            -- Letters a second; the first so many and no others until all of them have ended; how many of those may die again.
            rate double precision not null default 50 check (rate between 0.01 and 10000),
            canary integer not null default 0 check (canary >= 0),
            tolerance integer not null default 0 check (tolerance >= 0),
            -- Whether the canary is through, and why the work stands still.
            passed boolean not null default false,
            note text,
            made_at timestamptz not null default now(),
            started_at timestamptz,
            ended_at timestamptz);
        create index selections_open on flotilla.selections (id) where state in ('canary', 'running', 'paused', 'stopped');
        create table flotilla.selection_items (
            selection bigint not null references flotilla.selections on delete cascade,
            place integer not null,
            letter_id bigint not null references flotilla.dead_letters on delete cascade,
            -- Claimed is what is on its way to the broker, skipped what had changed when its turn came.
            state text not null default 'waiting'
                check (state in ('waiting', 'refused', 'claimed', 'sent', 'closed', 'skipped')),
            refusal text,
            detail text,
            -- The message that an operator made of it; null for the letter's own.
            body bytea,
            -- Copies that were made of it, and the one that a worker took: a crash between the broker's confirm and our note of it
            -- may have made two.
            copies uuid[] not null default '{}',
            taken uuid,
            sent_at timestamptz,
            primary key (selection, place));
        create index selection_items_letter on flotilla.selection_items (letter_id);
        create index selection_items_todo on flotilla.selection_items (selection, place) where state in ('waiting', 'claimed');

        -- Whether a worker may run this copy of a replayed job: the first one may, however often it is delivered, and no other.
        create function flotilla.take_replayed(selection bigint, place integer, copy uuid) returns boolean
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            first uuid;
        begin
            update flotilla.selection_items i
                set taken = coalesce(i.taken, case when copy = any (i.copies) then copy end)
                where i.selection = take_replayed.selection and i.place = take_replayed.place returning i.taken into first;
            -- What belongs to no selection any more is a job like others.
            return not found or first is not distinct from copy;
        end $$;

        grant select, update on flotilla.dead_letters, flotilla.selections, flotilla.selection_items to flotilla_dispatcher;
        grant select on flotilla.dead_groups, flotilla.dead_tallies, flotilla.dead_hours, flotilla.selections,
            flotilla.selection_items to flotilla_auditor;
        grant select on flotilla.dead_groups, flotilla.dead_tallies to flotilla_aggregator;
        grant execute on function flotilla.take_replayed(bigint, integer, uuid) to flotilla_worker;
        """#
}
