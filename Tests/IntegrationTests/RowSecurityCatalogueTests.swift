import Adapters
import Postgres
import Testing

/// What the catalogue of a migrated database says about row security. A table, view or function that a later migration
/// adds and forgets fails here.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct RowSecurityCatalogueTests {
    /// Tables outside row security, and why.
    private static let open = [
        "metric_catalogue": "names of metrics, the same for everyone",
        "migrations": "the schema's own ledger, granted to nobody",
    ]

    /// Tables that no tenant reads a row of, and why.
    private static let withoutTenants = [
        "audit_log": "what operators did, to whosever it was",
        "app_credentials": "the platforms' applications, sealed",
        "budget_breakers": "endpoints of platforms",
        "budget_ledgers": "counts of the fleet, of which an account's is only a part",
        "budget_paid": "digests of resources, without whose they are",
        "budget_rules": "limits that operators set",
        "cadence_pauses": "platforms that stand still",
        "cancellations": "ids of jobs, without whose they are",
        "changes_pending": "keys of buckets of all workspaces, on their way to the stream",
        "connect_states": "digests of links that are under way",
        "credentials": "sealed tokens, which no gateway may read",
        "dead_groups": "what deaths have in common, without whose they are",
        "dead_hours": "counts of deaths over all workspaces",
        "dead_tallies": "counts of letters over all workspaces",
        "erasures": "receipts, which name nobody",
        "fires": "the ledger of schedules over all accounts",
        "leases": "who leads",
        "message_versions": "which versions workers read",
        "metric_searches": "metrics of platforms",
        "outbox": "bodies of jobs on their way, of all workspaces",
        "queue_loads": "what queues hold for everybody",
        "reconciliation_nights": "how far a night came over all accounts",
        "refused_metrics": "metrics of platforms",
        "retention": "how long what is kept",
        "retention_drops": "partitions, which hold everybody's rows",
        "retention_floors": "since when what is there is all there was",
        "retention_sweeps": "how far deleting came",
        "retention_terms": "what platforms allow",
        "rollup_shards": "who computes roll-ups",
        "runs": "counts of jobs over all accounts",
        "schedules": "runs over all accounts of a platform",
        "selection_items": "numbers of letters that operators chose",
        "selections": "what operators chose, of all workspaces",
        "tombstones": "digests of accounts that were erased",
        "workers": "processes of the fleet",
    ]

    /// What roles that serve tenants may call, and why that shows them nothing of others.
    private static let tenantFunctions = [
        "api_key": "answers to whoever has the digest of a key, and with that key alone",
        "enqueue_own": "looks the account up in the transaction's workspace",
        "submit_own": "looks the account up in the transaction's workspace",
        "uuid_v7": "reads nothing",
    ]

    private static func names(_ lab: OperatorLab, _ question: Statement) async throws -> [String] {
        try await lab.pool.query(question).map { try $0.text(0) }
    }

    @Test func `every table is closed, to its owner too`() async throws {
        try await OperatorLab.run { lab in
            let open = try await Self.names(
                lab,
                """
                select relname from pg_class where relnamespace = 'flotilla'::regnamespace and relkind in ('r', 'p')
                    and not (relrowsecurity and relforcerowsecurity) order by 1
                """
            )
            #expect(open == Self.open.keys.sorted(), "end the migration with `select flotilla.secure()`")
        }
    }

    @Test func `every table that tenants have rows in shows each its own, and the others are known`() async throws {
        try await OperatorLab.run { lab in
            let hidden = try await Self.names(
                lab,
                """
                select c.relname from pg_class c
                where c.relnamespace = 'flotilla'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                    and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant')
                order by 1
                """
            )
            let unknown = hidden.filter { Self.open[$0] == nil && Self.withoutTenants[$0] == nil }
            #expect(
                unknown == [],
                "a new table without workspace_id, account_id or subject_id needs a line here that says why"
            )
            let loose = try await Self.names(
                lab,
                """
                select c.relname || '.' || p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
                cross join lateral unnest(p.polroles) r left join pg_roles g on g.oid = r
                where c.relnamespace = 'flotilla'::regnamespace
                    and (r = 0 or g.rolname in ('flotilla_gateway', 'flotilla_reader')) and (p.polcmd <> 'r'
                        or pg_get_expr(p.polqual, p.polrelid) !~ 'current_setting\\(''flotilla.workspace''::text, true\\)')
                """
            )
            #expect(loose == [])
        }
    }

    @Test func `policies without a condition are for the processes and for operators only`() async throws {
        try await OperatorLab.run { lab in
            let roles = try await Self.names(
                lab,
                """
                select distinct coalesce(g.rolname, 'public') from pg_policy p join pg_class c on c.oid = p.polrelid
                cross join lateral unnest(p.polroles) r left join pg_roles g on g.oid = r
                where c.relnamespace = 'flotilla'::regnamespace and 'true' in
                    (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
                order by 1
                """
            )
            #expect(
                roles == [
                    "flotilla_aggregator", "flotilla_auditor", "flotilla_dispatcher", "flotilla_operator",
                    "flotilla_publisher", "flotilla_worker",
                ]
            )
            let onParts = try await Self.names(
                lab,
                """
                select distinct g.rolname from pg_policy p join pg_class c on c.oid = p.polrelid
                cross join lateral unnest(p.polroles) r join pg_roles g on g.oid = r
                where c.relnamespace = 'flotilla'::regnamespace and c.relispartition
                """
            )
            #expect(onParts == ["flotilla_operator"])
        }
    }

    @Test func `no view runs with its owner's rights, and no function takes names from its caller`() async throws {
        try await OperatorLab.run { lab in
            let views = try await Self.names(
                lab,
                """
                select relname from pg_class where relnamespace = 'flotilla'::regnamespace and relkind in ('v', 'm')
                    and not coalesce(reloptions @> array['security_invoker=true'], false)
                """
            )
            #expect(views == [])
            let functions = try await Self.names(
                lab,
                """
                select proname from pg_proc where pronamespace = 'flotilla'::regnamespace and prosecdef
                    and not exists (select from unnest(proconfig) k where k ~ '^search_path=(pg_catalog|"")')
                """
            )
            #expect(functions == [])
        }
    }

    @Test func `nobody may call a function by being anybody, and tenants only what keeps them apart`() async throws {
        try await OperatorLab.run { lab in
            let anyone = try await Self.names(
                lab,
                """
                select p.proname from pg_proc p
                cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                where p.pronamespace = 'flotilla'::regnamespace and a.grantee = 0
                """
            )
            #expect(anyone == [])
            let tenants = try await Self.names(
                lab,
                """
                select distinct p.proname from pg_proc p
                cross join lateral unnest(array['flotilla_gateway', 'flotilla_reader']) r
                where p.pronamespace = 'flotilla'::regnamespace and has_function_privilege(r, p.oid, 'execute')
                    and (p.provolatile <> 'i' or p.prosecdef)
                order by 1
                """
            )
            #expect(tenants == Self.tenantFunctions.keys.sorted())
        }
    }

    @Test func `no role may skip row security, and none but the auditor's list reads what is not its work`()
        async throws
    {
        try await OperatorLab.run { lab in
            let strong = try await Self.names(
                lab,
                """
                select rolname from pg_roles where rolname ~ '^flotilla_[a-z]+$'
                    and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
                """
            )
            #expect(strong == [])
            let keys = try await Self.names(
                lab,
                """
                select distinct r.rolname from pg_roles r
                cross join lateral unnest(array['flotilla.credentials', 'flotilla.app_credentials']) t
                where r.rolname ~ '^flotilla_[a-z]+$' and has_any_column_privilege(r.oid, t, 'select')
                """
            )
            #expect(keys == ["flotilla_operator"])
        }
    }

    @Test func `securing again changes nothing, and what is added later is closed by it`() async throws {
        try await OperatorLab.run { lab in
            #expect(try await lab.pool.query("select flotilla.secure()").only().int4(0) == 0)
            try await lab.pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        create table flotilla.notes (subject_id bigint, text text);
                        grant select, insert on flotilla.notes to flotilla_aggregator;
                        grant select on flotilla.notes to flotilla_gateway;
                        """
                )
            }
            #expect(try await lab.pool.query("select flotilla.secure()").only().int4(0) == 4)
            let policies = try await Self.names(
                lab,
                "select policyname || ' ' || array_to_string(roles, ',') from pg_policies where tablename = 'notes' order by 1"
            )
            #expect(
                policies == [
                    "operator flotilla_operator", "service_insert flotilla_aggregator",
                    "service_select flotilla_aggregator", "tenant flotilla_gateway,flotilla_reader",
                ]
            )
        }
    }

    @Test func `a view with its owner's rights, or a function without a search path, is refused`() async throws {
        try await OperatorLab.run { lab in
            for (made, removed) in [
                ("create view flotilla.leak as select * from flotilla.accounts", "drop view flotilla.leak"),
                (
                    "create function flotilla.leak() returns bigint language sql security definer return 1",
                    "drop function flotilla.leak()"
                ),
            ] {
                try await lab.pool.query(Statement(dynamic: made))
                await #expect(throws: PostgresError.self) { try await lab.pool.query("select flotilla.secure()") }
                try await lab.pool.query(Statement(dynamic: removed))
            }
        }
    }
}
