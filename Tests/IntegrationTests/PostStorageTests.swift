import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

/// Posts, their readings and metrics in parts, as an aggregator stores them.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct PostStorageTests {
    static let start = Instant("2026-11-18T09:00:00Z")!

    /// One account in a sandbox, and results about its posts.
    struct World {
        let lab: OperatorLab
        let account: Int64
        let workspace: Int64

        init(_ lab: OperatorLab) async throws {
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            let row = try await lab.pool.query(
                "select id, workspace_id from flotilla.accounts order by id desc limit 1"
            ).only()
            (self.lab, account, workspace) = (lab, try row.int8(0), try row.int8(1))
        }

        func result(
            _ number: Int,
            _ collect: CollectionKind = .postMetrics,
            hours: Int = 0,
            seen: [String] = [],
            missed: [String] = [],
            listed: [DiscoveredPost] = []
        ) -> JobResult {
            let fetched = start + .seconds(hours * 3600)
            var result = JobResult(
                job: OperatorLab.id(number),
                platform: .instagram,
                account: account,
                workspace: workspace,
                collect: collect,
                enqueuedAt: fetched,
                fetchedAt: fetched,
                apiVersion: "v25.0",
                requests: 1,
                readings: []
            )
            result.posts = listed
            result.postReadings = seen.map { post in
                let value = Int64(hours + 1) * 10
                return PostReadings(
                    post: post,
                    readings: [
                        Reading(
                            period: .lifetime,
                            start: .moment(fetched),
                            metrics: [.views, .likes],
                            values: [value, 2]
                        )
                    ]
                )
            }
            result.missingPosts = missed
            return result
        }

        @discardableResult
        func store(_ results: JobResult...) async throws -> ResultStore.Summary {
            try await ResultStore(pool: lab.pool).store(results, shard: 0)
        }

        /// State of each post by the platform's id.
        func states() async throws -> [String: String] {
            let rows = try await lab.pool.query("select external_id, state from flotilla.posts")
            return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text(0), try $0.text(1)) })
        }

        /// Everything stored, in one canonical text.
        func contents() async throws -> String {
            try await lab.pool.query(
                """
                select concat_ws('|',
                    (select string_agg(p::text, ',' order by p.id) from flotilla.posts p),
                    (select string_agg(o::text, ',' order by o::text) from flotilla.observations o),
                    (select string_agg(c::text, ',' order by c::text) from flotilla.current_values c),
                    (select string_agg(r::text, ',' order by r::text) from flotilla.rollups r),
                    (select string_agg(b::text, ',' order by b::text) from flotilla.breakdowns b))
                """
            ).only().text(0)
        }
    }

    static func world(_ body: (World) async throws -> Void) async throws {
        try await OperatorLab.run { lab in
            try await body(try await World(lab))
            // Whatever a test stored must be sound.
            let (code, report) = try await lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    @Test func `a listed post becomes a subject with a number, once, however often it is listed`() async throws {
        try await Self.world { world in
            let listed = [
                DiscoveredPost(externalID: "a", publishedAt: Self.start, kind: .reel),
                DiscoveredPost(externalID: "b"),
            ]
            try await world.store(world.result(1, .posts, listed: listed), world.result(2, .posts, listed: listed))
            try await world.store(world.result(3, .posts, hours: 1, listed: listed))
            let rows = try await world.lab.pool.query(
                "select id, account_id, workspace_id, kind, published_at from flotilla.posts order by external_id"
            )
            #expect(rows.count == 2)
            #expect(try rows.map { try $0.text(3) } == ["reel", "post"])
            #expect(try rows[0].int8(1) == world.account && rows[0].int8(2) == world.workspace)
            #expect(try rows[0].int8(0) > world.account)
            #expect(try rows[0].timestamp(4) == Self.start.microseconds && rows[1].isNull(4))
        }
    }

    @Test func `a later listing fills in what an earlier one did not say`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, .posts, seen: ["a"]))
            let whole = [DiscoveredPost(externalID: "a", publishedAt: Self.start, kind: .video)]
            try await world.store(world.result(2, .posts, listed: whole))
            let plain = [DiscoveredPost(externalID: "a")]
            try await world.store(world.result(3, .posts, listed: plain))
            let row = try await world.lab.pool.query("select kind, published_at from flotilla.posts").only()
            #expect(try row.text(0) == "video" && row.timestamp(1) == Self.start.microseconds)
        }
    }

    @Test func `readings of posts are stored under their numbers, lifetime totals without a rollup`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, seen: ["a", "b"]), world.result(2, hours: 5, seen: ["a"]))
            var daily = world.result(3, hours: 6)
            daily.postReadings = [
                PostReadings(
                    post: "a",
                    readings: [
                        Reading(period: .day, start: .date(CivilDate("2026-11-17")!), metrics: [.views], values: [7])
                    ]
                )
            ]
            try await world.store(daily)
            let pool = world.lab.pool
            let counts = try await pool.query(
                """
                select (select count(*) from flotilla.observations), (select count(*) from flotilla.current_values),
                    (select count(*) from flotilla.rollups), (select count(*) from flotilla.current_values c
                        join flotilla.posts p on p.id = c.subject_id where p.external_id = 'a' and c.period = 5)
                """
            ).only()
            #expect(try (0..<4).map { try counts.int8($0) } == [4, 4, 1, 2])
            let rollup = try await pool.query(
                "select r.value from flotilla.daily_rollups r join flotilla.posts p on p.id = r.subject_id"
            ).only()
            #expect(try rollup.int8(0) == 7)
        }
    }

    @Test func `a result that comes again changes nothing`() async throws {
        try await Self.world { world in
            var whole = world.result(1, .posts, seen: ["a"], listed: [DiscoveredPost(externalID: "b")])
            whole.breakdowns = [Self.audience(["DE": 3])]
            try await world.store(whole, world.result(2, missed: ["b"]))
            let before = try await world.contents()
            let summary = try await world.store(whole, world.result(2, missed: ["b"]))
            #expect(summary.repeated == 2 && summary.recorded == 0)
            try await world.store(whole)
            #expect(try await world.contents() == before)
        }
    }

    @Test func `a post is missing after one miss and gone after a second a day later`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, seen: ["a", "b"]))
            try await world.store(world.result(2, hours: 1, seen: ["b"], missed: ["a"]))
            #expect(try await world.states() == ["a": "missing", "b": "active"])
            try await world.store(world.result(3, hours: 24, seen: ["b"], missed: ["a"]))
            #expect(try await world.states()["a"] == "missing", "23 hours are not a day")
            try await world.store(world.result(4, hours: 25, seen: ["b"], missed: ["a"]))
            #expect(try await world.states() == ["a": "gone", "b": "active"])
            let kept = try await world.lab.pool.query("select count(*) from flotilla.observations").only()
            #expect(try kept.int8(0) == 5, "what was read stays")
        }
    }

    @Test func `a post that is seen again is active, even from gone`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, seen: ["a", "b"]))
            try await world.store(world.result(2, hours: 1, seen: ["b"], missed: ["a"]))
            try await world.store(world.result(3, hours: 26, seen: ["b"], missed: ["a"]))
            #expect(try await world.states()["a"] == "gone")
            try await world.store(world.result(4, hours: 27, seen: ["a"]))
            #expect(try await world.states()["a"] == "active")
            // The way to gone begins anew.
            try await world.store(world.result(5, hours: 30, seen: ["b"], missed: ["a"]))
            #expect(try await world.states()["a"] == "missing")
            try await world.store(world.result(6, .posts, hours: 31, listed: [DiscoveredPost(externalID: "a")]))
            #expect(try await world.states()["a"] == "active")
        }
    }

    @Test func `when no post of the account is readable, none is declared gone`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, seen: ["a", "b"]))
            for (number, hours) in [(2, 1), (3, 26), (4, 60)] {
                try await world.store(world.result(number, hours: hours, missed: ["a", "b"]))
            }
            #expect(try await world.states() == ["a": "missing", "b": "missing"])
        }
    }

    @Test func `the only post of an account is gone after two misses`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, seen: ["a"]))
            try await world.store(world.result(2, hours: 1, missed: ["a"]))
            try await world.store(world.result(3, hours: 25, missed: ["a"]))
            #expect(try await world.states() == ["a": "gone"])
        }
    }

    @Test func `late news changes no later state`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, hours: 5, seen: ["a", "b"]))
            try await world.store(world.result(2, hours: 1, missed: ["a"]))
            #expect(try await world.states()["a"] == "active", "it was read after that miss")
            try await world.store(world.result(3, hours: 8, missed: ["a"]))
            try await world.store(world.result(4, hours: 6, seen: ["a"]))
            #expect(try await world.states()["a"] == "missing", "it was missed after that reading")
            // Both in one batch: the later decides.
            try await world.store(world.result(5, hours: 9, seen: ["b"]), world.result(6, hours: 10, missed: ["b"]))
            #expect(try await world.states()["b"] == "missing")
            try await world.store(world.result(7, hours: 12, seen: ["b"]), world.result(8, hours: 11, missed: ["b"]))
            #expect(try await world.states()["b"] == "active")
        }
    }

    @Test func `a miss of a post that nobody knows makes none`() async throws {
        try await Self.world { world in
            try await world.store(world.result(1, missed: ["never seen"]))
            #expect(try await world.states().isEmpty)
        }
    }

    static func audience(_ parts: [String: Int64], post: String? = nil) -> Breakdown {
        Breakdown(
            post: post,
            period: .lifetime,
            start: .moment(start),
            metric: .followers,
            dimensions: ["country"],
            parts: parts.sorted { $0.key < $1.key }.map { .init(names: [$0.key], value: $0.value) }
        )
    }

    @Test func `of parts the newest fetch is shown and every fetch is kept`() async throws {
        try await Self.world { world in
            var (old, new, other) = (
                world.result(1, .demographics, hours: 1), world.result(2, .demographics, hours: 2),
                world.result(3, hours: 3, seen: ["a"])
            )
            old.breakdowns = [Self.audience(["DE": 3, "FR": 4])]
            new.breakdowns = [Self.audience(["DE": 5])]
            other.breakdowns = [Self.audience(["US": 9], post: "a"), Self.audience(["CA": 1], post: "b")]
            try await world.store(new)
            try await world.store(old, other)
            let rows = try await world.lab.pool.query(
                """
                select b.names[1], b.value, coalesce(p.external_id, '') from flotilla.breakdown_parts b
                left join flotilla.posts p on p.id = b.subject_id order by 1
                """
            )
            let shown = try rows.map { "\(try $0.text(0)) \(try $0.int8(1)) \(try $0.text(2))" }
            #expect(shown == ["CA 1 b", "DE 5 ", "US 9 a"])
            let kept = try await world.lab.pool.query("select count(*) from flotilla.breakdowns").only().int8(0)
            #expect(kept == 4)
            let (_, report) = try await world.lab.audit()
            #expect(report["breakdowns"]?.int64 == 4 && report["posts"]?.int64 == 2)
        }
    }

    @Test func `words of parts are kept as they came`() async throws {
        try await Self.world { world in
            let words = ["", "NULL", "a,b", "a\"b", "back\\slash", "{x}", " é\n"]
            var result = world.result(1, .demographics, hours: 1)
            result.breakdowns = [Self.audience(Dictionary(uniqueKeysWithValues: words.map { ($0, 1) }))]
            try await world.store(result)
            let rows = try await world.lab.pool.query("select names[1] from flotilla.breakdown_parts")
            #expect(Set(try rows.map { try $0.text(0) }) == Set(words))
        }
    }

    @Test(arguments: [
        ("insert into flotilla.breakdowns select * from flotilla.breakdowns", "twice"),
        ("update flotilla.current_values set \"values\"[1] = 99 where period = 5", "different"),
        ("delete from flotilla.jobs", "different"),
        ("update flotilla.breakdowns set job_id = flotilla.uuid_v7()", "different"),
        (
            """
            with w as (insert into flotilla.workspaces (name) values ('other') returning id)
            update flotilla.posts set workspace_id = w.id from w
            """, "different"
        ),
        (
            "update flotilla.observations set fetched_at = fetched_at + interval '1 h' where subject_id <> 1",
            "different"
        ),
    ])
    func `damage to posts and parts is found`(damage: (sql: String, kind: String)) async throws {
        try await OperatorLab.run { lab in
            let world = try await World(lab)
            var result = world.result(1, seen: ["a"])
            result.breakdowns = [Self.audience(["DE": 3])]
            try await world.store(result)
            #expect(try await lab.pool.query(Statement(dynamic: damage.sql)).affected > 0)
            let (code, report) = try await lab.audit()
            #expect(code == .failed)
            #expect(report[damage.kind]?.int64 ?? 0 >= 1, "\(report)")
        }
    }

    @Test func `many batches at once about many posts make each once and never lock each other out`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 8 --platform instagram --without-credentials").code == .ok)
            let world = try await World(lab)
            let accounts = try await lab.pool.query("select id from flotilla.accounts order by id")
                .map { try $0.int8(0) }
            let wide = Pool(
                address: try PostgresAddress(url: lab.url),
                size: 4,
                name: "post-storage",
                logger: Logger(label: "post-storage")
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for shard in 0..<4 {
                    group.addTask {
                        for round in 0..<6 {
                            // Two writers of a shard may overlap when one takes over from the other.
                            let results = (0..<10).map { step in
                                var result = world.result(
                                    shard % 2 * 1000 + round * 100 + step,
                                    hours: round,
                                    seen: (0..<20).map { "p\(($0 * 7 + step) % 30)" }.reversed()
                                )
                                result.account = accounts[shard % 2 * 4 + step % 4]
                                return result
                            }
                            _ = try await ResultStore(pool: wide).store(results, shard: shard % 2)
                        }
                    }
                }
                try await group.waitForAll()
            }
            await wide.close()
            let row = try await lab.pool.query(
                "select count(*), count(distinct (account_id, external_id)), count(distinct id) from flotilla.posts"
            ).only()
            #expect(try row.int8(0) > 100)
            #expect(try row.int8(0) == row.int8(1) && row.int8(1) == row.int8(2))
            let (code, report) = try await lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    @Test func `posts of an account that is gone are not made, and their batch is stored all the same`() async throws {
        try await OperatorLab.run { lab in
            let world = try await World(lab)
            var stray = world.result(1, seen: ["a"])
            stray.account = 999_999
            let summary = try await world.store(stray, world.result(2, seen: ["b"]))
            #expect(summary.recorded == 2)
            #expect(try await world.states() == ["b": "active"])
        }
    }
}

