import FleetCore
import TestSupport
import Testing

@Suite struct TickGridTests {
    static let zones = [TimeZoneRules.pacific, .utc]

    @Test(arguments: [1, 7, 4_294_967_297] as [Int64], zones)
    func `one look stands close to the end of every day, whatever the clocks do`(account: Int64, zone: TimeZoneRules) {
        let grid = TickGrid(zone: zone, account: account)
        for day in CivilDate("2026-01-01")!..<CivilDate("2028-01-01")! {
            let (start, end) = (zone.startOfDay(day), zone.endOfDay(day))
            let tick = grid.next(.daily, after: start)
            #expect(end - tick >= .seconds(300) && end - tick <= .seconds(3600), "\(day)")
            #expect(grid.next(.hourly, after: tick - .seconds(1)) == tick)
            #expect(grid.next(.sixHourly, after: tick - .seconds(1)) == tick)
        }
    }

    @Test(arguments: 0..<20)
    func `looks of each rank are among those of the ranks before it, and never too far apart`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let grid = TickGrid(zone: .pacific, account: Int64.random(in: 1 ... .max, using: &generator))
        let longest: [TickGrid.Rank: Int64] = [
            .hourly: 3600, .sixHourly: 6 * 3600, .daily: 25 * 3600, .weekly: 169 * 3600,
        ]
        for rank in TickGrid.Rank.allCases {
            var moment = Instant("2026-10-20T00:00:00Z")! + .seconds(Int64.random(in: 0..<86_400, using: &generator))
            let end = moment + .seconds(40 * 86_400)
            while moment < end {
                let next = grid.next(rank, after: moment)
                #expect(next > moment && next - moment <= .seconds(longest[rank]!))
                for finer in TickGrid.Rank.allCases where finer < rank {
                    #expect(grid.next(finer, after: next - .microseconds(1)) == next)
                }
                moment = next
            }
        }
    }

    @Test func `accounts are spread over the hour and over the morning`() {
        let start = Instant("2026-11-20T00:00:00Z")!
        var minutes: [Int64: Int] = [:]
        var slots: [Int64: Int] = [:]
        for account in 1...36_000 as ClosedRange<Int64> {
            minutes[TickGrid(zone: .utc, account: account).next(.hourly, after: start).seconds / 60, default: 0] += 1
            let slot = TickGrid.spread(account, over: .seconds(6 * 3600), from: start)
            #expect(slot >= start && slot < start + .seconds(6 * 3600))
            slots[slot.seconds / 60, default: 0] += 1
        }
        // 36,000 over 55 minutes and over 360.
        #expect(minutes.values.max()! < 900 && slots.values.max()! < 160)
    }
}

/// An account in a world that runs by itself: posts and stories appear, jobs that a plan orders are answered a minute later.
struct CadenceWorld {
    struct Look {
        var at: Instant
        var order: CadenceOrder
    }

    static let platform = CadenceRules(
        platform: .instagram,
        collections: [.accountDaily, .posts, .postMetrics, .stories, .demographics],
        settleDays: 4,
        daysPerJob: 1,
        postsPerJob: 10,
        historyDays: 60
    )

    var rules = platform
    var posts: [CadenceFacts.Post] = []
    /// Days that the platform never answers for.
    var refused: Set<CivilDate> = []
    /// Stretches in which no dispatcher runs.
    var outages: [Range<Instant>] = []

    var state: CadenceState
    private(set) var known: [Int64: Instant] = [:]
    private(set) var storedDays: Set<CivilDate> = []
    private(set) var gaps: [CivilDate: CadenceFacts.Gap] = [:]
    private(set) var looks: [Look] = []
    private(set) var turns = 0

    init(account: Int64, from start: Instant) {
        state = CadenceState(account: account, plannedAt: start)
    }

