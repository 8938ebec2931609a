/// Keys with which programs read a workspace through the gateway.
enum Migration0019 {
    static let sql = #"""
        -- A key itself is shown once, to whoever makes it; here is its digest. It has 256 random bits: nobody guesses one, and
        -- a plain digest is as good as a slow one.
        create table flotilla.api_keys (
            id bigint generated always as identity primary key,
            workspace_id bigint not null references flotilla.workspaces,
            name text not null check (btrim(name) <> '' and octet_length(name) <= 100),
            digest bytea not null unique check (octet_length(digest) = 32),
            role text not null check (role in ('viewer', 'operator')),
            created_at timestamptz not null default now(),
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz);
        create index api_keys_workspace on flotilla.api_keys (workspace_id);

        -- The only way in which a gateway learns of keys: whoever has the digest had the key.
        create function flotilla.api_key(digest bytea)
            returns table (id bigint, workspace_id bigint, name text, role text)
            language sql security definer set search_path = pg_catalog, pg_temp as $$
            with used as (
                update flotilla.api_keys k set last_used_at = now()
                where k.digest = api_key.digest and (k.last_used_at is null or k.last_used_at < now() - interval '1 minute'))
            select k.id, k.workspace_id, k.name, k.role from flotilla.api_keys k
            where k.digest = api_key.digest and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
            $$;

        grant select on flotilla.gap_notes, flotilla.restatements, flotilla.sources to flotilla_gateway, flotilla_reader;
        select flotilla.secure();
        revoke all on flotilla.api_keys from flotilla_gateway, flotilla_reader;
        revoke execute on function flotilla.api_key(bytea) from public;
        grant execute on function flotilla.api_key(bytea) to flotilla_gateway;
        """#
}
