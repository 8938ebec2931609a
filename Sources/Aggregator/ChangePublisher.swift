import AMQP
import Adapters
import FleetCore
import Runtime

/// Tells the world of changed buckets, after the commit and apart from it: whatever the broker does, storing goes on, and what
/// was not told waits in the database.
final class ChangePublisher: Service {
    let name = "changes"
    private let store: ChangeStore
    private let publisher: Publisher
    private let messages: ChangeMessages
    private let keep: Duration
    private let logger: Logger

    /// How often it looks when there was nothing.
    private static let pause = Duration.milliseconds(300)
    /// How long the broker may take for a part: well within a claim.
    private static let patience = Duration.seconds(20)
    /// How often the backlog is measured, and cut.
    private static let inspection = Duration.seconds(10)

    /// - Parameter keep: how long changes wait for a broker; older ones are dropped and counted.
    init(store: ChangeStore, publisher: Publisher, messages: ChangeMessages, keep: Duration, logger: Logger) {
        self.store = store
        self.publisher = publisher
        self.messages = messages
        self.keep = keep
        self.logger = logger
    }

    @concurrent
    func run() async {
        var inspected = Deadline(after: .zero)
        while !Task.isCancelled {
            do {
                if inspected.isPast() {
                    try await inspect()
                    inspected = Deadline(after: Self.inspection)
                }
                if try await turn() { continue }
            } catch {
                logger.warning("changes could not be told", ["error.message": .string("\(error)")])
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// True when there may be more to tell at once.
    private func turn() async throws -> Bool {
        guard publisher.state == .open else { return false }
        let turn = try await store.turn(publish)
        return turn.events > 0 && turn.isComplete
    }

    /// Publishes until all are accepted, each once, or the patience ends: what a full queue refused finds room when its reader
    /// goes on.
    private func publish(_ events: [ChangeEvent]) async -> Bool {
        var remaining = events.map(messages.message)
        let deadline = Deadline(after: Self.patience)
        while true {
            let outgoing = remaining
            let outcomes = await withinPatience { [publisher] in await publisher.publish(outgoing) }
            guard outcomes.count == outgoing.count else { return false }
            remaining = zip(outgoing, outcomes).filter { $1 != .accepted }.map(\.0)
            AggregatorMetrics.changesPublished.increment(by: outgoing.count - remaining.count)
            if remaining.isEmpty { return true }
            guard !deadline.isPast(), !Task.isCancelled, publisher.state == .open else {
                let reason = outcomes.first { $0 != .accepted }.map { "\($0)" } ?? "no answer"
                logger.warning("changes not accepted, trying again", ["reason": .string(reason)])
                return false
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The outcomes, or those there are when the patience ends.
    private func withinPatience(_ work: @escaping @Sendable () async -> [PublishOutcome]) async -> [PublishOutcome] {
        await withTaskGroup(of: [PublishOutcome]?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            var outcomes: [PublishOutcome] = []
            while let ended = await group.next() {
                if let ended { outcomes = ended }
                group.cancelAll()
            }
            return outcomes
        }
    }

    private func inspect() async throws {
        let dropped = try await store.drop(olderThan: keep)
        if dropped > 0 {
            AggregatorMetrics.changesDropped.increment(by: Int(clamping: dropped))
            logger.error(
                "changes waited too long and were dropped; tell them again with `flotilla changes replay`",
                ["count": .int(Int(clamping: dropped))]
            )
        }
        let backlog = try await store.backlog()
        AggregatorMetrics.changesPending.set(Int(clamping: backlog.batches))
        let age = backlog.oldest.map { Instant(microseconds: ProcessClock.wallNow) - $0 } ?? .zero
        AggregatorMetrics.changesOldest.set(max(0, age.inSeconds))
    }
}
