internal import AMQP
internal import FleetCore
internal import JSON
internal import Runtime

/// Takes the messages of erased accounts out of a queue in which others' wait.
///
/// Each message is taken with its answer outstanding. One of an erased account is acknowledged and so gone; any other is
/// published again behind the last, confirmed, and only then acknowledged: a crash at any point leaves it there once or
/// twice, and twice is harmless, since jobs are known by their ids. The round ends where the first of those comes up again.
struct QueueSweeper: Sendable {
    /// A queue, and where what it holds is published to come back to it.
    struct Place: Sendable {
        var queue: String
        var exchange: String
    }

    /// What a round through a queue came to.
    struct Tally: Sendable, Equatable {
        var seen = 0
        var removed = 0
    }

    let endpoint: Endpoint
    let logger: Logger

    private static let header = "x-flotilla-sweep"
    private static let prefetch: UInt16 = 200
    /// How often to look whether anything is left; four times nothing, and the workers have the rest.
    private static let idle = Duration.milliseconds(500)

    /// Messages that are ready; nil when there is no such queue.
    func ready(_ queue: String) async throws -> Int? {
        try await withAdministration(endpoint, role: "eraser") { administration in
            try await administration.inspectQueue(queue)?.ready
        }
    }

    /// Goes once through the queue.
    func sweep(_ place: Place, round: String, accounts: Set<Int64>) async throws -> Tally {
        guard let ready = try await ready(place.queue), ready > 0 else { return Tally() }
        let consumer = Consumer(
            endpoint: endpoint,
            queues: [ConsumerQueue(name: place.queue, prefetch: Self.prefetch)],
            role: "eraser",
            logger: logger
        )
        let publisher = Publisher(endpoint: endpoint, window: 1000, role: "eraser", logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            group.addTask { await publisher.run() }
            group.addTask { try await watch(place.queue, consumer) }
            defer { group.cancelAll() }
            var tally = Tally()
            for await batch in consumer.deliveries {
                let cameRound = try await take(batch, place, round, accounts, consumer, publisher, &tally)
                if cameRound || tally.seen >= ready + Int(Self.prefetch) { break }
            }
            await consumer.cancel()
            return tally
        }
    }

    /// Whether a message came up that this round had published.
    private func take(
        _ batch: [Delivery],
        _ place: Place,
        _ round: String,
        _ accounts: Set<Int64>,
        _ consumer: Consumer,
        _ publisher: Publisher,
        _ tally: inout Tally
    ) async throws -> Bool {
        var (erased, others, again): ([Delivery], [Delivery], [Delivery]) = ([], [], [])
        for delivery in batch {
            if delivery.properties.headers[Self.header]?.string == round {
                again.append(delivery)
            } else if let account = Self.account(of: delivery.body), accounts.contains(account) {
                erased.append(delivery)
            } else {
                others.append(delivery)
            }
        }
        for delivery in again { consumer.reject(delivery, requeue: true) }
        consumer.acknowledge(erased)
        let outcomes = await publisher.publish(
            others.map { delivery in
                var message = JobMessages.forwarded(delivery)
                message.properties.headers[Self.header] = .string(round)
                return Outgoing(exchange: place.exchange, routingKey: delivery.routingKey, message: message)
            }
        )
        consumer.acknowledge(zip(others, outcomes).filter { $0.1 == .accepted }.map(\.0))
        let refused = zip(others, outcomes).filter { $0.1 != .accepted }
        for (delivery, _) in refused { consumer.reject(delivery, requeue: true) }
        if let (_, outcome) = refused.first {
            throw ErasureFault(description: "queue \(place.queue) did not take its messages back: \(outcome)")
        }
        tally.seen += erased.count + others.count
        tally.removed += erased.count
        return !again.isEmpty
    }

    /// Ends the round when others have taken what was left.
    private func watch(_ queue: String, _ consumer: Consumer) async throws {
        var quiet = 0
        while quiet < 4 {
            try await Task.sleep(for: Self.idle)
            quiet = try await ready(queue) == 0 ? quiet + 1 : 0
        }
        await consumer.cancel()
    }

    /// The account that a job or a result names; nil when the body says none.
    static func account(of body: [UInt8]) -> Int64? {
        var reader = JSONReader(body)
        do {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "account", try reader.peek() == .number { return try reader.integerOrDecimal().integralValue }
            }
        } catch {
            // A body that makes no sense belongs to nobody.
        }
        return nil
    }
}

/// Why an erasure cannot go on.
public struct ErasureFault: Error, Sendable, CustomStringConvertible {
    public let description: String
}
