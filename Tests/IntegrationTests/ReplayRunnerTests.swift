import AMQP
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

@testable import Adapters

/// Replays over a real broker and a real database.
@Suite(.enabled(if: FeedLab.isAvailable)) struct ReplayRunnerTests {
    private static let leads = Postgres.Command("select 1")
    private static let queue = TopologyLab.topology.workQueue(platform: "x", lane: "bulk")

    /// A desk, and what carries its replays out.
    private struct World {
        let feed: FeedLab
        let desk: DeadDeskLab
        let publisher: Publisher

        var runner: ReplayRunner {
            ReplayRunner(
                pool: feed.pool,
                publisher: publisher,
                messages: JobMessages(topology: feed.topology),
                logger: feed.logger
            )
        }

        func begin(_ terms: ReplayPace.Terms = .init(rate: 10_000)) async throws -> Int64 {
            let plan = try await desk.freeze(desk.order())
            return try await desk.store.start(plan.selection, terms: terms, reason: "test").id
        }

        /// Turns until nothing moves for a while.
        func turn(_ runner: inout ReplayRunner, times: Int = 20) async throws {
            for _ in 0..<times { _ = try await runner.turn(fence: leads) }
        }
    }

    private static func run(_ body: @escaping (World) async throws -> Void) async throws {
        try await FeedLab.run { feed in
            let desk = DeadDeskLab(lab: feed.database)
            try await desk.addAccounts()
            let publisher = try feed.makePublisher()
            try await feed.with([RunningService("publisher") { await publisher.run() }]) {
                try await body(World(feed: feed, desk: desk, publisher: publisher))
            }
        }
    }

    @Test func `a letter goes back as its publisher wrote it, and says where it comes from`() async throws {
        try await Self.run { world in
            let letter = try await world.desk.die([1])[0]
            let id = try await world.begin()
            var runner = world.runner
            try await world.turn(&runner)
            let message = try await world.feed.take(1, from: Self.queue)[0]
            let body = try #require(message["payload"]?.string)
            let stored = try #require(try await world.desk.desk.letter(letter))
            #expect(Array(body.utf8) == stored.body)
            let properties = message["properties"]
            #expect(properties?["correlation_id"]?.string == "c-1" && properties?["type"]?.string == Job.messageType(1))
            let headers = try #require(properties?["headers"])
            #expect(headers["traceparent"]?.string == "00-1-2-01")
            #expect(headers["x-flotilla-replay"]?.string == "\(id)/1" && headers["x-flotilla-letter"]?.int64 == letter)
            #expect(headers["x-flotilla-cause"] == nil && headers["x-flotilla-attempt"] == nil)
            #expect(stored.letter.state == .replaying && stored.letter.selection == id)
            #expect(try await world.desk.store.selection(id)?.state == .finished)
            #expect(try await world.desk.store.progress(id).onTheWay == 1)
        }
    }

    @Test func `the rest waits for its canary, and goes when an operator says so`() async throws {
        try await Self.run { world in
            try await world.desk.die(0..<6)
            let id = try await world.begin(.init(rate: 10_000, canary: 2))
            var runner = world.runner
            try await world.turn(&runner)
            #expect(try await world.desk.store.progress(id).sent == 2)
            try await world.desk.pool.query(
                "update flotilla.dead_letters set state = 'died_again' where job_id = $1",
                [.uuid(OperatorLab.id(0).parameter)]
            )
            try await world.turn(&runner)
            let held = try #require(try await world.desk.store.selection(id))
            #expect(held.state == .paused && held.note == "the canary failed: 1 of 2 died again")
            #expect(try await world.desk.store.progress(id).waiting == 4)
            _ = try await world.desk.store.resume(id, reason: "known")
            try await world.turn(&runner)
            #expect(try await world.desk.store.progress(id).sent == 6)
            let acts = try await AuditLog(pool: world.desk.pool).entries(target: "selection \(id)", limit: 20)
            #expect(
                acts.map(\.action) == [
                    "replay.finish", "replay.resume", "replay.canary_failed", "replay.start", "replay.select",
                ]
            )
        }
    }

    @Test func `a canary that ends well lets the rest go`() async throws {
        try await Self.run { world in
            try await world.desk.die(0..<5)
            let id = try await world.begin(.init(rate: 10_000, canary: 2))
            var runner = world.runner
            try await world.turn(&runner)
            try await world.desk.resolve(0..<2)
            try await world.turn(&runner)
            let progress = try await world.desk.store.progress(id)
            #expect(progress.sent == 5 && progress.resolved == 2)
        }
    }

    @Test func `what a process claimed before it died is sent by the next, and workers run one copy of it`()
        async throws
    {
        try await Self.run { world in
            try await world.desk.die([1])
            let id = try await world.begin()
            // This one died after the broker had its copy and before it could note so.
            try await world.desk.store.claim(id, limit: 10, fence: Self.leads)
            let first = try #require(try await world.desk.store.claimed(id, limit: 10, fence: Self.leads).first)
            // A pause does not keep what was claimed from being finished.
            _ = try await world.desk.store.pause(id, reason: "test")
            var runner = world.runner
            try await world.turn(&runner)
            let progress = try await world.desk.store.progress(id)
            #expect(progress.sent == 1 && progress.claimed == 0)
            let message = try await world.feed.take(1, from: Self.queue)[0]
            let second = try #require(
                message["properties"]?["headers"]?["x-flotilla-copy"]?.string.flatMap { FleetCore.UUID($0) }
            )
            #expect(second != first.copy)
            let directory = AccountDirectory(pool: world.desk.pool, logger: world.feed.logger)
            func mayRun(_ copy: FleetCore.UUID) async throws -> Bool {
                try await directory.mayRun(ReplayTicket(selection: id, place: 1, copy: copy, since: DeadDeskLab.now))
            }
            #expect(try await mayRun(OperatorLab.id(77)) == false)
            #expect(try await mayRun(second))
            #expect(try await mayRun(first.copy) == false)
            #expect(try await mayRun(second))
        }
    }

    @Test func `who does not lead any more claims and sends nothing`() async throws {
        try await Self.run { world in
            try await world.desk.die(0..<3)
            let id = try await world.begin()
            var runner = world.runner
            await #expect(throws: (any Error).self) {
                _ = try await runner.turn(fence: Postgres.Command("select flotilla.require_lease('dispatcher', 1)"))
            }
            #expect(try await world.desk.store.progress(id).waiting == 3)
            #expect(try await world.feed.rest(of: Self.queue) == 0)
        }
    }

    @Test func `what no queue takes stays open and is named`() async throws {
        try await Self.run { world in
            try await world.desk.die([1]) { number in
                var job = DeadDeskLab.job(number)
                job.lane = .normal  // This broker has only the other lane.
                return job.encoded()
            }
            let id = try await world.begin()
            var runner = world.runner
            try await world.turn(&runner)
            #expect(try await world.desk.store.progress(id).skipped == 1)
            #expect(try await world.desk.count(.open) == 1)
        }
    }

    @Test func `a job that dies again leaves a letter that follows the first, and one that ends well resolves both`()
        async throws
    {
        try await Self.run { world in
            let letter = try await world.desk.die([1])[0]
            _ = try await world.begin()
            var runner = world.runner
            try await world.turn(&runner)
            let body = try #require(try await world.desk.desk.letter(letter)).body
            try await world.feed.aggregating { publisher in
                var message = Message(body: body)
                message.properties.headers = [
                    Field(DeadLetter.Header.cause, .string(DeadCause.transientTooOften.rawValue)),
                    Field(DeadLetter.Header.detail, .string("gave up after 6 attempts: answered 503")),
                    Field(DeadLetter.Header.death, .string("death-2")), Field(DeadLetter.Header.letter, .int(letter)),
                ]
                let death = Outgoing(
                    exchange: world.feed.topology.jobsDeadExchange,
                    routingKey: world.feed.topology.deadRoutingKey(platform: "x", cause: "transient_too_often"),
                    message: message
                )
                #expect(await publisher.publish(death) == .accepted)
                try await world.feed.until("the second death is stored") {
                    try await world.desk.desk.deaths(of: OperatorLab.id(1)).count == 2
                }
            }
            let deaths = try await world.desk.desk.deaths(of: OperatorLab.id(1))
            #expect(deaths.map(\.state) == [.diedAgain, .open])
            #expect(deaths[1].parent == letter && deaths[1].replays == 1)
        }
    }
}
