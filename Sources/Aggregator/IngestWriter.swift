import AMQP
import Adapters
import FleetCore
import Runtime

/// Takes readings that other services pushed: checks them, and publishes each as a result, as a worker would; or as a dead
/// letter with its cause. A message is acknowledged when the broker has confirmed what became of it.
final class IngestWriter: Drainable {
    let name = "ingest"
    let inbox = Inbox()
    private let sources: SourceDirectory
    private let publisher: Publisher
    private let messages: JobMessages
    private let intake: Consumer
    private let logger: Logger
    private let finished = Gate()
    private let contract = PushContract()

    init(sources: SourceDirectory, publisher: Publisher, messages: JobMessages, intake: Consumer, logger: Logger) {
        self.sources = sources
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
                logger.warning("pushed readings must wait", ["error.message": .string("\(error)")])
                try? await Task.sleep(for: Backoff.connection.delay(attempt: attempt, using: &generator))
                for delivery in deliveries { intake.reject(delivery, requeue: true) }
            }
        }
        finished.open()
    }

    func drain() async { await finished.wait() }

    private func handle(_ deliveries: [Delivery]) async throws {
        let now = Instant(microseconds: ProcessClock.wallNow)
        let read = deliveries.map { delivery in
            Result { () throws(Death) in try contract.read(delivery.body, now: now) }
        }
        let owners = try await sources.owners(of: read.compactMap { try? $0.get().account })
        if owners.values.contains(where: { $0.isSource && PlatformName(rawValue: $0.platform) == nil }) {
            try await sources.introduceAll()
        }
        let outgoing = zip(deliveries, read).map { delivery, push in
            do throws(Death) {
                let push = try push.get()
                return messages.result(try owners[push.account].result(push, now: now))
            } catch {
                AggregatorMetrics.pushesRefused.increment()
                return messages.outgoing(.deadLetter(error), delivery)
            }
        }
        let outcomes = await publisher.publish(outgoing)
        for (delivery, outcome) in zip(deliveries, outcomes) {
            if outcome == .accepted { intake.acknowledge([delivery]) } else { intake.reject(delivery, requeue: true) }
        }
    }
}
