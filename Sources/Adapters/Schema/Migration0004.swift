/// Credentials that renew themselves, applications, and connections under way.
enum Migration0004 {
    static let sql = #"""
        alter table flotilla.credentials
            -- Which way of connecting it came from; empty for the platform's usual one.
            add column login text not null default '',
            add column sealed_refresh bytea,
            add column refresh_expires_at timestamptz,
            -- What was granted; null when nobody knows.
            add column scopes text[],
            add column token_type text not null default 'bearer',
            -- Counts the pairs. A pair is stored only over the one that it was made from.
            add column generation bigint not null default 1,
            add column state text not null default 'active' check (state in ('active', 'refused')),
            add column issued_at timestamptz,
            -- When it is to be renewed; null when it cannot be or need not.
            add column refresh_at timestamptz,
            add column refreshed_at timestamptz,
            -- One holder at a time renews. The lease runs by this server's clock.
            add column holder text,
            add column epoch bigint not null default 0,
            add column held_until timestamptz,
            -- The generation whose refresh token was sent and not answered for all that is known.
            add column intent bigint,
            -- The pair before this one, for platforms that still take it when the new one turns out wrong.
            add column previous_refresh bytea,
            add column failures integer not null default 0,
            add column last_error text,
            add column last_error_at timestamptz,
            add column enqueued_until timestamptz;
        create index credentials_due on flotilla.credentials (refresh_at)
            where refresh_at is not null and state = 'active';
        create index credentials_ending on flotilla.credentials (coalesce(refresh_expires_at, expires_at))
            where coalesce(refresh_expires_at, expires_at) is not null;
        create index credentials_refused on flotilla.credentials (account_id) where state = 'refused';

        -- Applications as platforms know them.
        create table flotilla.app_credentials (
            platform text not null,
            login text not null default '',
            client_id text not null check (client_id <> ''),
            sealed_secret bytea,
            updated_at timestamptz not null default now(),
            primary key (platform, login));

        -- Users who were sent to a platform and are not back yet. Only a digest of the state is kept.
        create table flotilla.connect_states (
            digest bytea primary key,
            workspace_id bigint not null references flotilla.workspaces on delete cascade,
            platform text not null,
            login text not null,
            redirect text not null,
            sealed_verifier bytea,
            scopes text[] not null,
            created_at timestamptz not null default now(),
            expires_at timestamptz not null,
            used_at timestamptz);
        create index connect_states_ended on flotilla.connect_states (expires_at);

        -- The key that an envelope is sealed under; 'fernet' for a token that older software wrote.
        create function flotilla.key_of(sealed bytea) returns text
            language sql immutable parallel safe strict
            set search_path = pg_catalog
            return case
                when length(sealed) < 3 then 'unreadable'
                when get_byte(sealed, 0) = 103 then 'fernet'
                when get_byte(sealed, 0) = 1 then encode(substring(sealed from 3 for get_byte(sealed, 1)), 'escape')
                else 'unreadable' end;
        create index credentials_key on flotilla.credentials (flotilla.key_of(sealed));

        -- How many values wait under each key, wherever values are sealed.
        create view flotilla.sealed_values with (security_invoker = true) as
            select flotilla.key_of(sealed) as key_id from flotilla.credentials
            union all select flotilla.key_of(sealed_refresh) from flotilla.credentials where sealed_refresh is not null
            union all select flotilla.key_of(previous_refresh) from flotilla.credentials where previous_refresh is not null
            union all select flotilla.key_of(sealed_secret) from flotilla.app_credentials where sealed_secret is not null
            union all select flotilla.key_of(sealed_verifier) from flotilla.connect_states where sealed_verifier is not null;

        -- What a worker may know of an account, and nothing else of these tables.
        create function flotilla.access_for(accounts bigint[])
            returns table (account_id bigint, workspace_id bigint, platform text, external_id text, state text,
                sealed bytea, sandbox boolean, generation bigint, expires_at timestamptz, can_refresh boolean)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select a.id, a.workspace_id, a.platform, a.external_id, a.state, c.sealed, w.sandbox,
                    c.generation, c.expires_at, c.refresh_at is not null and c.state = 'active'
                from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id
                    left join flotilla.credentials c on c.account_id = a.id
                where a.id = any (accounts);
            end;

        -- The platform refused an account's token for good. 'first' for the first who says so: one alert. 'fresh' when the
        -- token was replaced meanwhile, and 'known' when somebody said it before.
        create function flotilla.refuse_credential(account bigint, seen bigint, reason text) returns text
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            now_at bigint;
        begin
            update flotilla.credentials c
                set state = 'refused', last_error = reason, last_error_at = clock_timestamp()
                where c.account_id = account and c.generation = seen and c.state = 'active';
            if found then
                update flotilla.accounts a set state = 'needs_reconnect' where a.id = account and a.state = 'active';
                return 'first';
            end if;
            select c.generation into now_at from flotilla.credentials c where c.account_id = account;
            return case when now_at > seen then 'fresh' else 'known' end;
        end $$;