/// Synthetic data stays in sandboxes.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct SandboxTests {
    @Test func `a simulator's numbers for a workspace that is no sandbox go to the dead letters`() async throws {
        try await OperatorLab.run { lab in
            try await lab.pool.query("insert into flotilla.workspaces (name) values ('real')")
            try await lab.pool.query(
                """
                insert into flotilla.accounts (workspace_id, platform, external_id)
                select id, 'instagram', '17841' from flotilla.workspaces where name = 'real'
                """
            )
            let world = try await PostStorageTests.World(lab)
            let row = try await lab.pool.query(
                "select a.id, w.id from flotilla.accounts a join flotilla.workspaces w on w.id = a.workspace_id and w.name = 'real'"
            ).only()
            var (allowed, refused) = (world.result(1, seen: ["a"]), world.result(2, seen: ["b"]))
            (allowed.isSynthetic, refused.isSynthetic) = (true, true)
            (refused.account, refused.workspace) = (try row.int8(0), try row.int8(1))
            let store = ResultStore(pool: lab.pool)
            for _ in 0..<2 {
                #expect(try await store.store([allowed, refused], shard: 0).refused == 1)
            }
            #expect(try await world.states() == ["a": "active"])
            let dead = try await lab.pool.query("select cause, job_id, platform from flotilla.dead_letters").only()
            #expect(try dead.text(0) == "synthetic_refused")
            #expect(try FleetCore.UUID(dead.uuid(1)) == refused.job)
            let ledger = try await lab.pool.query("select state::text from flotilla.jobs order by id").map {
                try $0.text(0)
            }
            #expect(ledger == ["done", "dead"])
            // Real numbers of that workspace are stored.
            refused.isSynthetic = false
            refused.job = OperatorLab.id(3)
            #expect(try await store.store([refused], shard: 0).recorded == 1)
            let (code, report) = try await lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    @Test func `seeding makes a sandbox, and refuses a workspace with real accounts`() async throws {
        try await OperatorLab.run { lab in
            #expect(await lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            #expect(
                try await lab.pool.query("select sandbox from flotilla.workspaces where name = 'demo'").only().bool(0)
            )
            try await lab.pool.query("insert into flotilla.workspaces (name) values ('real')")
            try await lab.pool.query(
                """
                insert into flotilla.accounts (workspace_id, platform, external_id)
                select id, 'instagram', '17841' from flotilla.workspaces where name = 'real'
                """
            )
            let refused = await lab(
                "accounts seed --count 1 --platform instagram --without-credentials --workspace real"
            )
            #expect(refused.code == .refused && refused.error.contains("is no sandbox"))
            await #expect(throws: (any Error).self) {
                try await lab.pool.query("update flotilla.workspaces set sandbox = false where name = 'demo'")
            }
            await #expect(throws: (any Error).self) {
                try await lab.pool.query("update flotilla.workspaces set sandbox = true where name = 'real'")
            }
        }
    }

    @Test func `a worker learns which accounts may be synthetic, and which posts are an account's`() async throws {
        try await OperatorLab.run { lab in
            let world = try await PostStorageTests.World(lab)
            let listed = [
                DiscoveredPost(externalID: "a", publishedAt: PostStorageTests.start, kind: .reel),
                DiscoveredPost(externalID: "b"),
            ]
            try await world.store(world.result(1, .posts, listed: listed))
            let numbers = try await lab.pool.query("select id from flotilla.posts order by external_id").map {
                try $0.int8(0)
            }
            let wide = Pool(
                address: try PostgresAddress(url: lab.url),
                size: 1,
                name: "directory",
                logger: Logger(label: "directory")
            )
            let directory = AccountDirectory(pool: wide, logger: Logger(label: "directory"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await directory.run() }
                #expect(try await directory.access(world.account)?.isSandbox == true)
                let posts = try await directory.posts([numbers[1], 999_999, numbers[0]], of: world.account)
                #expect(posts.map(\.externalID) == ["b", "a"])
                #expect(posts[1].kind == .reel && posts[1].publishedAt == PostStorageTests.start)
                #expect(try await directory.posts(numbers, of: world.account + 1000).isEmpty)
                group.cancelAll()
            }
            await #expect(throws: CancellationError.self) { try await directory.posts(numbers, of: world.account) }
            await wide.close()
        }
    }
}