    mutating func run(until end: Instant) {
        var now = state.plannedAt
        while now < end {
            if let outage = outages.first(where: { $0.contains(now) }) { now = outage.upperBound }
            var facts = CadenceFacts(gaps: gaps)
            for var post in posts where now - post.publishedAt < .seconds(91 * 86_400) {
                guard let known = known[post.id], known <= now else { continue }
                post.knownAt = known
                facts.posts.append(post)
            }
            facts.storedDays = storedDays
            let turn = CadencePlan(state, rules, facts, now: now).turn()
            precondition(turn.dueAt.map { $0 > now } ?? true, "a plan is due again at once")
            state = turn.state
            turns += 1
            for day in turn.gaps { gaps[day] = .init(attempts: (gaps[day]?.attempts ?? 0) + 1, askedAt: now) }
            var next = turn.dueAt
            for order in turn.orders {
                looks.append(Look(at: now, order: order))
                if answer(order, at: now + .seconds(60)) {
                    next = min(next ?? .init(microseconds: .max), now + .seconds(60))
                }
            }
            guard let next else { return }
            now = next
        }
    }

    /// What comes of an order; true when it found new posts.
    private mutating func answer(_ order: CadenceOrder, at moment: Instant) -> Bool {
        switch order.collect {
        case .accountDaily:
            for step in 0..<order.days where !refused.contains(order.date - step) {
                storedDays.insert(order.date - step)
            }
            return false
        case .posts, .stories:
            let found = posts.filter { post in
                guard known[post.id] == nil, post.publishedAt <= moment else { return false }
                let isStory = post.kind == .story
                return order.collect == .stories ? isStory && moment - post.publishedAt < .seconds(86_400) : !isStory
            }
            for post in found { known[post.id] = moment }
            return !found.isEmpty
        case .postMetrics, .demographics, .credentialRefresh: return false
        }
    }

    func looks(_ task: CadenceTask) -> [Look] { looks.filter { $0.order.task == task } }

    func looks(at post: Int64) -> [Instant] { looks.filter { $0.order.posts.contains(post) }.map(\.at) }
}

@Suite struct CadencePlanTests {
    static let start = Instant("2026-01-15T20:07:00Z")!