        -- Takes the lease and writes the intent down, in one step. Its verdicts: go, held, fresh, inactive, missing.
        create function flotilla.begin_refresh(
            account bigint, seen bigint, due timestamptz, wanted_by text, lease interval, forced boolean
        ) returns table (verdict text, epoch bigint, generation bigint, again boolean, wait_milliseconds bigint,
                platform text, external_id text, login text, sealed bytea, sealed_refresh bytea,
                previous_refresh bytea, refresh_expires_at timestamptz, scopes text[], client_id text,
                sealed_secret bytea, app_login text, issued_at timestamptz,
                moment timestamptz)
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_column
        declare
            c flotilla.credentials;
            a flotilla.accounts;
            app flotilla.app_credentials;
            here timestamptz := clock_timestamp();
            found_verdict text;
        begin
            select * into a from flotilla.accounts where id = account;
            select * into c from flotilla.credentials where account_id = account for update;
            found_verdict := case
                when a.id is null or c.account_id is null then 'missing'
                when not forced and (a.state <> 'active' or c.state <> 'active') then 'inactive'
                when seen is not null and c.generation <> seen then 'fresh'
                when seen is null and not forced and (c.refresh_at is null or c.refresh_at > coalesce(due, here)) then 'fresh'
                when c.held_until > here then 'held'
                else 'go' end;
            if found_verdict <> 'go' then
                return query select found_verdict, c.epoch, c.generation, false,
                    greatest(0, (extract(epoch from c.held_until - here) * 1000)::bigint), a.platform, a.external_id,
                    c.login, null::bytea, null::bytea, null::bytea, null::timestamptz, null::text[], null::text,
                    null::bytea, null::text, null::timestamptz, here;
                return;
            end if;
            update flotilla.credentials k
                set epoch = k.epoch + 1, holder = wanted_by, held_until = here + lease, intent = k.generation
                where k.account_id = account;
            select * into app from flotilla.app_credentials x
                where x.platform = a.platform and x.login in (c.login, '') order by x.login desc limit 1;
            return query select 'go'::text, c.epoch + 1, c.generation, c.intent is not distinct from c.generation,
                0::bigint, a.platform, a.external_id, c.login, c.sealed, c.sealed_refresh, c.previous_refresh,
                c.refresh_expires_at, c.scopes, app.client_id, app.sealed_secret, app.login,
                c.issued_at, here;
        end $$;

        -- Stores a new pair over the one that it was made from, whoever holds the lease by now: while the generation is
        -- the same nobody else has a newer pair, and a platform that kills the old token has no other to give. Null when
        -- somebody stored one before.
        create function flotilla.finish_refresh(
            account bigint, seen bigint, sealed bytea, sealed_refresh bytea, token_type text, scopes text[],
            issued_at timestamptz, expires_at timestamptz, refresh_expires_at timestamptz, refresh_at timestamptz
        ) returns bigint
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        #variable_conflict use_variable
        declare
            stored bigint;
        begin
            update flotilla.credentials k set
                sealed = finish_refresh.sealed,
                previous_refresh = k.sealed_refresh,
                sealed_refresh = coalesce(finish_refresh.sealed_refresh, k.sealed_refresh),
                token_type = finish_refresh.token_type,
                scopes = coalesce(finish_refresh.scopes, k.scopes),
                issued_at = finish_refresh.issued_at,
                expires_at = finish_refresh.expires_at,
                refresh_expires_at = finish_refresh.refresh_expires_at,
                refresh_at = finish_refresh.refresh_at,
                generation = k.generation + 1,
                state = 'active', intent = null, holder = null, held_until = null, failures = 0, last_error = null,
                last_error_at = null, enqueued_until = null, refreshed_at = issued_at, updated_at = clock_timestamp()
                where k.account_id = account and k.generation = seen
                returning k.generation into stored;
            if stored is not null then
                update flotilla.accounts a set state = 'active' where a.id = account and a.state = 'needs_reconnect';
            end if;
            return stored;
        end $$;

        -- Gives the lease up without a new pair. True for the first who finds that only a new consent helps.
        create function flotilla.fail_refresh(
            account bigint, seen bigint, held bigint, reason text, refused boolean, answered boolean
        ) returns boolean
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            first boolean := false;
        begin
            select c.state = 'active' into first from flotilla.credentials c
                where c.account_id = account and c.generation = seen and c.epoch = held for update;
            if not found then return false; end if;
            update flotilla.credentials c set
                holder = null, held_until = null, failures = c.failures + 1, last_error = reason,
                last_error_at = clock_timestamp(),
                enqueued_until = clock_timestamp()
                    + least(interval '1 day', interval '15 minutes' * power(2, least(c.failures, 7))),
                intent = case when answered then null else c.intent end,
                state = case when refused then 'refused' else c.state end
                where c.account_id = account;
            if not refused then return false; end if;
            update flotilla.accounts a set state = 'needs_reconnect' where a.id = account and a.state = 'active';
            return first;
        end $$;

