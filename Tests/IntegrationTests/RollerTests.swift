import Adapters
import Configuration
import FleetCore
import Postgres
import Runtime
import TestSupport
import Testing

/// Roll-ups as aggregators compute them, over a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct RollerTests {
    static let zone = PlatformName.instagram.dayZone

    /// A workspace with some accounts, and results about them and their posts.
    struct World {
        let lab: OperatorLab
        let workspace: Int64
        let accounts: [Int64]

        init(_ lab: OperatorLab, accounts count: Int = 1, connected: Instant) async throws {
            #expect(
                await lab("accounts seed --count \(count) --platform instagram --without-credentials").code == .ok
            )
            try await lab.pool.query(
                "update flotilla.accounts set created_at = $1",
                [.timestamp(connected.microseconds)]
            )
            let rows = try await lab.pool.query("select id, workspace_id from flotilla.accounts order by id")
            (self.lab, workspace) = (lab, try rows[0].int8(1))
            accounts = try rows.map { try $0.int8(0) }
        }

        func result(_ number: Int, _ account: Int64, at fetched: Instant, _ readings: [Reading] = []) -> JobResult {
            JobResult(
                job: OperatorLab.id(number),
                platform: .instagram,
                account: account,
                workspace: workspace,
                enqueuedAt: fetched,
                fetchedAt: fetched,
                apiVersion: "v25.0",
                requests: 1,
                readings: readings
            )
        }

        func store(_ results: JobResult...) async throws { try await store(results) }
        func store(_ results: [JobResult]) async throws {
            _ = try await ResultStore(pool: lab.pool).store(results, shard: 0)
        }

        func roll() async throws { try await RollupStore(pool: lab.pool).drain() }

        /// One figure of a view, as text; nil when there is none.
        func cell(_ condition: String, _ column: String = "value") async throws -> String? {
            try await lab.pool.query(
                Statement(dynamic: "select (\(column))::text from flotilla.rollup_cells where \(condition)")
            ).first?.optionalText(0)
        }

        func group(_ condition: String, _ column: String = "value") async throws -> String? {
            try await lab.pool.query(
                Statement(dynamic: "select (\(column))::text from flotilla.workspace_rollup_cells where \(condition)")
            ).first?.optionalText(0)
        }

        /// All roll-ups, less their generations, which count how often they changed; posts by the platform's ids, as our
        /// numbers follow the order of arrival.
        func contents() async throws -> [String] {
            try await lab.pool.query(
                """
                select (to_jsonb(r) - 'generation' - 'subject_id' - 'changed_at')::text || coalesce(p.external_id, '') as t
                from flotilla.rollups r left join flotilla.posts p on p.id = r.subject_id
                union all
                select (to_jsonb(r) - 'generation' - 'changed_at')::text from flotilla.workspace_rollups r
                order by t
                """
            ).map { try $0.text(0) }
        }

        /// What there is still to do.
        func dirt() async throws -> Int64 {
            try await lab.pool.query(
                "select (select count(*) from flotilla.dirty_days) + (select count(*) from flotilla.dirty_groups)"
            ).only().int8(0)
        }
    }

    static func world(
        accounts: Int = 1,
        connected: Instant = Instant("2026-01-01T00:00:00Z")!,
        _ body: (World) async throws -> Void
    ) async throws {
        try await OperatorLab.run { lab in
            try await body(try await World(lab, accounts: accounts, connected: connected))
            let (code, report) = try await lab.audit()
            #expect(code == .ok, "\(report)")
        }
    }

    static func window(_ day: String, _ values: [MetricID: Int64]) -> Reading {
        let metrics = values.keys.sorted()
        return Reading(
            period: .day,
            start: .date(CivilDate(day)!),
            metrics: metrics,
            values: metrics.map { values[$0]! }
        )
    }

    static func moment(_ period: Period, _ time: Instant, _ values: [MetricID: Int64]) -> Reading {
        let metrics = values.keys.sorted()
        return Reading(period: period, start: .moment(time), metrics: metrics, values: metrics.map { values[$0]! })
    }

    // MARK: Platforms

    @Test func `notes about a platform that this program does not know yet wait until it does`() async throws {
        try await Self.world { world in
            let day = Self.window("2026-11-18", [.views: 300])
            try await world.store(world.result(1, world.accounts[0], at: Instant("2026-11-30T12:00:00Z")!, [day]))
            let pool = world.lab.pool
            try await pool.query("update flotilla.accounts set platform = 'blog_of_later'")
            func count(_ what: String) async throws -> Int64 {
                try await pool.query(Statement(dynamic: "select count(*) from flotilla.\(what)")).only().int8(0)
            }
            try await world.roll()
            #expect(try await count("dirty_days") == 1)
            #expect(try await count("rollups where grain > 1") == 0)
            try await pool.query(
                """
                select flotilla.add_source(w.id, 'blog_of_later', 'America/Los_Angeles', interval '48 hours', null)
                from flotilla.workspaces w
                """
            )
            try await world.roll()
            #expect(try await count("dirty_days") == 0)
            #expect(try await count("dirty_groups") == 0)
            #expect(try await count("rollups where grain > 1") == 2)
            #expect(try await count("workspace_rollups") == 3)
        }
    }

    // MARK: Lengths

    @Test func `days become weeks and months, with coverage, engagement and rates of sums`() async throws {
        try await Self.world { world in
            let fetched = Instant("2026-11-30T12:00:00Z")!
            try await world.store(
                world.result(
                    1,
                    world.accounts[0],
                    at: fetched,
                    [
                        Self.window("2026-11-16", [.views: 100, .likes: 3, .comments: 2]),
                        Self.window("2026-11-18", [.views: 300, .likes: 10, .comments: 5]),
                    ]
                )
            )
            try await world.roll()
            let week = "grain = 'week' and day = '2026-11-16' and metric = "
            #expect(try await world.cell(week + "'views'") == "400")
            #expect(try await world.cell(week + "'views'", "days") == "2")
            #expect(try await world.cell(week + "'views'", "expected") == "7")
            #expect(try await world.cell(week + "'engagement_total'") == "20")
            #expect(try await world.cell(week + "'engagement_rate_by_views'") == "50000000000000", "20 of 400")
            let day = "grain = 'day' and day = '2026-11-18' and metric = 'engagement_rate_by_views'"
            #expect(try await world.cell(day, "sum || '/' || weight") == "15/300")
            #expect(try await world.cell("grain = 'month' and day = '2026-11-01' and metric = 'views'") == "400")
            #expect(try await world.cell("grain = 'day' and metric = 'views'", "count(*)") == "2")
        }
    }

    @Test(arguments: [("sunday", "2026-11-15", "week_from_sunday"), ("saturday", "2026-11-14", "week_from_saturday")])
    func `weeks begin as the workspace says, also when it changes its mind`(
        setting: (name: String, first: String, grain: String)
    ) async throws {
        try await Self.world { world in
            let fetched = Instant("2026-11-30T12:00:00Z")!
            try await world.store(
                world.result(
                    1,
                    world.accounts[0],
                    at: fetched,
                    [
                        Self.window("2026-11-15", [.views: 1]), Self.window("2026-11-16", [.views: 10]),
                    ]
                )
            )
            try await world.roll()
            #expect(try await world.cell("grain = 'week' and day = '2026-11-16' and metric = 'views'") == "10")
            try await world.lab.pool.query(
                Statement(dynamic: "update flotilla.workspaces set week_start = '\(setting.name)'")
            )
            try await world.roll()
            let condition = "grain = '\(setting.grain)' and day = '\(setting.first)' and metric = 'views'"
            #expect(try await world.cell(condition) == "11")
            #expect(try await world.group(condition) == "11")
        }
    }

    @Test(arguments: [("2026-03-08", Int64(23)), ("2026-11-01", Int64(25))])
    func `the days on which clocks change have their own length`(day: (name: String, hours: Int64)) async throws {
        try await Self.world { world in
            let (start, end) = (
                Self.zone.startOfDay(CivilDate(day.name)!), Self.zone.endOfDay(CivilDate(day.name)!)
            )
            #expect(end - start == .seconds(day.hours * 3600))
            for (number, moment) in [start - .seconds(60), end - .seconds(60), end + .seconds(60)].enumerated() {
                try await world.store(
                    world.result(
                        number,
                        world.accounts[0],
                        at: moment,
                        [
                            Self.moment(.lifetime, moment, [.views: Int64(number + 1) * 100])
                        ]
                    )
                )
            }
            try await world.roll()
            let cell = "grain = 'day' and day = '\(day.name)' and metric = 'views'"
            #expect(try await world.cell(cell) == "100")
            #expect(try await world.cell(cell, "extract(epoch from end_at - start_at)::int / 3600") == "\(day.hours)")
            #expect(try await world.cell(cell, "state") == "settled")
        }
    }

    @Test func `distinct people of a week are the platform's figure when it has one, else bounds`() async throws {
        try await Self.world { world in
            let fetched = Instant("2026-11-30T12:00:00Z")!
            let days = [Self.window("2026-11-16", [.reach: 80]), Self.window("2026-11-17", [.reach: 70])]
            try await world.store(world.result(1, world.accounts[0], at: fetched, days))
            try await world.roll()
            let week = "grain = 'week' and day = '2026-11-16' and metric = 'reach'"
            #expect(try await world.cell(week) == nil)
            #expect(try await world.cell(week, "flags::text || maximum || '-' || sum") == "{undefined,bounded}80-150")
            let native = Reading(
                period: .week,
                start: .date(CivilDate("2026-11-22")!),
                metrics: [.reach],
                values: [120]
            )
            try await world.store(world.result(2, world.accounts[0], at: fetched, [native]))
            try await world.roll()
            #expect(try await world.cell(week) == "120")
            #expect(try await world.cell(week, "flags") == "{native}")
            // A week that ends on another day says nothing of this one.
            let other = Reading(period: .week, start: .date(CivilDate("2026-11-19")!), metrics: [.reach], values: [999])
            try await world.store(world.result(3, world.accounts[0], at: fetched, [other]))
            try await world.roll()
            #expect(try await world.cell(week) == "120")
        }
    }

    // MARK: Posts

    @Test func `posts count on the day of their publication and gain from then on`() async throws {
        try await Self.world { world in
            let published = Instant("2026-11-18T20:00:00Z")!
            var listing = world.result(1, world.accounts[0], at: published + .seconds(600))
            listing.collect = .posts
            listing.posts = [
                DiscoveredPost(externalID: "new", publishedAt: published, kind: .reel),
                DiscoveredPost(externalID: "old", publishedAt: Instant("2025-06-01T00:00:00Z")!),
                DiscoveredPost(externalID: "undated"),
            ]
            try await world.store(listing)
            for (number, hours) in [1, 3].enumerated() {
                let moment = published + .seconds(hours * 3600)
                var result = world.result(10 + number, world.accounts[0], at: moment)
                result.collect = .postMetrics
                result.postReadings = ["new", "old", "undated"].map { post in
                    PostReadings(
                        post: post,
                        readings: [Self.moment(.lifetime, moment, [.views: Int64(hours) * 50, .likes: 3])]
                    )
                }
                try await world.store(result)
            }
            try await world.roll()
            let posts = "level = 'posts' and grain = 'day' and day = '2026-11-18' and metric = "
            #expect(try await world.cell(posts + "'posts_published'") == "1")
            #expect(try await world.cell(posts + "'views'") == "350", "150 of the new one, 100 seen of each other")
            #expect(
                try await world.cell("level = 'posts' and grain = 'day' and day = '2025-05-31'", "value") == "1"
            )
            #expect(
                try await world.group("level = 'posts' and grain = 'month' and day = '2026-11-01' and metric = 'views'")
                    == "350"
            )
            let hours = "level = 'subject' and grain = 'hour' and metric = 'views'"
            let gains = try await world.cell(hours, "string_agg(value::text, ' ' order by start_at, value)")
            #expect(gains == "50 100 100 100", "both readings of the new one, the second of the others")
            // Somebody tells later when the third was published.
            listing = world.result(20, world.accounts[0], at: published + .seconds(9000))
            listing.collect = .posts
            listing.posts = [DiscoveredPost(externalID: "undated", publishedAt: published)]
            try await world.store(listing)
            try await world.roll()
            #expect(try await world.cell(posts + "'posts_published'") == "2")
            #expect(try await world.cell(posts + "'views'") == "400")
        }
    }

    @Test func `a total read at midnight stays in the day that it closes when its windows are read again`() async throws
    {
        try await Self.world { world in
            let midnight = Self.zone.endOfDay(CivilDate("2026-11-18")!)
            for (number, moment) in [midnight - .seconds(90_000), midnight].enumerated() {
                let total = Self.moment(.lifetime, moment, [.likes: Int64(number + 1) * 40])
                try await world.store(world.result(number, world.accounts[0], at: moment, [total]))
            }
            for number in 2...3 {
                let window = Self.window("2026-11-18", [.views: Int64(number) * 100])
                let fetched = midnight + .seconds(number * 100_000)
                try await world.store(world.result(number, world.accounts[0], at: fetched, [window]))
                try await world.roll()
                let day = "grain = 'day' and day = '2026-11-18' and metric = "
                #expect(try await world.cell(day + "'views'") == "\(number * 100)")
                #expect(try await world.cell(day + "'likes'") == "40")
            }
        }
    }

    // MARK: Workspaces

    @Test func `a workspace adds up its accounts, and expects those without figures`() async throws {
        try await Self.world(accounts: 3) { world in
            let fetched = Instant("2026-11-30T12:00:00Z")!
            for (number, account) in world.accounts.prefix(2).enumerated() {
                try await world.store(
                    world.result(
                        number,
                        account,
                        at: fetched,
                        [
                            Self.window("2026-11-16", [.views: 100 + Int64(number), .reach: 10])
                        ]
                    )
                )
            }
            try await world.roll()
            let day = "grain = 'day' and day = '2026-11-16' and metric = 'views'"
            #expect(try await world.group(day) == "201")
            #expect(try await world.group(day, "days || '/' || expected") == "2/3")
            #expect(try await world.group("grain = 'week' and metric = 'views'", "days || '/' || expected") == "2/21")
            // One more account, connected before that day.
            #expect(await world.lab("accounts seed --count 1 --platform instagram --without-credentials").code == .ok)
            try await world.lab.pool.query("update flotilla.accounts set created_at = '2026-01-01'")
            try await world.roll()
            #expect(try await world.group(day, "days || '/' || expected") == "2/4")
            // One goes: nothing of it stays.
            let gone = world.accounts[0]
            try await world.lab.pool.query("delete from flotilla.rollups where account_id = $1", [.int8(gone)])
            try await world.lab.pool.query("delete from flotilla.current_values where subject_id = $1", [.int8(gone)])
            try await world.lab.pool.query("delete from flotilla.observations where subject_id = $1", [.int8(gone)])
            try await world.lab.pool.query("delete from flotilla.jobs where account_id = $1", [.int8(gone)])
            try await world.lab.pool.query("delete from flotilla.accounts where id = $1", [.int8(gone)])
            try await world.roll()
            #expect(try await world.group(day) == "101")
            #expect(try await world.group(day, "days || '/' || expected") == "1/3")
        }
    }

    // MARK: Faults

    /// Results of three accounts over two weeks: windows that are restated, levels, totals, posts.
    private static func results(_ world: World, _ generator: inout SeededGenerator) -> [JobResult] {
        var results: [JobResult] = []
        var totals: [String: Int64] = [:]
        let first = [CivilDate("2026-03-01")!, CivilDate("2026-10-25")!].randomElement(using: &generator)!
        for day in first..<first + 14 {
            for account in world.accounts {
                let now = Self.zone.startOfDay(day) + .seconds(Int.random(in: 0..<80_000, using: &generator))
                var result = world.result(results.count, account, at: now)
                result.collect = .posts
                for back in 1...3 where Bool.random(using: &generator) {
                    let views = Int64.random(in: 100...200, using: &generator)
                    let values: [MetricID: Int64] = [.views: views, .reach: views / 2, .likes: 5]
                    result.readings.append(Self.window((day - back).description, values))
                }
                if Bool.random(using: &generator) {
                    let level = Int64.random(in: 90...99, using: &generator)
                    result.readings.append(Self.moment(.instant, now, [.followers: level]))
                }
                result.posts = [
                    DiscoveredPost(externalID: "p\(account)-\(day)", publishedAt: now - .seconds(600), kind: .image)
                ]
                for post in totals.keys.sorted() where post.hasPrefix("p\(account)-") && Bool.random(using: &generator)
                {
                    totals[post]! += Int64.random(in: -5...50, using: &generator)
                    let reading = Self.moment(.lifetime, now, [.views: totals[post]!, .likes: 4])
                    result.postReadings.append(PostReadings(post: post, readings: [reading]))
                }
                totals["p\(account)-\(day)"] = 10
                results.append(result)
            }
        }
        return results
    }

    /// The database refuses every so-manieth row of roll-ups while the flag is up.
    private static func arm(_ pool: Pool) async throws {
        try await pool.withConnection { connection in
            try await connection.execute(
                script: """
                    create table public.faults (level float8 not null);
                    insert into public.faults values (0);
                    create function public.fail() returns trigger language plpgsql as $$
                    begin
                        if random() < (select level from public.faults) then raise exception 'a fault on purpose'; end if;
                        return new;
                    end $$;
                    create trigger fail before insert or update on flotilla.rollups
                        for each row execute function public.fail();
                    create trigger fail before insert or update on flotilla.workspace_rollups
                        for each row execute function public.fail();
                    """
            )
        }
    }

    @Test(arguments: 0..<4)
    func `late, shuffled, repeated and restated results with faults between give the same rows`(seed: Int) async throws
    {
        var contents: [[String]] = []
        for chaos in [false, true] {
            try await Self.world(accounts: 3, connected: Instant("2026-03-03T00:00:00Z")!) { world in
                var generator = SeededGenerator(seed: UInt64(seed))
                let results = Self.results(world, &generator)
                guard chaos else {
                    try await world.store(results)
                    try await world.roll()
                    contents.append(try await world.contents())
                    return
                }
                try await Self.arm(world.lab.pool)
                var deliveries = results + results.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
                deliveries.shuffle(using: &generator)
                var failures = 0
                while !deliveries.isEmpty {
                    let batch = Array(deliveries.prefix(Int.random(in: 1...12, using: &generator)))
                    deliveries.removeFirst(batch.count)
                    try await world.store(batch)
                    try await world.lab.pool.query("update public.faults set level = 0.02")
                    let store = RollupStore(pool: world.lab.pool, limit: Int.random(in: 1...20, using: &generator))
                    do { _ = try await store.sweep() } catch { failures += 1 }
                    try await world.lab.pool.query("update public.faults set level = 0")
                }
                #expect(failures > 0)
                try await world.roll()
                contents.append(try await world.contents())
            }
        }
        #expect(contents[0].count > 100)
        let difference = Set(contents[0]).symmetricDifference(contents[1])
        #expect(difference.isEmpty, "\(difference.count) rows, for example \(difference.sorted().prefix(4))")
    }

    @Test func `several rollers at once do each piece of work once and come to the same`() async throws {
        try await Self.world(accounts: 40) { world in
            var generator = SeededGenerator(seed: 1)
            let results = Self.results(world, &generator)
            let pool = Pool(
                address: try PostgresAddress(url: world.lab.url),
                size: 4,
                name: "rollers",
                logger: Logger(label: "test")
            )
            try await world.store(Array(results.prefix(300)))
            let store = RollupStore(pool: pool, limit: 7)
            async let writing: Void = world.store(Array(results.dropFirst(300)))
            let taken = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        var taken = 0
                        while try await store.isDirty() { taken += try await store.sweep().taken }
                        return taken
                    }
                }
                return try await group.reduce(0, +)
            }
            try await writing
            #expect(taken > 0)
            try await store.drain()
            await pool.close()
            let generations = try await world.lab.pool.query(
                "select max(generation) from flotilla.rollups where level = 0 and grain = 3"
            ).only().int4(0)
            #expect(generations < 200)
            #expect(try await world.dirt() == 0)
        }
    }

    @Test func `what did not change is not written again`() async throws {
        try await Self.world { world in
            let fetched = Instant("2026-11-30T12:00:00Z")!
            let reading = Self.window("2026-11-16", [.views: 100])
            try await world.store(world.result(1, world.accounts[0], at: fetched, [reading]))
            try await world.roll()
            // The same figures, fetched later: the day was settled before.
            try await world.store(world.result(2, world.accounts[0], at: fetched + .seconds(60), [reading]))
            #expect(try await world.dirt() > 0)
            try await world.roll()
            let changed = try await world.lab.pool.query(
                "select count(*) from flotilla.rollups where generation > 1"
            ).only().int8(0)
            #expect(changed == 0)
        }
    }
}
