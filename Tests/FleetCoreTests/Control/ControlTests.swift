import FleetCore
import Testing

@Suite struct ControlTests {
    private static let now = Instant(microseconds: 1_790_000_000_000_000)

    private static func job(
        _ platform: PlatformName = .instagram,
        _ lane: Lane = .normal,
        account: Int64 = 7,
        collect: CollectionKind = .accountDaily,
        number: UInt64 = 1
    ) -> Job {
        Job(
            id: UUID(high: 0x01A1_FE12_82E6_7000, low: 0x8000_0000_0000_0000 | number),
            platform: platform,
            account: account,
            collect: collect,
            date: CivilDate("2026-11-20")!,
            lane: lane,
            reason: "test",
            enqueuedAt: now
        )
    }

    private static func pause(_ scope: ControlScope, until end: Instant? = nil) -> FleetControl {
        FleetControl(id: 1, verb: .pause, scope: scope, reason: "test", expiresAt: end)
    }

    private static func verdict(_ scope: ControlScope, _ job: Job, workspace: Int64? = nil) -> ControlBoard.Verdict {
        ControlBoard([pause(scope)], cancelled: [:]).verdict(on: job, workspace: workspace, at: now)
    }

    @Test func `an order about a platform or a lane stops whole queues`() {
        #expect(Self.verdict(ControlScope(platform: .instagram), Self.job()) == .queueStandsStill)
        #expect(Self.verdict(ControlScope(platform: .instagram), Self.job(.x)) == .run)
        #expect(Self.verdict(ControlScope(lane: .bulk), Self.job(.x, .bulk)) == .queueStandsStill)
        #expect(Self.verdict(ControlScope(platform: .x, lane: .bulk), Self.job(.x, .normal)) == .run)
        #expect(Self.verdict(ControlScope(), Self.job()) == .queueStandsStill)
    }

    @Test func `an order about an account, a workspace or a type sets single jobs aside`() {
        for scope in [
            ControlScope(account: 7), ControlScope(workspace: 3), ControlScope(collect: .accountDaily),
            ControlScope(platform: .instagram, account: 7),
        ] {
            let order = Self.pause(scope)
            let board = ControlBoard([order], cancelled: [:])
            #expect(board.verdict(on: Self.job(), workspace: 3, at: Self.now) == .hold(order))
            #expect(!board.isPaused(platform: .instagram, lane: .normal, at: Self.now))
            let other = Self.job(.x, account: 8, collect: .posts)
            #expect(board.verdict(on: other, workspace: 4, at: Self.now) == .run)
        }
    }

    @Test func `an order about a workspace says nothing of a job whose workspace nobody knows`() {
        #expect(Self.verdict(ControlScope(workspace: 3), Self.job(), workspace: nil) == .run)
    }

    @Test func `an order ends at its end and not before`() {
        let end = Self.now + .seconds(60)
        let board = ControlBoard([Self.pause(ControlScope(platform: .instagram), until: end)], cancelled: [:])
        #expect(board.verdict(on: Self.job(), workspace: nil, at: end - .milliseconds(1)) == .queueStandsStill)
        #expect(board.verdict(on: Self.job(), workspace: nil, at: end) == .run)
    }

    @Test func `a drain keeps no worker from what was published`() {
        let drain = FleetControl(id: 1, verb: .drain, scope: ControlScope(), reason: "test")
        #expect(ControlBoard([drain], cancelled: [:]).verdict(on: Self.job(), workspace: nil, at: Self.now) == .run)
    }

    @Test func `a cancelled job is cancelled even where it would wait`() {
        let job = Self.job()
        let board = ControlBoard([Self.pause(ControlScope())], cancelled: [job.id: "mistake"])
        #expect(board.verdict(on: job, workspace: nil, at: Self.now) == .cancelled("mistake"))
        #expect(board.verdict(on: Self.job(number: 2), workspace: nil, at: Self.now) == .queueStandsStill)
    }

