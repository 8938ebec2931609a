/// Posts, and metrics in parts.
enum Migration0002 {
    static let sql = #"""
        -- A post is a subject like an account: its number comes from the same sequence.
        create table flotilla.posts (
            id bigint primary key default nextval('flotilla.subject_ids'),
            account_id bigint not null references flotilla.accounts on delete cascade,
            workspace_id bigint not null references flotilla.workspaces,
            external_id text not null check (external_id <> ''),
            kind text not null,
            published_at timestamptz,
            discovered_at timestamptz not null default now(),
            -- A post that the platform did not know once is missing; it is gone when that is confirmed a day later.
            state text not null default 'active' check (state in ('active', 'missing', 'gone')),
            missed_at timestamptz,
            unique (account_id, external_id));

        -- What a worker may know of posts, and nothing else of the table.
        create function flotilla.posts_for(posts bigint[])
            returns table (post_id bigint, account_id bigint, external_id text, kind text, published_at timestamptz)
            language sql stable security definer set search_path = pg_catalog
            begin atomic
                select p.id, p.account_id, p.external_id, p.kind, p.published_at
                from flotilla.posts p where p.id = any (posts);
            end;
        revoke all on function flotilla.posts_for(bigint[]) from public;
        grant execute on function flotilla.posts_for(bigint[]) to flotilla_worker;
        grant select, insert, update on flotilla.posts to flotilla_aggregator;
        grant usage on sequence flotilla.subject_ids to flotilla_aggregator;
        grant select on flotilla.posts to flotilla_dispatcher, flotilla_auditor;
        """#
}
