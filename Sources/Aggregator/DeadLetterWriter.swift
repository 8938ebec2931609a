import AMQP
import Adapters
import FleetCore
import Runtime

/// Takes dead letters into the ledger and acknowledges them after the commit, so that the broker's queue stays near empty.
final class DeadLetterWriter: Drainable {
    let name = "dead-letters"
    let inbox = Inbox()
    private let store: DeadLetterStore
    private let intake: Consumer
    private let logger: Logger
    private let finished = Gate()

    init(store: DeadLetterStore, intake: Consumer, logger: Logger) {
        self.store = store
        self.intake = intake
        self.logger = logger
    }

    @concurrent
    func run() async {
        while await inbox.wait(), !Task.isCancelled {
            let deliveries = inbox.take(100)
            if await commit(deliveries.map { DeadLetter($0) }) { intake.acknowledge(deliveries) }
        }
        finished.open()
    }

    func drain() async { await finished.wait() }

    private func commit(_ letters: [DeadLetter]) async -> Bool {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                AggregatorMetrics.dead.increment(by: try await store.store(letters))
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
