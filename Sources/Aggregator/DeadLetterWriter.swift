import AMQP
import Adapters
import FleetCore
import Runtime

/// Takes dead letters into the ledger and acknowledges them after the commit, so that the broker's queue stays near empty.
///
/// Jobs that the broker took from workers which died are not dead yet: all that such a worker held come with the one that
/// killed it. They are sent where each is run apart from all others, and only what kills again is dead.
///
/// Those that are only newer than the worker that saw them go to the lane where such jobs wait.
final class DeadLetterWriter: Drainable {
    let name = "dead-letters"
    let inbox = Inbox()
    private let store: DeadLetterStore
    private let lane: WaitingStore
    private let intake: Consumer
    private let publisher: Publisher
    private let messages: JobMessages
    private let logger: Logger
    private let finished = Gate()
    private static let suspects = MetricsRegistry.standard.counter(
        "flotilla_jobs_suspected_total",
        "Jobs that workers held when they died, sent to be run apart from others."
    )

    init(
        store: DeadLetterStore,
        lane: WaitingStore,
        intake: Consumer,
        publisher: Publisher,
        messages: JobMessages,
        logger: Logger
    ) {
        self.store = store
        self.lane = lane
        self.intake = intake
        self.publisher = publisher
        self.messages = messages
        self.logger = logger
    }

    @concurrent
    func run() async {
        while await inbox.wait(), !Task.isCancelled {
            let deliveries = inbox.take(100)
            let rest = await withoutSuspects(deliveries)
            if rest.isEmpty { continue }
            let waiting = rest.map { WaitingJob($0) }
            let dead = zip(rest, waiting).filter { $0.1 == nil }.map { DeadLetter($0.0) }
            if await commit(dead, waiting.compactMap { $0 }) { intake.acknowledge(rest) }
        }
        finished.open()
    }

    func drain() async { await finished.wait() }

    /// Sends suspects where they are tried. What the broker does not take there is put with the dead after all: somebody
    /// sees it then.
    private func withoutSuspects(_ deliveries: [Delivery]) async -> [Delivery] {
        let suspected = deliveries.compactMap { delivery in messages.suspect(delivery).map { (delivery, $0) } }
        if suspected.isEmpty { return deliveries }
        let outcomes = await publisher.publish(suspected.map(\.1))
        let sent = zip(suspected, outcomes).filter { $0.1 == .accepted }.map(\.0.0)
        intake.acknowledge(sent)
        Self.suspects.increment(by: sent.count)
        logger.warning(
            "jobs that workers died with are tried one by one",
            ["count": .int(sent.count), "refused": .int(suspected.count - sent.count)]
        )
        let tokens = Set(sent.map(\.token))
        return deliveries.filter { !tokens.contains($0.token) }
    }

    private func commit(_ letters: [DeadLetter], _ waiting: [WaitingJob]) async -> Bool {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                try await lane.hold(waiting)
                if !letters.isEmpty { AggregatorMetrics.dead.increment(by: try await store.store(letters)) }
                return true
            } catch {
                attempt += 1
                logger.warning(
                    "dead letters could not be stored, trying again",
                    ["count": .int(letters.count), "error.message": .string("\(error)")]
                )
                try? await Task.sleep(for: Backoff.connection.delay(attempt: attempt, using: &generator))
            }
        }
        return false
    }
}