    @Test func `an order covers a job exactly when each of its parts does`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &generator) ? value : nil }
            let job = Self.job(
                [PlatformName.instagram, .x].randomElement(using: &generator)!,
                Lane.allCases.randomElement(using: &generator)!,
                account: Int64.random(in: 1...2, using: &generator),
                collect: [CollectionKind.posts, .stories].randomElement(using: &generator)!
            )
            let workspace = Int64.random(in: 1...2, using: &generator)
            let scope = ControlScope(
                platform: maybe(.x),
                lane: maybe(.bulk),
                workspace: maybe(1),
                account: maybe(1),
                collect: maybe(.posts)
            )
            let holds =
                (scope.platform == nil || job.platform == .x) && (scope.lane == nil || job.lane == .bulk)
                && (scope.workspace == nil || workspace == 1) && (scope.account == nil || job.account == 1)
                && (scope.collect == nil || job.collect == .posts)
            #expect(scope.covers(job, workspace: workspace) == holds)
            let order = FleetControl(id: 1, verb: .pause, scope: scope, reason: "test")
            let verdict = ControlBoard([order], cancelled: [:]).verdict(on: job, workspace: workspace, at: Self.now)
            #expect((verdict != .run) == holds)
        }
    }
}

@Suite struct WorkloadTests {
    private static func load(_ ready: Int, run: Duration = .seconds(2), _ platform: PlatformName = .instagram)
        -> QueueLoad
    {
        QueueLoad(platform: platform, lane: .normal, ready: ready, meanRun: run)
    }

    @Test func `the work left counts what waits and what is in hand, by what one worker does at once`() {
        var load = Self.load(90)
        load.inHand = 10
        #expect(load.remaining(concurrency: 10) == .seconds(20))
        #expect(load.remaining(concurrency: 1) == .seconds(200))
    }

    @Test func `as many workers are wanted as do the work in time`() {
        let demand = WorkerDemand(target: .seconds(100), allowance: [:])
        #expect(demand.workers(for: [], concurrency: 10) == 0)
        #expect(demand.workers(for: [Self.load(0)], concurrency: 10) == 0)
        #expect(demand.workers(for: [Self.load(1)], concurrency: 10) == 1)
        #expect(demand.workers(for: [Self.load(5000)], concurrency: 10) == 10)
        #expect(demand.workers(for: [Self.load(5000), Self.load(2500, .x)], concurrency: 10) == 15)
    }

    @Test func `no more workers are wanted than the platform's budget feeds`() {
        // 10 requests a second, 2 s a job of two requests: 10 jobs at once are all that gets through.
        var load = Self.load(1_000_000)
        load.requestsPerJob = 2
        let demand = WorkerDemand(target: .seconds(100), allowance: [.instagram: 10])
        #expect(demand.workers(for: [load], concurrency: 10) == 1)
        #expect(demand.workers(for: [load], concurrency: 5) == 2)
        let free = Self.load(5000, .x)
        #expect(demand.workers(for: [load, free], concurrency: 10) == 11)
    }

    @Test func `a spent budget still leaves a worker for what waits`() {
        let demand = WorkerDemand(target: .seconds(100), allowance: [.instagram: 0])
        #expect(demand.workers(for: [Self.load(1_000_000)], concurrency: 10) == 1)
    }

    @Test func `more work never asks for fewer workers, and more allowance never for fewer`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let (few, more) = (Int.random(in: 0...5000, using: &generator), Int.random(in: 0...5000, using: &generator))
            let rate = Double.random(in: 0...50, using: &generator)
            let demand = WorkerDemand(target: .seconds(60), allowance: [.instagram: rate])
            let wide = WorkerDemand(target: .seconds(60), allowance: [.instagram: rate * 2])
            let small = demand.workers(for: [Self.load(few)], concurrency: 8)
            #expect(small <= demand.workers(for: [Self.load(few + more)], concurrency: 8))
            #expect(small <= wide.workers(for: [Self.load(few)], concurrency: 8))
        }
    }

    @Test func `a worker is starved only when it asks for work, there is some, and none comes`() {
        let second: Int64 = 1_000_000_000
        var watch = DeliveryWatch(patience: .seconds(60), now: 0)
        watch.looked(ready: 5, isFree: true, now: second)
        #expect(!watch.isStarved(now: 60 * second) && watch.isStarved(now: 61 * second))
        watch.looked(ready: 5, isFree: false, now: 70 * second)
        #expect(!watch.isStarved(now: 200 * second))
        watch.looked(ready: 5, isFree: true, now: 200 * second)
        watch.delivered(now: 220 * second)
        #expect(!watch.isStarved(now: 400 * second) && watch.silence(now: 230 * second) == .seconds(10))
        watch.looked(ready: 0, isFree: true, now: 400 * second)
        #expect(!watch.isStarved(now: 900 * second))
    }
}
