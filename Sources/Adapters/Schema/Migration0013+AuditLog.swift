extension Migration0013 {
    static let auditLog = #"""
        -- What people did to the fleet, and why. Only ever appended to, by whoever may insert: number, time, login and the chain
        -- are the database's and not the caller's. Each entry's digest covers the entry before, so that one which is changed or
        -- taken out later is found by computing the digests again.
        create table flotilla.audit_log (
            id bigint primary key,
            at timestamptz not null,
            login text not null,
            -- Who says to have done it: the user and machine of the command, or the caller that a gateway authenticated.
            person text not null check (octet_length(person) <= 200),
            action text not null check (action ~ '^[a-z][a-z_.]{1,60}$'),
            target text not null check (octet_length(target) <= 200),
            reason text not null check (btrim(reason) <> '' and octet_length(reason) <= 1000),
            details jsonb not null default '{}',
            previous bytea not null,
            digest bytea not null);
        create index audit_log_target on flotilla.audit_log (target, id);

        create function flotilla.chain_audit() returns trigger
            language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
        declare
            last record;
        begin
            -- One after the other: the next entry waits until this one is committed or gone.
            perform pg_advisory_xact_lock(7313, 1);
            select a.id, a.digest into last from flotilla.audit_log a order by a.id desc limit 1;
            new.id := coalesce(last.id, 0) + 1;
            new.at := clock_timestamp();
            new.login := session_user;
            new.previous := coalesce(last.digest, '');
            -- Each field after its length in bytes, so that no two entries have the same text.
            new.digest := sha256(convert_to((
                select string_agg(octet_length(k.field) || ':' || k.field, '' order by k.n)
                from unnest(array[new.id::text, ((extract(epoch from new.at) * 1000000)::bigint)::text, new.login, new.person,
                    new.action, new.target, new.reason, new.details::text, encode(new.previous, 'hex')])
                    with ordinality as k (field, n)), 'UTF8'));
            return new;
        end $$;
        create trigger audit_log_chain before insert on flotilla.audit_log
            for each row execute function flotilla.chain_audit();

        create function flotilla.keep_audit() returns trigger
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin
            raise exception 'the audit log is only ever appended to' using errcode = 'insufficient_privilege';
        end $$;
        create trigger audit_log_keep before update or delete or truncate on flotilla.audit_log
            for each statement execute function flotilla.keep_audit();

        grant select, insert on flotilla.audit_log to flotilla_dispatcher;
        grant select on flotilla.audit_log to flotilla_auditor;
        """#
}
