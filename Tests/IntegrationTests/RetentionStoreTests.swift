import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Testing

/// Retention in a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct RetentionStoreTests {
    private static let now = Instant("2026-11-26T12:00:00Z")!

    /// A partition of January 2025 with a job and its reading for every day.
    private static func age(_ lab: OperatorLab) async throws {
        try await lab.pool.withConnection { connection in
            try await connection.execute(
                script: """
                    create table flotilla.observations_2025_01 partition of flotilla.observations
                        for values from ('2025-01-01 00:00+00') to ('2025-02-01 00:00+00');
                    create table flotilla.jobs_2025_01 partition of flotilla.jobs
                        for values from (flotilla.uuid_floor('2025-01-01 00:00+00')) to (flotilla.uuid_floor('2025-02-01 00:00+00'));
                    select flotilla.secure();
                    insert into flotilla.workspaces (name) values ('real');
                    insert into flotilla.accounts (workspace_id, platform, external_id)
                        select id, p, 'old' from flotilla.workspaces, unnest(array['youtube', 'x']) p where name = 'real';
                    insert into flotilla.jobs (id, state, account_id, platform, collect, enqueued_at, finished_at)
                        select (left(flotilla.uuid_floor(d)::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid,
                            'done', a.id, platform, 'demographics', d, d
                        from flotilla.accounts a, generate_series('2025-01-01'::timestamptz, '2025-01-31', '1 day') d;
                    insert into flotilla.observations
                        select id, account_id, 1, 1, enqueued_at, enqueued_at, 1, 'v', '{1}', '{5}' from flotilla.jobs;
                    delete from flotilla.dirty_days;
                    """
            )
        }
    }

    private static func parts(_ lab: OperatorLab) async throws -> [String] {
        try await lab.pool.query(
            "select relname from pg_class where relname ~ '_2025_01$' and relkind = 'r' order by 1"
        ).map { try $0.text(0) }
    }

    private static func states(_ lab: OperatorLab) async throws -> [String] {
        try await lab.pool.query("select state from flotilla.retention_drops order by class desc").map {
            try $0.text(0)
        }
    }

    private static func run(_ lab: OperatorLab, steps: Int = .max) async throws -> [RetentionRound.Event] {
        let store = RetentionStore(pool: lab.pool)
        let plan = RetentionPlan(try await store.policy(), platforms: PlatformName.allCases, now: now)
        var events: [RetentionRound.Event] = []
        var left = steps
        try await RetentionRound(store).run(
            plan,
            now: now,
            goesOn: {
                left -= 1
                return left >= 0
            },
            note: { events.append($0) }
        )
        return events
    }

    @Test func `a partition that is due is measured, detached, measured again and dropped, the ledger's last`()
        async throws
    {
        try await OperatorLab.run { lab in
            try await Self.age(lab)
            let moves = try await Self.run(lab).compactMap { event -> String? in
                if case .moved(let part, let state) = event { "\(part) \(state)" } else { nil }
            }
            #expect(
                moves == [
                    "observations_2025_01 counted", "observations_2025_01 detached", "observations_2025_01 verified",
                    "observations_2025_01 dropped", "jobs_2025_01 counted", "jobs_2025_01 detached",
                    "jobs_2025_01 verified", "jobs_2025_01 dropped",
                ]
            )
            #expect(try await Self.parts(lab) == [])
            let drop = try await lab.pool.query(
                "select rows, counted_rows, checksum = counted_checksum from flotilla.retention_drops where class = 'jobs'"
            ).only()
            #expect(try drop.int8(0) == 62 && drop.int8(1) == 62 && drop.bool(2))
            #expect(try await Self.run(lab).isEmpty)
        }
    }

    @Test func `stopped after any step, the next round goes on from there`() async throws {
        try await OperatorLab.run { lab in
            try await Self.age(lab)
            var rounds = 0
            while try await !Self.parts(lab).isEmpty, rounds < 400 {
                rounds += 1
                _ = try await Self.run(lab, steps: rounds)
            }
            #expect(try await Self.states(lab) == ["dropped", "dropped"])
            #expect(rounds > 3)
        }
    }

    @Test func `nothing goes that is not settled or that a hold names`() async throws {
        try await OperatorLab.run { lab in
            try await Self.age(lab)
            let store = RetentionStore(pool: lab.pool)
            let hold = try await store.hold(workspace: nil, account: nil, reason: "case")
            _ = try await Self.run(lab)
            #expect(
                try await store.waiting().map(\.reason) == ["a legal hold is in force", "a legal hold is in force"]
            )
            #expect(try await store.lift(hold))
            #expect(try await !store.lift(hold))
            try await lab.pool.query(
                """
                insert into flotilla.dirty_days (workspace_id, account_id, subject_id, low, high)
                values (1, 1, 1, '2025-01-31', '2025-01-31')
                """
            )
            try await lab.pool.query(
                "update flotilla.jobs set state = 'accepted' where id = (select id from flotilla.jobs order by id limit 1)"
            )
            _ = try await Self.run(lab)
            #expect(
                try await store.waiting().map(\.reason).sorted() == [
                    "1 of its jobs have not ended", "days of its time wait to be rolled up",
                ]
            )
            #expect(try await Self.parts(lab) == ["jobs_2025_01", "observations_2025_01"])
        }
    }

    @Test func `a platform's terms hold for real accounts only, and not once it has allowed more`() async throws {
        try await OperatorLab.run { lab in
            try await Self.age(lab)
            let count: Statement = """
                select count(*) from flotilla.observations o join flotilla.accounts a on a.id = o.subject_id where a.platform = 'youtube'
                """
            try await lab.pool.query(
                "update flotilla.retention set days = null where class in ('observations', 'jobs')"
            )
            #expect(await lab("retention accept --platform youtube --reason approved").code == .ok)
            _ = try await Self.run(lab)
            #expect(try await lab.pool.query(count).only().int8(0) == 31)
            #expect(await lab("retention accept --platform youtube --reason ended --withdraw").code == .ok)
            _ = try await Self.run(lab)
            #expect(try await lab.pool.query(count).only().int8(0) == 0)
            #expect(try await lab.pool.query("select count(*) from flotilla.observations").only().int8(0) == 31)
        }
    }

    @Test func `a month whose rows came before its partition gets them when it is made`() async throws {
        try await OperatorLab.run { lab in
            try await lab.pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        do $$ begin
                            execute format('drop table flotilla.%I', 'observations_' || to_char(now() at time zone 'UTC', 'YYYY_MM'));
                        end $$;
                        insert into flotilla.observations values (gen_random_uuid(), 1, 1, 1, now(), now(), 1, 'v', '{1}', '{5}');
                        """
                )
            }
            #expect(try await ScheduleStore(pool: lab.pool).createPartitions() == 1)
            let place = try await lab.pool.query("select tableoid::regclass::text from flotilla.observations").only()
            #expect(try place.text(0).contains("observations_20"))
            #expect(try await lab.pool.query("select count(*) from flotilla.observations_default").only().int8(0) == 0)
        }
    }

    @Test func `an impossible setting is refused with the reason, and the documents say so`() async throws {
        try await OperatorLab.run { lab in
            let answer = await lab("retention set --class observations --days 30 --reason disk")
            #expect(answer.code == .refused)
            let page = try #require(Documents.text("lifecycle.md"))
            #expect(
                page.contains(answer.error.trimmed),
                "docs/lifecycle.md shows another sentence than \(answer.error)"
            )
            #expect(await lab("retention set --class observations --days 200 --reason disk").code == .ok)
            let shown = try await lab("retention show --json").json
            #expect(shown.array?.first { $0["class"]?.string == "observations" }?["days"]?.int64 == 200)
        }
    }

    @Test func `the report says what is kept, what went, what is held and what was erased`() async throws {
        try await OperatorLab.run { lab in
            try await Self.age(lab)
            #expect(await lab("retention run").code == .ok)
            #expect(await lab("retention hold --account 1 --reason case").code == .ok)
            let report = try await lab("retention report --json").json
            #expect(report["dropped"]?.array?.count == 2)
            #expect(report["holds"]?.array?.count == 1)
            #expect(report["kept"]?.array?.count ?? 0 >= RetentionClass.allCases.count + 5)
            #expect(report["stored"]?.array?.count == 7)
            #expect(await lab("retention report").output.contains("observations_2025_01"))
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
