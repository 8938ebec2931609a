import Adapters
import Postgres
import Testing

/// Every role of the database, as an attacker who holds its login.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct RowSecurityTests {
    private static let tenants = ["flotilla_gateway", "flotilla_reader"]
    /// What a reporting tool reads; a gateway reads more.
    private static let tables = [
        "workspaces", "accounts", "posts", "observations", "current_values", "rollups", "daily_rollups", "readings",
        "breakdown_parts",
    ]
    private static let ledger = ["jobs", "dead_letters", "cadence"]

    private static func tables(of role: String) -> [String] {
        tables + (role == "flotilla_gateway" ? ledger : [])
    }

    @Test func `a tenant sees its own rows of every table, and not one of another's`() async throws {
        try await SecurityLab.run { lab in
            for role in Self.tenants {
                try await lab.asRole(role) { connection in
                    for workspace in [1, 2] {
                        try await connection.execute(script: "begin; set local flotilla.workspace = \(workspace)")
                        for table in Self.tables(of: role) where table != "breakdown_parts" {
                            #expect(
                                try await connection.number("select count(*) from flotilla.\(table)") == 1,
                                "\(table)"
                            )
                        }
                        #expect(try await connection.number("select max(id) from flotilla.workspaces") == workspace)
                        #expect(try await connection.number("select max(id) from flotilla.accounts") == workspace * 100)
                        try await connection.execute(script: "commit")
                    }
                }
            }
        }
    }

    @Test func `a workspace that is unset, empty, unknown or no number shows nothing`() async throws {
        try await SecurityLab.run { lab in
            for role in Self.tenants {
                try await lab.asRole(role) { connection in
                    for setting in [
                        "", "set local flotilla.workspace = ''", "set local flotilla.workspace = '0'",
                        "set local flotilla.workspace = '-1'", "set local flotilla.workspace = '3'",
                    ] {
                        try await connection.execute(script: "begin; \(setting)")
                        for table in Self.tables(of: role) {
                            #expect(
                                try await connection.number("select count(*) from flotilla.\(table)") == 0,
                                "\(setting) \(table)"
                            )
                        }
                        try await connection.execute(script: "commit")
                    }
                    for injected in [
                        "1; select 2", "1 or true", "null", "1)--", "*", "1,2", "９", "99999999999999999999",
                    ] {
                        let set = "set local flotilla.workspace = '\(injected)'"
                        for table in Self.tables(of: role) where table != "breakdown_parts" {
                            let refusal = await connection.refusal("\(set); select count(*) from flotilla.\(table)")
                            #expect(refusal == "22P02" || refusal == "22003", "\(injected) \(table)")
                        }
                    }
                }
            }
        }
    }

    @Test func `the workspace of one transaction is not that of the next`() async throws {
        try await SecurityLab.run { lab in
            try await lab.asRole("flotilla_gateway") { connection in
                for ending in ["commit", "rollback"] {
                    try await connection.execute(script: "begin; set local flotilla.workspace = 1; \(ending)")
                    #expect(try await connection.number("select count(*) from flotilla.accounts") == 0)
                }
            }
        }
    }

    @Test(arguments: SecurityLab.roles) func `no role gets more than it was given`(role: String) async throws {
        try await SecurityLab.run { lab in
            let part = try await lab.all.query(
                "select inhrelid::regclass::text from pg_inherits where inhparent = 'flotilla.observations'::regclass limit 1"
            ).only().text(0)
            try await lab.asRole(role) { connection in
                for attempt in Self.attempts(lab, part: part, role) {
                    let refusal = await connection.refusal(attempt)
                    #expect(refusal == "42501", "\(role): \(attempt)")
                }
            }
        }
    }

    private static func attempts(_ lab: SecurityLab, part: String, _ role: String) -> [String] {
        var attempts = [
            "set role postgres", "set role owner_\(lab.suffix)", "set session authorization postgres",
            "set session authorization owner_\(lab.suffix)",
            "alter table flotilla.accounts disable row level security",
            "alter table flotilla.accounts no force row level security", "drop policy tenant on flotilla.accounts",
            "create policy mine on flotilla.accounts using (true)", "alter role current_user bypassrls",
            "create role more superuser", "drop table flotilla.observations", "drop schema flotilla cascade",
            "truncate flotilla.accounts", "alter table flotilla.accounts add column mine text",
            "create table flotilla.mine (id bigint)", "create view flotilla.mine as select 1",
            "create function flotilla.mine() returns bigint language sql return 1",
            "create or replace function flotilla.uuid_v7() returns uuid language sql return gen_random_uuid()",
            "create trigger mine before insert on flotilla.accounts for each row execute function flotilla.keep_sandbox()",
            "copy (select 1) to program 'true'", "copy (select 1) to '/tmp/mine'",
            "select pg_read_file('/etc/passwd')", "select lo_import('/etc/passwd')", "load 'auto_explain'",
            "select * from pg_authid", "grant flotilla_operator to current_user",
        ]
        attempts += SecurityLab.roles.filter { $0 != role }.map { "set role \($0)" }
        if role != "flotilla_operator" {
            attempts += ["credentials", "app_credentials", "connect_states"].map { "select * from flotilla.\($0)" }
            attempts += [
                "select count(*) from \(part)", "update flotilla.workspaces set name = 'mine'",
                "update flotilla.accounts set workspace_id = 1", "delete from flotilla.accounts",
                "insert into flotilla.accounts (workspace_id, platform, external_id) values (1, 'x', 'mine')",
                "delete from flotilla.observations", "update flotilla.observations set attempt = 2",
                "insert into flotilla.budget_rules (platform, name, subject) values ('x', 'y', 'app')",
            ]
        }
        if !["flotilla_worker", "flotilla_operator"].contains(role) {
            attempts.append("select * from flotilla.access_for(array[100])")
        }
        return attempts
    }

    @Test func `a tenant can neither switch row security off nor write at all`() async throws {
        try await SecurityLab.run { lab in
            for role in Self.tenants {
                try await lab.asRole(role) { connection in
                    let mine = "set local flotilla.workspace = 1;"
                    for attempt in [
                        "set local row_security = off; select count(*) from flotilla.accounts",
                        "\(mine) update flotilla.accounts set state = 'gone'", "\(mine) delete from flotilla.posts",
                        "\(mine) insert into flotilla.posts (account_id, workspace_id, external_id, kind) values (200, 2, 'a', 'post')",
                        "\(mine) select flotilla.enqueue('x', 200)", "\(mine) select flotilla.secure()",
                    ] {
                        #expect(await connection.refusal(attempt) == "42501", "\(role): \(attempt)")
                    }
                }
            }
        }
    }

    @Test func `a function of the attacker's own is not shown another's rows`() async throws {
        try await SecurityLab.run { lab in
            for role in Self.tenants {
                try await lab.asRole(role) { connection in
                    try await connection.execute(
                        script: """
                            create function pg_temp.look(workspace bigint) returns boolean language plpgsql cost 0.0001 as $$
                                begin
                                    if workspace <> 1 then raise exception 'seen: %', workspace; end if;
                                    return true;
                                end $$
                            """
                    )
                    for table in [
                        "accounts", "posts", "observations", "current_values", "rollups", "daily_rollups", "readings",
                    ] {
                        let look =
                            "set local flotilla.workspace = 1; select * from flotilla.\(table) where pg_temp.look(workspace_id)"
                        #expect(await connection.refusal(look) == nil, "\(table)")
                    }
                }
            }
        }
    }

    @Test func `a job for another's account is answered like one for an account that there is not`() async throws {
        try await SecurityLab.run { lab in
            try await lab.asRole("flotilla_gateway") { connection in
                let mine = "set local flotilla.workspace = 1;"
                #expect(await connection.refusal("\(mine) select flotilla.enqueue_own('x', 100)") == nil)
                for account in [200, 999] {
                    #expect(await connection.refusal("\(mine) select flotilla.enqueue_own('x', \(account))") == "23503")
                }
                #expect(await connection.refusal("select flotilla.enqueue_own('x', 100)") == "23503")
                #expect(
                    await connection.refusal(
                        "\(mine) select flotilla.enqueue_own('x', 100, collect => 'post_metrics', posts => array[201])"
                    ) == "23503"
                )
                // Names that stand before the schema's own in the caller's path change nothing.
                try await connection.execute(
                    script: """
                        create temporary table accounts (id bigint, platform text, workspace_id bigint);
                        insert into accounts values (200, 'x', 1);
                        set search_path = pg_temp, flotilla
                        """
                )
                #expect(await connection.refusal("\(mine) select flotilla.enqueue_own('x', 200)") == "23503")
            }
        }
    }

    @Test func `the owner sees rows because it is an operator, and not because it owns them`() async throws {
        try await SecurityLab.run { lab in
            try await lab.asOwner { connection in
                // Worded otherwise than below: a statement that is prepared keeps the policies that it was planned with.
                #expect(try await connection.number("select count(id) from flotilla.accounts") == 2)
                try await connection.execute(script: "begin; revoke flotilla_operator from current_user")
                for table in ["accounts", "credentials", "observations", "jobs", "runs", "outbox"] {
                    #expect(try await connection.number("select count(*) from flotilla.\(table)") == 0, "\(table)")
                }
                try await connection.execute(script: "rollback")
            }
        }
    }

    @Test(arguments: [
        ("flotilla_dispatcher", "flotilla.accounts"), ("flotilla_dispatcher", "flotilla.cadence"),
        ("flotilla_aggregator", "flotilla.current_values"), ("flotilla_aggregator", "flotilla.rollups"),
        ("flotilla_worker", "flotilla.access_for(array[100, 200])"), ("flotilla_auditor", "flotilla.observations"),
    ])
    func `the processes still see what their work needs`(role: String, source: String) async throws {
        try await SecurityLab.run { lab in
            let count = try await lab.count(as: role, "select count(*) from \(source)")
            #expect(count == 2)
        }
    }

    @Test func `a worker asks by functions only, and a service may order jobs for any account`() async throws {
        try await SecurityLab.run { lab in
            let table = try await lab.asRole("flotilla_worker") { await $0.refusal("select * from flotilla.accounts") }
            #expect(table == "42501")
            let door = try await lab.asRole("flotilla_publisher") {
                await $0.refusal("select flotilla.enqueue('x', 200)")
            }
            #expect(door == nil)
        }
    }
}