/// The SQL door with every collection.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct PostDoorTests {
    @Test func `the SQL door takes every collection, and its jobs pass the contract`() async throws {
        try await OperatorLab.run { lab in
            let world = try await PostStorageTests.World(lab)
            try await world.store(world.result(1, seen: ["a", "b"]))
            let account: [Parameter] = [.int8(world.account)]
            for statement: Statement in [
                "select flotilla.enqueue('instagram', $1)",
                "select flotilla.enqueue('instagram', $1, 'account_daily', date '2026-11-17', 'bulk', array['views'])",
                "select flotilla.enqueue('instagram', $1, 'account_daily', days => 30)",
                "select flotilla.enqueue('instagram', $1, 'posts')",
                "select flotilla.enqueue('instagram', $1, 'stories')",
                "select flotilla.enqueue('instagram', $1, 'demographics')",
                "select flotilla.enqueue('instagram', $1, 'credential_refresh')",
                """
                select flotilla.enqueue('instagram', $1, 'post_metrics',
                    posts => (select array_agg(id) from flotilla.posts))
                """,
            ] {
                try await lab.pool.query(statement, account)
            }
            let now = Instant(microseconds: ProcessClock.wallNow)
            let jobs = try await lab.pool.query("select body from flotilla.outbox order by id").map { row in
                try JobContract().read(Array(try row.text(0).utf8), now: now)
            }
            #expect(jobs.map(\.days) == [1, 1, 30, 1, 1, 1, 1, 1])
            #expect(jobs.last?.posts.count == 2 && jobs.last?.collect == .postMetrics)
            #expect(Set(jobs.map(\.collect)) == Set(CollectionKind.allCases))
        }
    }

    @Test(arguments: [
        ("'post_metrics'", "posts must be named"), ("'post_metrics', posts => array[1]::bigint[]", "has no post 1"),
        ("'posts', posts => array[1]::bigint[]", "posts must be named"), ("'everything'", "unknown collection"),
        ("'account_daily', days => 91", "between 1 and 90"), ("'account_daily', days => 0", "between 1 and 90"),
        ("'post_metrics', posts => array[1,1]::bigint[]", "distinct"), ("'posts', days => null", "not be null"),
    ])
    func `the SQL door says what is wrong`(part: String, message: String) async throws {
        try await OperatorLab.run { lab in
            let world = try await PostStorageTests.World(lab)
            do {
                try await lab.pool.query(
                    Statement(dynamic: "select flotilla.enqueue('instagram', \(world.account), \(part))")
                )
                Issue.record("it was accepted")
            } catch {
                #expect("\(error)".contains(message), "\(error)")
            }
            #expect(try await lab.pool.query("select count(*) from flotilla.outbox").only().int8(0) == 0)
        }
    }
}
