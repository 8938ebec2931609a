import AMQP
import Adapters
import FleetCore
import Runtime

/// Takes what other services send to the door for messages. Readings are checked and published as results, as a worker would,
/// or as dead letters with their cause; orders and posts go to a clerk, who answers. A message is acknowledged when the broker
/// has confirmed what became of it.
final class IngestWriter: Drainable {
    let name = "ingest"
    let inbox = Inbox()
    private let sources: SourceDirectory
    private let clerk: DoorClerk
    private let publisher: Publisher
    private let messages: JobMessages
    private let intake: Consumer
    private let logger: Logger
    private let finished = Gate()
    private let contract = PushContract()

    init(
        sources: SourceDirectory,
        door: JobDoor,
        publisher: Publisher,
        messages: JobMessages,
        intake: Consumer,
        logger: Logger
    ) {
        self.sources = sources
        clerk = DoorClerk(door: door, messages: messages)
        self.publisher = publisher
        self.messages = messages
        self.intake = intake
        self.logger = logger
    }

    @concurrent
    func run() async {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while await inbox.wait(), !Task.isCancelled {
            let deliveries = inbox.take(100)
            do {
                try await handle(deliveries)
                attempt = 0
            } catch {
                attempt += 1
                logger.warning("the door for messages must wait", ["error.message": .string("\(error)")])
                try? await Task.sleep(for: Backoff.connection.delay(attempt: attempt, using: &generator))
                for delivery in deliveries { intake.reject(delivery, requeue: true) }
            }
        }
        finished.open()
    }

    func drain() async { await finished.wait() }

    private func handle(_ deliveries: [Delivery]) async throws {
        let now = Instant(microseconds: ProcessClock.wallNow)
        var settled: [(delivery: Delivery, message: Outgoing)] = []
        var (pushes, quiet): ([Delivery], [Delivery]) = ([], [])
        for delivery in deliveries {
            if DoorClerk.Subject(delivery.properties.type) == .readings {
                pushes.append(delivery)
            } else if let message = try await clerk.settle(delivery, now: now) {
                settled.append((delivery, message))
            } else {
                quiet.append(delivery)
            }
        }
        if !pushes.isEmpty {
            settled += zip(pushes, try await results(of: pushes, now: now)).map { ($0, $1) }
        }
        let outcomes = await publisher.publish(settled.map(\.message))
        intake.acknowledge(quiet)
        for ((delivery, message), outcome) in zip(settled, outcomes) {
            switch outcome {
            case .accepted: intake.acknowledge([delivery])
            // Who asked for an answer is gone by now.
            case .returned where message.exchange.isEmpty: intake.acknowledge([delivery])
            case .returned, .refused, .unknown: intake.reject(delivery, requeue: true)
            }
        }
    }

    /// What pushed readings become: results, or dead letters.
    private func results(of deliveries: [Delivery], now: Instant) async throws -> [Outgoing] {
        let read = deliveries.map { delivery in
            Result { () throws(Death) in try contract.read(delivery.body, now: now) }
        }
        let owners = try await sources.owners(of: read.compactMap { try? $0.get().account })
        if owners.values.contains(where: { $0.isSource && PlatformName(rawValue: $0.platform) == nil }) {
            try await sources.introduceAll()
        }
        return zip(deliveries, read).map { delivery, push in
            do throws(Death) {
                let push = try push.get()
                return messages.result(try owners[push.account].result(push, now: now))
            } catch {
                AggregatorMetrics.pushesRefused.increment()
                return messages.outgoing(.deadLetter(error), delivery)
            }
        }
    }
}
