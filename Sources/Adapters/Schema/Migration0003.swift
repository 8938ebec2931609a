/// Budgets.
enum Migration0003 {
    static let sql = #"""
        -- What the fleet counts for one key of a limit, as FleetCore's ledger packs it. A row is locked while it decides.
        create table flotilla.budget_ledgers (
            platform text not null,
            rule text not null,
            subject text not null,
            endpoint text not null,
            state bytea not null,
            -- Set while the platform itself holds calls back, so that every worker hears of it.
            steered_until timestamptz,
            changed_at timestamptz not null,
            -- When nothing in it counts any more.
            idle_at timestamptz not null,
            primary key (platform, rule, subject, endpoint)) with (fillfactor = 50);
        create index budget_ledgers_steered on flotilla.budget_ledgers (changed_at) where steered_until is not null;
        create index budget_ledgers_idle on flotilla.budget_ledgers (idle_at);

        -- What an operator set, over the platform's defaults and over queues.yaml. A null limit is none.
        create table flotilla.budget_rules (
            platform text not null,
            name text not null check (name <> ''),
            subject text not null check (subject in ('app', 'account', 'workspace')),
            endpoint text,
            unit text not null check (unit in ('calls', 'units', 'micro_dollars')),
            "limit" bigint check ("limit" > 0),
            window_kind text not null check (window_kind in ('sliding', 'aligned', 'day', 'month')),
            window_seconds bigint not null check (window_seconds >= 0),
            reserve integer not null default 20 check (reserve between 0 and 500),
            changed_at timestamptz not null default now(),
            primary key (platform, name));

        -- Endpoints that fail: open breakers of the fleet, and when the next single call may try.
        create table flotilla.budget_breakers (
            platform text not null,
            endpoint text not null,
            since timestamptz not null,
            next_probe timestamptz not null,
            successes integer not null,
            primary key (platform, endpoint));

        -- What was paid for today: a platform that takes money bills a resource once a day. Resources as hashes.
        create table flotilla.budget_paid (
            platform text not null,
            day date not null,
            resource bigint not null,
            primary key (platform, day, resource));

        grant select, insert, update, delete on flotilla.budget_ledgers, flotilla.budget_breakers, flotilla.budget_paid
            to flotilla_worker;
        grant select on flotilla.budget_rules to flotilla_worker;
        grant select, delete on flotilla.budget_ledgers, flotilla.budget_paid to flotilla_dispatcher;
        grant select on flotilla.budget_ledgers, flotilla.budget_rules, flotilla.budget_breakers to flotilla_auditor;
        """#
}
