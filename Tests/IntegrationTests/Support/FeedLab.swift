import AMQP
import Adapters
import FleetCore
import JSON
import Postgres
import Runtime
import Testing

@testable import Aggregator

/// A database and a virtual host of its own, with the parts of an aggregator.
struct FeedLab {
    static let isAvailable = OperatorLab.isAvailable && TopologyLab.isAvailable

    let database: OperatorLab
    let broker: TopologyLab
    let amqp: String
    let logger = Logger(label: "feed-tests")
    var topology: Topology { TopologyLab.topology }
    var pool: Pool { database.pool }

    static func run(_ body: @escaping (FeedLab) async throws -> Void) async throws {
        let url = try #require(ProcessEnvironment["FLOTILLA_TEST_AMQP"], "FLOTILLA_TEST_AMQP is not set")
        let server = url.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        try await OperatorLab.run { database in
            try await TopologyLab.run { broker in
                try await body(FeedLab(database: database, broker: broker, amqp: "\(server)/\(broker.virtualHost)"))
            }
        }
    }

    /// Runs one command with both addresses.
    func callAsFunction(_ line: String) async -> OperatorLab.Answer {
        await database(line, environment: ["FLOTILLA_AMQP_URL": amqp])
    }

    func makePublisher() throws -> Publisher {
        Publisher(endpoint: try Endpoint(url: amqp), role: "tests", logger: logger)
    }

    /// Runs services until `body` is through.
    func with(_ services: [any Service], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try? await service.run() } }
            do { try await body() } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    /// Runs everything that takes messages into the store, as an aggregator does.
    func aggregating(_ body: (Publisher) async throws -> Void) async throws {
        let address = try PostgresAddress(url: database.url)
        let pool = Pool(address: address, size: 4, name: "feed-tests", logger: logger)
        let publisher = try makePublisher()
        let intake = Consumer(
            endpoint: try Endpoint(url: amqp),
            queues: [topology.resultQueue(shard: 0), topology.deadQueue, topology.ingestQueue].map {
                ConsumerQueue(name: $0, prefetch: 50)
            },
            logger: logger
        )
        let sources = SourceDirectory(pool: pool)
        let writer = ResultWriter(
            shard: 0,
            store: ResultStore(pool: pool),
            sources: sources,
            intake: intake,
            policy: LingerPolicy(maximumBatch: 100, maximumLinger: 1_000_000),
            bell: Bell(),
            metrics: MetricsRegistry.standard,
            logger: logger
        )
        let coroner = DeadLetterWriter(
            store: DeadLetterStore(pool: pool),
            lane: WaitingStore(pool: pool),
            intake: intake,
            publisher: publisher,
            messages: JobMessages(topology: topology),
            logger: logger
        )
        let ingest = IngestWriter(
            sources: sources,
            door: JobDoor(pool: pool),
            publisher: publisher,
            messages: JobMessages(topology: topology),
            intake: intake,
            logger: logger
        )
        let router = DeliveryRouter(
            intake: intake,
            resultQueues: [topology.resultQueue(shard: 0): writer.inbox],
            dead: coroner.inbox,
            ingestQueue: topology.ingestQueue,
            ingest: ingest.inbox
        )
        let services: [any Service] = [
            RunningService("intake") { await intake.run() }, RunningService("publisher") { await publisher.run() },
            router, writer, coroner, ingest,
        ]
        try await with(services) { try await body(publisher) }
        await pool.close()
    }

    /// Runs the service that tells of changes, as an aggregator does.
    func telling(keep: Duration = .seconds(3600), _ body: () async throws -> Void) async throws {
        let publisher = try makePublisher()
        let changes = ChangePublisher(
            store: ChangeStore(pool: pool),
            publisher: publisher,
            messages: ChangeMessages(topology: topology),
            keep: keep,
            logger: logger
        )
        try await with([RunningService("publisher") { await publisher.run() }, changes], body)
    }

    /// Waits until something holds.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(30))
        while clock.now < deadline {
            if try await condition() { return }
            try await clock.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not come true within 30 seconds: \(what)")
    }

    func count(_ table: String) async throws -> Int64 {
        try await pool.query(Statement(dynamic: "select count(*) from flotilla.\(table)")).only().int8(0)
    }

    // MARK: Changes

    /// Makes a queue of our own on the exchange of changes, as another service would.
    func subscribe(_ queue: String, to pattern: String, limit: Int? = nil) async throws {
        var arguments: [JSONValue.Member] = []
        if let limit {
            arguments = [.init("x-max-length", .number(.integer(Int64(limit)))), .init("x-overflow", "reject-publish")]
        }
        let name = broker.virtualHost
        try await broker.api.put(["queues", name, queue], ["durable": true, "arguments": .object(arguments)])
        try await broker.api.post(
            ["bindings", name, "e", topology.changesExchange, "q", queue],
            ["routing_key": .string(pattern)]
        )
    }

    /// Takes messages until so many are there.
    func take(_ count: Int, from queue: String) async throws -> [JSONValue] {
        var messages: [JSONValue] = []
        while messages.count < count { messages.append(try await broker.message(in: queue, .take)) }
        return messages
    }

    /// What is in a queue at this moment.
    func rest(of queue: String) async throws -> Int {
        let found = try await broker.api.postForAnswer(
            ["queues", broker.virtualHost, queue, "get"],
            ["count": 1000, "ackmode": "ack_requeue_false", "encoding": "auto"]
        )
        return found.array?.count ?? 0
    }
}