        -- Accounts whose tokens are to be renewed, those that waited longest first.
        create function flotilla.credentials_due(moment timestamptz, most integer)
            returns table (account_id bigint, platform text, refresh_at timestamptz)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select c.account_id, a.platform, c.refresh_at
                from flotilla.credentials c join flotilla.accounts a on a.id = c.account_id
                where c.refresh_at <= moment and c.refresh_at is not null and c.state = 'active' and a.state = 'active'
                    and (c.enqueued_until is null or c.enqueued_until <= clock_timestamp())
                order by c.refresh_at limit most;
            end;

        -- Orders one job for each of them through the outbox; the next order for the same account is a quarter of an hour
        -- away. Returns how many.
        create function flotilla.enqueue_refreshes(moment timestamptz, most integer) returns integer
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            entry record;
            job uuid;
            made integer := 0;
        begin
            for entry in
                select c.account_id, a.platform from flotilla.credentials c join flotilla.accounts a on a.id = c.account_id
                where c.refresh_at <= moment and c.state = 'active' and a.state = 'active'
                    and (c.enqueued_until is null or c.enqueued_until <= clock_timestamp())
                order by c.refresh_at limit most for update of c skip locked
            loop
                job := (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '7'
                    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid;
                insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at)
                    values (job, 'accepted', entry.account_id, entry.platform, 'credential_refresh', moment);
                insert into flotilla.outbox (job_id, routing_key, body) values (job, entry.platform || '.interactive',
                    json_build_object('version', 1, 'id', job, 'platform', entry.platform, 'account', entry.account_id,
                        'collect', 'credential_refresh', 'date', (moment at time zone 'UTC')::date,
                        'lane', 'interactive', 'reason', 'half-life',
                        'enqueued_at', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text);
                update flotilla.credentials c set enqueued_until = clock_timestamp() + interval '15 minutes'
                    where c.account_id = entry.account_id;
                made := made + 1;
            end loop;
            if made > 0 then perform pg_notify('flotilla_outbox', ''); end if;
            return made;
        end $$;

        -- How connections stand, by platform. Expiring: it ends within a week and nothing renews it in time.
        create function flotilla.credential_health(moment timestamptz)
            returns table (platform text, expiring bigint, broken bigint, due bigint)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select a.platform,
                    count(*) filter (where c.state = 'active'
                        and coalesce(c.refresh_expires_at, c.expires_at) <= moment + interval '7 days'
                        and (c.refresh_at is null or c.failures > 0 or c.refresh_expires_at <= moment + interval '7 days')),
                    count(*) filter (where c.state = 'refused' or a.state = 'needs_reconnect'),
                    count(*) filter (where c.state = 'active' and c.refresh_at <= moment)
                from flotilla.credentials c join flotilla.accounts a on a.id = c.account_id
                group by a.platform;
            end;

        do $$
        begin
            create role flotilla_refresher nologin;
        exception when duplicate_object or unique_violation then
            null; -- Another database of this cluster has it already.
        end $$;
        grant usage on schema flotilla to flotilla_refresher;
        revoke all on function flotilla.access_for(bigint[]), flotilla.refuse_credential(bigint, bigint, text),
            flotilla.begin_refresh(bigint, bigint, timestamptz, text, interval, boolean),
            flotilla.finish_refresh(bigint, bigint, bytea, bytea, text, text[], timestamptz, timestamptz, timestamptz,
                timestamptz),
            flotilla.fail_refresh(bigint, bigint, bigint, text, boolean, boolean),
            flotilla.credentials_due(timestamptz, integer), flotilla.enqueue_refreshes(timestamptz, integer),
            flotilla.credential_health(timestamptz), flotilla.key_of(bytea) from public;
        grant execute on function flotilla.access_for(bigint[]), flotilla.refuse_credential(bigint, bigint, text)
            to flotilla_worker;
        grant execute on function flotilla.begin_refresh(bigint, bigint, timestamptz, text, interval, boolean),
            flotilla.finish_refresh(bigint, bigint, bytea, bytea, text, text[], timestamptz, timestamptz, timestamptz,
                timestamptz),
            flotilla.fail_refresh(bigint, bigint, bigint, text, boolean, boolean) to flotilla_refresher;
        grant execute on function flotilla.credentials_due(timestamptz, integer),
            flotilla.enqueue_refreshes(timestamptz, integer), flotilla.credential_health(timestamptz)
            to flotilla_dispatcher;
        """#
}
