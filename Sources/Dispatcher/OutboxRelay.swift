import AMQP
import Adapters
import FleetCore
import Postgres
import Runtime

/// Tells the relay that something was enqueued. Only a hint: notifications vanish while there is no connection, so the relay
/// looks by itself from time to time.
struct OutboxNudges: Service {
    let name = "nudges"
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let address: PostgresAddress
    private let logger: Logger

    init(address: PostgresAddress, logger: Logger) {
        self.address = address
        self.logger = logger
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func run() async {
        let listener = Listener(
            address: address,
            channels: ["flotilla_outbox"],
            name: "flotilla-dispatcher",
            logger: logger
        )
        await withTaskGroup { group in
            group.addTask { await listener.run() }
            group.addTask { for await _ in listener.events { continuation.yield() } }
            group.addTask {
                while !Task.isCancelled {
                    continuation.yield()
                    try? await Task.sleep(for: .seconds(5))
                }
            }
        }
    }
}

/// Publishes what came by the SQL door and removes it once the broker has confirmed it.
struct OutboxRelay: Service {
    let name = "outbox"
    let store: OutboxStore
    let publisher: Publisher
    let messages: JobMessages
    let leadership: Leadership
    let nudges: OutboxNudges
    let logger: Logger

    private static let page = 500
    private static let relayed = MetricsRegistry.standard.counter(
        "flotilla_outbox_relayed_total",
        "Jobs of the SQL door that the broker confirmed."
    )

    @concurrent
    func run() async {
        for await _ in nudges.stream {
            while leadership.epoch != nil, !Task.isCancelled {
                do {
                    let (found, removed) = try await store.relay(limit: Self.page, publish: publish)
                    Self.relayed.increment(by: removed)
                    // What the broker did not take is tried again at the next nudge.
                    if found < Self.page || removed == 0 { break }
                } catch {
                    logger.warning("the outbox could not be relayed", ["error.message": .string("\(error)")])
                    break
                }
            }
        }
    }

    private func publish(_ entries: [OutboxStore.Entry]) async -> [Bool] {
        let outgoing = entries.map { entry in
            messages.message(
                body: entry.body,
                id: entry.job,
                routingKey: entry.routingKey,
                attempt: entry.attempt,
                doubt: entry.doubt
            )
        }
        let outcomes = await publisher.publish(outgoing)
        if let refused = outcomes.first(where: { $0 != .accepted }) {
            logger.warning("jobs of the outbox not accepted", ["reason": .string("\(refused)")])
        }
        return outcomes.map { $0 == .accepted }
    }
}
