import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: OperatorLab.isAvailable)) struct FigureReaderTests {
    private static let day = FigureWorld.day

    /// Results of two weeks: days read again, levels, posts, and skips.
    private static func results(_ world: FigureWorld, using generator: inout SeededGenerator) -> [JobResult] {
        var followers: Int64 = 900
        var likes: [String: Int64] = [:]
        return (0..<14).map { step in
            var days: [Int: [MetricID: Int64]] = [:]
            for back in 0..<3 {
                days[step - back] = [
                    .views: .random(in: 0...500, using: &generator), .likes: .random(in: 0...50, using: &generator),
                    .reach: .random(in: 0...300, using: &generator),
                ]
            }
            followers += .random(in: -10...20, using: &generator)
            for post in ["a", "b", "c"].prefix(1 + step / 4) {
                likes[post, default: 0] += .random(in: -2...9, using: &generator)
            }
            return world.result(
                step + 1,
                hours: step * 24 + .random(in: 1...23, using: &generator),
                days: Bool.random(using: &generator) ? days : [:],
                levels: Bool.random(using: &generator) ? [.followers: followers] : [:],
                posts: Bool.random(using: &generator) ? likes.mapValues { [.likes: $0] } : [:],
                skipped: Bool.random(using: &generator) ? [.init(metric: "saves", reason: "null")] : []
            )
        }
    }

    @Test(arguments: 0..<4)
    func `as of every fetch, figures are those that the store gave when it had heard no more`(seed: Int) async throws {
        try await FigureWorld.run { world in
            var generator = SeededGenerator(seed: UInt64(seed))
            let results = Self.results(world, using: &generator)
            let scopes: [FigureQuestion.Scope] = [
                .subject(world.account), .posts(ofAccount: world.account), .accounts(ofWorkspace: world.workspace),
            ]
            let cut: FigureQuestion.Cut = seed % 2 == 0 ? .grain(.day) : .grain(.weekFromMonday)
            var told: [(moment: Instant, answers: [[FigureSeries]])] = []
            for result in results {
                try await world.store([result])
                var answers: [[FigureSeries]] = []
                for scope in scopes { answers.append(try await world.figures(scope, cut, now: result.fetchedAt)) }
                told.append((result.fetchedAt, answers))
            }
            let late = results.last!.fetchedAt + .seconds(86_400 * 100)
            for (moment, answers) in told {
                for (scope, answer) in zip(scopes, answers) {
                    let asOf = try await world.figures(scope, cut, asOf: moment, now: late)
                    // Posts that were found later are known now; they had no figures then.
                    #expect(asOf.map(\.rows) == answer.map(\.rows), "\(scope) as of \(moment)")
                }
            }
        }
    }

    @Test(arguments: 0..<3)
    func `what is computed for an answer is what is stored, at every length and level`(seed: Int) async throws {
        try await FigureWorld.run { world in
            var generator = SeededGenerator(seed: UInt64(seed) + 100)
            let results = Self.results(world, using: &generator)
            for result in results { try await world.store([result]) }
            try await RollupStore(pool: world.lab.pool).drain()
            let late = results.last!.fetchedAt + .seconds(86_400 * 100)
            var compared = 0
            for grain in [Grain.day, .weekFromMonday, .month, .hour] {
                for (level, scope) in [
                    (0, FigureQuestion.Scope.subject(world.account)), (1, .posts(ofAccount: world.account)),
                ] {
                    let series = try await world.figures(scope, Self.day - 3...Self.day + 16, .grain(grain), now: late)
                    let stored = try await world.lab.pool.query(
                        """
                        select r.start_at, r.state, r.expected, m.name, r."values"[i], coalesce(r.flags[i], 0::smallint)
                        from flotilla.rollups r cross join lateral generate_subscripts(r.metrics, 1) i
                        join flotilla.metric_catalogue m on m.id = r.metrics[i]
                        where r.subject_id = $1 and r.level = $2 and r.grain = $3
                        """,
                        [.int8(world.account), .int2(Int16(level)), .int2(grain.rawValue)]
                    )
                    let computed = series.flatMap(\.rows).flatMap { row in
                        row.figures.compactMap { figure in figure.cell.map { (row, figure.metric, $0) } }
                    }
                    #expect(stored.count == computed.count || level == 1 && grain == .hour, "\(grain) level \(level)")
                    for row in stored {
                        let start = Instant(microseconds: try row.timestamp(0))
                        let name = try row.text(3)
                        let found = computed.first { $0.0.start == start && $0.1.name == name }
                        #expect(try found?.2.value == row.int8(4), "\(grain) \(level) \(start) \(name)")
                        #expect(try found?.2.flags.rawValue == row.int2(5))
                        #expect(try found?.0.state.rawValue == row.int2(1) && found?.0.expected == row.int4(2))
                        compared += 1
                    }
                }
            }
            #expect(compared > 50)
        }
    }

    @Test func `what a result skipped is kept with its reason, and nothing is written for results without skips`()
        async throws
    {
        try await FigureWorld.run { world in
            try await world.store([world.result(1, hours: 30, days: [0: [.views: 5]])])
            let none = try await world.lab.pool.query("select count(*) from flotilla.gap_notes").only().int8(0)
            #expect(none == 0)
            let skipped: [JobResult.Skip] = [
                .init(metric: "reach", reason: "insufficient_data"), .init(metric: "likes", reason: "null"),
                .init(metric: "*", reason: "unparseable", item: "p1"), .init(metric: "x_unknown", reason: "unmapped"),
            ]
            let second = world.result(
                2,
                hours: 80,
                days: [1: [.views: 7]],
                posts: ["p1": [.views: 3]],
                skipped: skipped
            )
            try await world.store([second])
            try await world.store([second])
            let rows = try await world.lab.pool.query(
                "select subject_id = $1, metric, reason, said, job_id from flotilla.gap_notes order by reason",
                [.int8(world.account)]
            )
            #expect(try rows.map { try $0.text(2) } == ["failed", "no_data", "suppressed"])
            #expect(try rows.map { try $0.bool(0) } == [false, true, true] && rows[0].isNull(1))
            let late = second.fetchedAt + .seconds(86_400 * 30)
            let row = try await world.figures(dates: 1, now: late).rows[1]
            #expect(row[.reach]?.state == .suppressed && row[.likes]?.state == .gap(.noData))
            #expect(row[.views]?.state == .synthetic)
        }
    }

    @Test func `a job that died is a gap that failed, for its days and no others`() async throws {
        try await FigureWorld.run { world in
            let job = Job(
                id: OperatorLab.id(9),
                platform: .instagram,
                account: world.account,
                date: Self.day + 1,
                reason: "test",
                enqueuedAt: FigureWorld.zone.endOfDay(Self.day + 1)
            )
            try await world.lab.pool.query(
                """
                insert into flotilla.dead_letters (job_id, account_id, platform, cause, detail, attempt, routing_key, headers,
                    body, identity, dead_at)
                values ($1, $2, 'instagram', 'transient_too_often', '', 5, '', '{}', $3, 'x', '2026-11-22')
                """,
                [.uuid(job.id.parameter), .int8(world.account), .bytes(job.encoded())]
            )
            let late = Instant("2027-03-01T00:00:00Z")!
            let question = FigureQuestion(.subject(world.account), dates: Self.day...Self.day + 2, metrics: [.views])
            let series = try await world.reader.figures(question, now: late)
            let states = series[0].rows.map { $0[.views]?.state }
            #expect(states == [.gap(.unavailable), .gap(.failed), .gap(.unavailable)])
        }
    }

    @Test func `a settled figure that changed is kept once, counted, and listed with both fetches`() async throws {
        try await FigureWorld.run { world in
            let settled = world.result(1, hours: 24 + 50, days: [0: [.views: 1000, .likes: 5]])
            let changed = world.result(2, hours: 24 + 90, days: [0: [.views: 1200, .likes: 6]])
            #expect(try await world.store([settled]).restatements.isEmpty)
            #expect(try await world.store([changed]).restatements.map(\.metric) == [.views])
            #expect(try await world.store([changed]).restatements.isEmpty)
            let found = try await world.reader.restatements(
                of: .account(world.account),
                since: settled.fetchedAt,
                limit: 10
            )
            #expect(found.count == 1 && found[0].before.value == 1000 && found[0].after.source.job == changed.job)
            let listed = await world.lab("metrics restatements --workspace demo --since 2026-11-01 --json")
            try #expect(listed.json[0]?["after"]?["value"]?.int64 == 1200)
        }
    }

    @Test func `a difference report names figure, change and fetch, of accounts and of posts`() async throws {
        try await FigureWorld.run { world in
            let first = world.result(1, hours: 30, days: [0: [.views: 100]], posts: ["a": [.likes: 10]])
            let second = world.result(
                2,
                hours: 60,
                days: [0: [.views: 130], 1: [.views: 7]],
                posts: ["a": [.likes: 25]]
            )
            try await world.store([first])
            try await world.store([second])
            let since = first.fetchedAt.text(.microseconds)
            let answer = await world.lab("metrics diff --account \(world.account) --since \(since) --json")
            let items = try #require(try answer.json.array)
            #expect(items.count == 2, "\(answer.output) \(answer.error)")
            let views = items.first { $0["first"]?.string == "\(Self.day)" }
            #expect(views?["change"]?.int64 == 30 && views?["percent"]?.number == JSONNumber(text: "30"))
            #expect(views?["fetches"]?[0]?["job"]?.string == second.job.description)
            let until = await world.lab("metrics diff --account \(world.account) --since \(since) --until \(since)")
            #expect(until.output.contains("nothing changed") || until.error.contains("nothing changed"))
        }
    }

    @Test func `an explanation of a week goes down to jobs, and as of a moment knows no later fetch`() async throws {
        try await FigureWorld.run { world in
            let first = world.result(1, hours: 30, days: [0: [.views: 100]])
            let second = world.result(2, hours: 90, days: [0: [.views: 130], 1: [.views: 7]])
            try await world.store([first])
            try await world.store([second])
            let line = "explain --account \(world.account) --metric views --date \(Self.day) --grain week"
            let answer = await world.lab("\(line) --json")
            let part = try #require(try answer.json[0])
            #expect(part["figure"]?["value"]?.int64 == 137 && part["bucket"]?.string == "2026-W47")
            let inputs = try #require(part["explanation"]?["inputs"]?.array)
            #expect(inputs.map { $0["value"]?.int64 } == [130, 7])
            let reading = inputs[0]["readings"]?[0]
            #expect(reading?["job"]?.string == second.job.description && reading?["collect"]?.string == "account_daily")
            #expect(reading?["before"]?[0]?["value"]?.int64 == 100)
            #expect(part["checks"]?.array?.count == PlatformPageCheck.Topic.allCases.count)
            let text = await world.lab(line)
            #expect(text.output.contains("130 (2026-11-16) + 7 (2026-11-17) = 137"), "\(text.output)")
            #expect(text.output.contains("was 100"))
            let then = await world.lab("\(line) --as-of \(first.fetchedAt.text(.microseconds)) --json")
            try #expect(then.json[0]?["figure"]?["value"]?.int64 == 100)
            let unknown = await world.lab("explain --account 999 --metric views")
            #expect(unknown.code == .notFound)
        }
    }

    @Test func `days shown as of a moment are those that were known then`() async throws {
        try await FigureWorld.run { world in
            let first = world.result(1, hours: 30, days: [0: [.views: 100]])
            try await world.store([first])
            try await world.store([world.result(2, hours: 90, days: [0: [.views: 130]])])
            let line = "metrics show --account \(world.account) --from \(Self.day) --to \(Self.day) --metric views"
            let (now, then) = (
                await world.lab(line), await world.lab("\(line) --as-of \(first.fetchedAt.text(.microseconds))")
            )
            #expect(now.output.contains("130") && !now.output.contains("100"), "\(now.output)")
            #expect(then.output.contains("100") && !then.output.contains("130"), "\(then.output)")
            let before = await world.lab("\(line) --as-of 2020-01-01")
            #expect(!before.output.contains("130") && !before.output.contains("100"), "\(before.output)")
        }
    }

    @Test func `growth, comparison, freshness and ranking answer from the store`() async throws {
        try await FigureWorld.run { world in
            for step in 0..<6 {
                try await world.store([
                    world.result(
                        step + 1,
                        hours: step * 24 + 20,
                        days: [step - 1: [.views: Int64(step) * 10]],
                        levels: [.followers: 100 + Int64(step)],
                        posts: ["a": [.likes: Int64(step) * 3]]
                    )
                ])
            }
            let account = world.account
            let growth = await world.lab("metrics growth --account \(account) --from 2026-11-17 --to 2026-11-20 --json")
            try #expect(growth.json["growth"]?.int64 == 4 && growth.json["verdict"]?.string == "whole")
            let compare = await world.lab(
                "metrics compare --account \(account) --from 2026-11-18 --to 2026-11-19 --metric views --json"
            )
            let figure = try compare.json[0]?["figures"]?[0]
            #expect(figure?["current"]?["value"]?.int64 == 70 && figure?["other"]?["value"]?.int64 == 30)
            let fresh = await world.lab("metrics freshness --subject \(account) --json")
            try #expect(fresh.json.array?.contains { $0["metric"]?.string == "views" } == true)
            let top = await world.lab(
                "metrics top --account \(account) --by likes --mode activity --from 2026-11-16 --to 2026-11-21 --json"
            )
            try #expect(top.json["posts"]?[0]?["value"]?.int64 == 15, "\(top.output)\(top.error)")
            let figures = await world.lab(
                "metrics figures --account \(account) --posts --from 2026-11-16 --to 2026-11-21 --grain stretch --json"
            )
            #expect(figures.code == .ok)
        }
    }
}

extension FigureWorld {
    fileprivate func figures(
        _ scope: FigureQuestion.Scope,
        _ cut: FigureQuestion.Cut,
        asOf moment: Instant? = nil,
        now: Instant
    ) async throws -> [FigureSeries] {
        try await figures(scope, Self.day - 3...Self.day + 16, cut, asOf: moment, now: now)
    }

    fileprivate func figures(dates count: Int, now: Instant) async throws -> FigureSeries {
        try #require(try await figures(nil, Self.day...Self.day + count, now: now).first)
    }
}
