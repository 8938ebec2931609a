/// Figures that should agree and do not, and the jobs that were ordered about them.
enum Migration0012 {
    static let sql = #"""
        -- One row per comparison that left a remainder. Within its tolerance it is what the platform corrected by itself.
        create table flotilla.reconciliations (
            account_id bigint not null references flotilla.accounts on delete cascade,
            workspace_id bigint not null references flotilla.workspaces,
            compared text not null check (compared in ('total', 'followers', 'people', 'posts')),
            metric smallint not null,
            first_day date not null,
            last_day date not null check (last_day >= first_day),
            found bigint not null,
            lower bigint not null,
            upper bigint not null,
            tolerance bigint not null,
            remainder bigint not null,
            -- A mismatch is open until the figures agree, and left to people when asking again did not help.
            state text not null check (state in ('agrees', 'open', 'resolved', 'left')),
            first_seen_at timestamptz not null,
            seen_at timestamptz not null,
            repairs smallint not null default 0,
            repaired_on date,
            repair_job uuid,
            primary key (account_id, compared, metric, first_day, last_day));
        create index reconciliations_state on flotilla.reconciliations (state, seen_at);

        -- One night's walk over the accounts, and how far it came.
        create table flotilla.reconciliation_nights (
            night date primary key,
            cursor bigint not null default 0,
            accounts bigint not null default 0,
            compared bigint not null default 0,
            mismatches bigint not null default 0,
            jobs bigint not null default 0,
            started_at timestamptz not null,
            finished_at timestamptz);

        grant select on flotilla.accounts, flotilla.rollups, flotilla.current_values to flotilla_dispatcher;
        grant select, insert, update on flotilla.reconciliations, flotilla.reconciliation_nights to flotilla_dispatcher;
        grant execute on function
            flotilla.enqueue(text, bigint, text, date, text, text[], uuid, text, integer, bigint[]) to flotilla_dispatcher;
        grant select on flotilla.reconciliations, flotilla.reconciliation_nights to flotilla_auditor;

        do $$
        begin
            if to_regprocedure('flotilla.secure()') is not null then
                perform flotilla.secure();
            end if;
        end $$;
        """#
}