    static func world(seed: Int, days: Int64 = 150) -> (world: CadenceWorld, end: Instant) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var world = CadenceWorld(account: Int64.random(in: 1 ... .max, using: &generator), from: start)
        world.rules.postsPerJob = [1, 3, 10, 50].randomElement(using: &generator)!
        let kinds: [PostKind] = [.image, .reel, .story, .carousel]
        // Some posts are older than the plan.
        world.posts = (1...40 as ClosedRange<Int64>).map { id in
            let age = Int64.random(in: (-100 * 86_400)..<(days * 86_400), using: &generator)
            let kind = kinds.randomElement(using: &generator)!
            return .init(id: id, kind: kind, publishedAt: start + .seconds(age))
        }
        return (world, start + .seconds(days * 86_400))
    }

    private static let longest: [TickGrid.Rank: Int64] = [
        .hourly: 3600, .sixHourly: 6 * 3600, .daily: 25 * 3600, .weekly: 169 * 3600,
    ]

    @Test(arguments: 0..<4)
    func `every post is looked at as often as its age asks for, and never after ninety days`(seed: Int) {
        var (world, end) = Self.world(seed: seed)
        world.run(until: end)
        for post in world.posts where post.kind != .story {
            guard let known = world.known[post.id] else {
                #expect(end - post.publishedAt < .seconds(2 * 86_400), "post \(post.id) was never found")
                continue
            }
            let looks = world.looks(at: post.id)
            var last = known
            for look in looks {
                let rank = CadencePlan.rank(age: look - post.publishedAt)
                #expect(rank != nil, "post \(post.id) is too old for a look")
                let most = Self.longest[rank ?? .weekly]!
                #expect(
                    look - last <= .seconds(most),
                    "post \(post.id) waited \(look - last) at \(look - post.publishedAt)"
                )
                last = look
            }
            // The last look comes at most a week before the ninetieth day, or the end of the test.
            let stop = min(end, post.publishedAt + CadencePlan.oldest)
            if known < stop { #expect(stop - last <= .seconds(169 * 3600), "post \(post.id) was forgotten") }
        }
    }

    @Test(arguments: 0..<2)
    func `young posts have a look close to each end of a day`(seed: Int) {
        var (world, end) = Self.world(seed: seed, days: 100)
        world.run(until: end)
        let zone = TimeZoneRules.pacific
        for post in world.posts where post.kind != .story {
            guard let known = world.known[post.id] else { continue }
            let looks = world.looks(at: post.id)
            for day in 1..<30 {
                let boundary = zone.endOfDay(zone.date(at: post.publishedAt) + (day - 1))
                guard boundary < end, boundary - .seconds(3600) > known else { continue }
                guard boundary - post.publishedAt < .seconds(30 * 86_400) else { continue }
                #expect(
                    looks.contains { boundary - $0 <= .seconds(3600) && $0 < boundary },
                    "post \(post.id), \(boundary)"
                )
            }
        }
    }

    @Test(arguments: 0..<3)
    func `calls are as few as the platform permits`(seed: Int) {
        var (world, end) = Self.world(seed: seed)
        world.run(until: end)
        let turns = Dictionary(grouping: world.looks(.posts), by: \.at)
        for (moment, looks) in turns {
            let sizes = looks.map(\.order.posts.count)
            let all = looks.flatMap(\.order.posts)
            #expect(Set(all).count == all.count, "a post is asked for twice at \(moment)")
            #expect(sizes.count == (all.count + world.rules.postsPerJob - 1) / world.rules.postsPerJob)
        }
        // No post is read more often than its ladder asks for: a day of hours, six days of four, 23 days, nine weeks; the
        // change of clocks and of steps add a few.
        for post in world.posts where post.kind != .story {
            #expect(world.looks(at: post.id).count <= 24 + 6 * 4 + 23 + 9 + 6)
        }
        // Looks at different posts of a step fall together: there are no more moments than ticks.
        let grid = TickGrid(zone: .pacific, account: world.state.account)
        let strays = turns.keys.filter { grid.next(.hourly, after: $0 - .microseconds(1)) != $0 }
        #expect(strays.count <= 1, "only the first look at a new account's posts waits for no tick")
    }

    @Test(arguments: 0..<3)
    func `every story is seen within the half hour before it ends`(seed: Int) {
        var (world, end) = Self.world(seed: seed, days: 60)
        world.run(until: end)
        let sweeps = world.looks(.stories).map(\.at)
        for story in world.posts where story.kind == .story && story.publishedAt > Self.start {
            let vanishes = story.publishedAt + .seconds(86_400)
            guard vanishes < end else { continue }
            #expect(world.known[story.id] != nil, "story \(story.id) was never found")
            #expect(sweeps.contains { vanishes - $0 <= .seconds(1800) && $0 < vanishes - .seconds(300) })
            let alive = sweeps.filter { $0 >= world.known[story.id]! && $0 < vanishes }
            for (one, next) in zip(alive, alive.dropFirst()) { #expect(next - one <= .seconds(3600)) }
        }
    }

    @Test func `stories that end together share their last look`() {
        var world = CadenceWorld(account: 5, from: Self.start)
        world.posts = (1...4 as ClosedRange<Int64>).map {
            .init(id: $0, kind: .story, publishedAt: Self.start + .seconds(3600 + $0 * 200))
        }
        world.run(until: Self.start + .seconds(30 * 3600))
        let ends = world.posts.map { $0.publishedAt + .seconds(86_400) }
        let last = world.looks(.stories).map(\.at).filter { ends[0] - $0 <= .seconds(1800) && $0 < ends[3] }
        #expect(last.count <= 2)
        for end in ends { #expect(last.contains { end - $0 <= .seconds(1800) && $0 < end }) }
    }

    @Test(arguments: 0..<3)
    func `each day of account metrics is read once a day while it changes, and all history once, oldest first`(
        seed: Int
    ) {
        var (world, end) = Self.world(seed: seed, days: 100)
        world.rules.daysPerJob = [1, 30, 90][seed % 3]
        world.run(until: end)
        let zone = TimeZoneRules.pacific
        let daily = world.looks(.metrics)
        var reads: [CivilDate: Int] = [:]
        for look in daily { for step in 0..<look.order.days { reads[look.order.date - step, default: 0] += 1 } }
        let first = zone.date(at: Self.start)
        for day in first..<(zone.date(at: end) - 6) { #expect(reads[day] == 4, "\(day)") }
        #expect(daily.count <= 102)

        let history = world.looks(.history)
        let days = history.flatMap { look in (0..<look.order.days).map { look.order.date - $0 } }
        #expect(Set(days).count == days.count, "no day of the history is read twice")
        #expect(days.min() == first - 60 && days.max() == first - 5)
        #expect(Set(days).count == 56)
        #expect(history.map(\.order.date) == history.map(\.order.date).sorted())
        #expect(history.allSatisfy { $0.order.lane == .bulk && $0.order.days <= max(world.rules.daysPerJob, 7) })
        #expect(world.looks(.gaps).isEmpty)
    }

    @Test func `a new account gets its levels first, then stories, then its posts, and history later`() {
        var world = CadenceWorld(account: 9, from: Self.start)
        world.posts = [.init(id: 1, kind: .reel, publishedAt: Self.start - .seconds(40 * 86_400))]
        world.run(until: Self.start + .seconds(3600))
        let tasks = world.looks.map(\.order.task)
        #expect(Array(tasks.prefix(4)) == [.metrics, .stories, .discovery, .demographics])
        #expect(
            world.looks(.posts).first?.at == Self.start + .seconds(60),
            "its posts are read as soon as they are known"
        )
        #expect(world.looks(.history).first?.at == Self.start + .seconds(600))
    }

    @Test func `days that are missing are asked for again, three times and no more`() {
        var world = CadenceWorld(account: 9, from: Self.start)
        let today = TimeZoneRules.pacific.date(at: Self.start)
        world.refused = [today - 20, today - 19, today - 3, today + 8]
        world.run(until: Self.start + .seconds(40 * 86_400))
        var asked: [CivilDate: [Instant]] = [:]
        for look in world.looks(.gaps) {
            for step in 0..<look.order.days { asked[look.order.date - step, default: []].append(look.at) }
        }
        #expect(Set(asked.keys) == world.refused)
        for (day, moments) in asked {
            #expect(moments.count == CadencePlan.gapAttempts, "\(day)")
            for (one, next) in zip(moments, moments.dropFirst()) { #expect(next - one >= .seconds(20 * 3600)) }
        }
        // Neighbouring days go in one job.
        #expect(world.looks(.gaps).contains { $0.order.days == 2 && $0.order.date == today - 19 })
    }

    @Test func `a platform that shows levels only has no missing days`() {
        var world = CadenceWorld(account: 9, from: Self.start)
        let today = TimeZoneRules.pacific.date(at: Self.start)
        world.refused = Set((today - 100)..<(today + 50))
        world.run(until: Self.start + .seconds(40 * 86_400))
        #expect(world.looks(.gaps).isEmpty)
    }

    @Test(arguments: 0..<4)
    func `after an outage nothing is lost that the platform still has`(seed: Int) {
        var (world, end) = Self.world(seed: seed, days: 130)
        var generator = SeededGenerator(seed: UInt64(seed) + 900)
        let off = Self.start + .seconds(Int64.random(in: 0..<(90 * 86_400), using: &generator))
        let back = off + .seconds(Int64.random(in: 60..<(40 * 86_400), using: &generator))
        world.outages = [off..<back]
        world.run(until: end)
        let zone = TimeZoneRules.pacific
        let first = zone.date(at: Self.start) - 60
        let forgotten = (zone.date(at: back) - 60)
        for day in first..<(zone.date(at: end) - 1) where day >= forgotten {
            #expect(world.storedDays.contains(day), "\(day)")
        }
        // Posts that are still young are looked at again at once, together.
        let resumed = world.looks(.posts).filter { $0.at >= back }.map(\.at).min()
        let young = world.posts.contains { post in
            post.kind != .story && (world.known[post.id].map { $0 < off } ?? false)
                && back - post.publishedAt < .seconds(29 * 86_400)
        }
        if young, back - off > .seconds(26 * 3600) { #expect(resumed.map { $0 - back <= .seconds(60) } == true) }
    }

    @Test func `a post that the platform did not know is asked for daily, until that is certain`() {
        let now = Self.start
        let post = CadenceFacts.Post(id: 1, publishedAt: now - .seconds(60 * 86_400), isMissing: true)
        var state = CadenceState(account: 3, plannedAt: now - .seconds(86_400 * 61))
        state.postsUntil = now
        let plan = CadencePlan(state, CadenceWorld.platform, CadenceFacts(posts: [post]), now: now)
        #expect(plan.due(.posts)! - now <= .seconds(25 * 3600))
        let known = CadenceFacts(posts: [.init(id: 1, publishedAt: post.publishedAt)])
        #expect(CadencePlan(state, CadenceWorld.platform, known, now: now).reason(.posts) == "1 weekly")
    }

    @Test func `what a platform does not offer is never due`() {
        var world = CadenceWorld(account: 3, from: Self.start)
        world.rules.collections = [.accountDaily]
        world.posts = [.init(id: 1, publishedAt: Self.start)]
        world.run(until: Self.start + .seconds(20 * 86_400))
        #expect(Set(world.looks.map(\.order.collect)) == [.accountDaily])
        world = CadenceWorld(account: 3, from: Self.start)
        world.rules.collections = []
        world.run(until: Self.start + .seconds(20 * 86_400))
        #expect(world.looks.isEmpty && world.turns == 1)
    }

    @Test(arguments: 0..<2)
    func `every job that a plan wants passes the contract`(seed: Int) throws {
        var (world, end) = Self.world(seed: seed, days: 20)
        world.rules.historyDays = 4000
        world.rules = CadenceRules(
            platform: .youtube,
            collections: world.rules.collections,
            settleDays: 5,
            daysPerJob: 500,
            postsPerJob: 5000,
            historyDays: 4000
        )
        world.run(until: end)
        var generator = SeededGenerator(seed: UInt64(seed))
        for look in world.looks {
            let id = UUID.version7(milliseconds: look.at.milliseconds, using: &generator)
            let job = look.order.job(id: id, account: 7, platform: .youtube, enqueuedAt: look.at)
            // A week later it may still wait for its budget.
            let read = try JobContract().read(job.encoded(), now: look.at + .seconds(7 * 86_400))
            #expect(read == job)
        }
    }
}

@Suite struct RunOfPostsTests {
    private func plan(_ collect: CollectionKind, daysPerJob: Int = 1, postsPerJob: Int = 2) -> RunPlan {
        RunPlan(
            run: UUID(high: 0x019A_A5A0_0000_7000, low: 0x8000_0000_0000_0007),
            platform: .youtube,
            collect: collect,
            lane: .bulk,
            dates: CivilDate("2026-10-01")!...CivilDate("2026-10-10")!,
            daysPerJob: daysPerJob,
            postsPerJob: postsPerJob
        )
    }

    @Test func `account metrics take a job per as many days as one call covers`() {
        let jobs = plan(.accountDaily, daysPerJob: 4).jobs(of: 3, enqueuedAt: Instant(seconds: 1))
        #expect(jobs.map(\.days) == [4, 4, 2])
        #expect(jobs.map(\.date.description) == ["2026-10-04", "2026-10-08", "2026-10-10"])
        #expect(plan(.accountDaily, daysPerJob: 4).jobsPerAccount == 3)
        #expect(plan(.accountDaily).jobs(of: 3, enqueuedAt: Instant(seconds: 1)).allSatisfy { $0.days == 1 })
    }

    @Test func `named posts go in batches whose ids do not change when a post goes`() {
        let all: [Int64?] = [11, 12, 13, 14, 15]
        let whole = plan(.postMetrics).jobs(of: 3, posts: all, enqueuedAt: Instant(seconds: 1))
        #expect(whole.map(\.posts) == [[11, 12], [13, 14], [15]])
        let fewer = plan(.postMetrics).jobs(of: 3, posts: [11, nil, nil, nil, 15], enqueuedAt: Instant(seconds: 2))
        #expect(fewer.map(\.posts) == [[11], [15]])
        #expect(fewer.map(\.id) == [whole[0].id, whole[2].id])
        #expect(plan(.postMetrics).jobCount(posts: [nil, nil, 1]) == 1)
        #expect(plan(.postMetrics).jobs(of: 3, enqueuedAt: Instant(seconds: 1)).isEmpty)
    }

    @Test(arguments: [CollectionKind.posts, .stories, .demographics])
    func `other collections take one job of now`(collect: CollectionKind) {
        let jobs = plan(collect).jobs(of: 3, enqueuedAt: Instant(seconds: 1))
        #expect(jobs.map(\.days) == [10] && jobs[0].date == CivilDate("2026-10-10")!)
        let moment = Instant("2026-11-21T05:00:00Z")!
        let dates = RunPlan.dates(firedAt: moment, platform: .instagram, collect: collect, lookbackDays: 1)
        #expect(dates.upperBound == CivilDate("2026-11-20")!)
    }
}
