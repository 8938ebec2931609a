public import AMQP
public import FleetCore
public import Runtime

/// Takes the jobs out of a queue that nobody wants any more. Each is written down as cancelled by the way that dead letters
/// go: published, confirmed, and only then taken out, so that a crash leaves it there once or twice and loses none.
public struct QueuePurge: Sendable {
    /// What a purge came to.
    public struct Tally: Sendable, Equatable {
        /// Jobs cancelled.
        public var cancelled = 0
        /// Messages that are no jobs, put with the dead letters.
        public var broken = 0
    }

    private let endpoint: Endpoint
    private let topology: Topology
    private let logger: Logger

    private static let prefetch: UInt16 = 200
    /// How often to look whether others have taken what was left.
    private static let idle = Duration.milliseconds(500)

    public init(endpoint: Endpoint, topology: Topology, logger: Logger) {
        self.endpoint = endpoint
        self.topology = topology
        self.logger = logger
    }

    /// Messages that are ready; nil when there is no such queue.
    public func ready(_ queue: String) async throws -> Int? {
        try await withAdministration(endpoint, role: "purge") { try await $0.inspectQueue(queue)?.ready }
    }

    /// Takes out up to `most` messages, and stops when there are no more.
    public func purge(
        _ queue: String,
        most: Int,
        reason: String,
        now: @Sendable () -> Instant,
        progress: (Int) -> Void = { _ in }
    ) async throws -> Tally {
        let consumer = Consumer(
            endpoint: endpoint,
            queues: [ConsumerQueue(name: queue, prefetch: Self.prefetch)],
            role: "purge",
            logger: logger
        )
        let publisher = Publisher(endpoint: endpoint, window: 1000, role: "purge", logger: logger)
        let messages = JobMessages(topology: topology)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            group.addTask { await publisher.run() }
            group.addTask { try await watch(queue, consumer) }
            defer { group.cancelAll() }
            var tally = Tally()
            for await batch in consumer.deliveries {
                let taken = batch.prefix(most - tally.cancelled - tally.broken)
                for delivery in batch.dropFirst(taken.count) { consumer.reject(delivery, requeue: true) }
                let deaths = taken.map { Self.death(of: $0, messages, reason, now()) }
                let outcomes = await publisher.publish(
                    zip(taken, deaths).map { messages.outgoing(.deadLetter($1), $0) }
                )
                for ((delivery, death), outcome) in zip(zip(taken, deaths), outcomes) {
                    guard outcome == .accepted else {
                        consumer.reject(delivery, requeue: true)
                        continue
                    }
                    consumer.acknowledge([delivery])
                    if death.cause == .cancelled { tally.cancelled += 1 } else { tally.broken += 1 }
                }
                if let refused = outcomes.first(where: { $0 != .accepted }) {
                    throw PurgeFault(description: "the broker did not take the jobs' ends: \(refused)")
                }
                progress(tally.cancelled + tally.broken)
                if tally.cancelled + tally.broken >= most { break }
            }
            await consumer.cancel()
            return tally
        }
    }

    private static func death(of delivery: Delivery, _ messages: JobMessages, _ reason: String, _ now: Instant) -> Death
    {
        do throws(Death) {
            _ = try messages.read(delivery, now: now)
            return Death(.cancelled, reason)
        } catch {
            return error
        }
    }

    /// Ends the purge when others have taken what was left.
    private func watch(_ queue: String, _ consumer: Consumer) async throws {
        var quiet = 0
        while quiet < 4 {
            try await Task.sleep(for: Self.idle)
            quiet = try await ready(queue) == 0 ? quiet + 1 : 0
        }
        await consumer.cancel()
    }
}

/// Why a purge cannot go on.
public struct PurgeFault: Error, Sendable, CustomStringConvertible {
    public let description: String
}
