import AMQP
import Adapters
import FleetCore
import Postgres
import Runtime

/// Stores the results of one shard: as many per transaction as have come, acknowledged after the commit.
final class ResultWriter: Drainable {
    let name: String
    let inbox = Inbox()
    private let shard: Int
    private let store: ResultStore
    private let sources: SourceDirectory
    private let intake: Consumer
    private let policy: LingerPolicy
    private let bell: Bell
    private let logger: Logger
    private let batches: Histogram
    private let stored: Counter
    private let repeated: Counter
    private let broken: Counter
    private let finished = Gate()

    init(
        shard: Int,
        store: ResultStore,
        sources: SourceDirectory,
        intake: Consumer,
        policy: LingerPolicy,
        bell: Bell,
        metrics: MetricsRegistry,
        logger: Logger
    ) {
        name = "results.\(shard)"
        self.shard = shard
        self.store = store
        self.sources = sources
        self.intake = intake
        self.policy = policy
        self.bell = bell
        self.logger = logger
        batches = AggregatorMetrics.batches
        stored = AggregatorMetrics.stored
        repeated = AggregatorMetrics.repeated
        broken = AggregatorMetrics.broken
    }

    @concurrent
    func run() async {
        var policy = policy
        while await inbox.wait() {
            let linger = policy.linger(waiting: inbox.count)
            if linger > 0 { try? await Task.sleep(for: .nanoseconds(linger)) }
            let deliveries = inbox.take(policy.maximumBatch)
            await write(deliveries)
            policy.committed(deliveries.count, at: ProcessClock.monotonicNow)
            if Task.isCancelled { break }
        }
        finished.open()
    }

    func drain() async { await finished.wait() }

    private func write(_ deliveries: [Delivery]) async {
        var results: [JobResult] = []
        results.reserveCapacity(deliveries.count)
        for delivery in deliveries {
            if let result = try? JobResult(message: delivery.body) {
                results.append(result)
                continue
            }
            do throws(ResultFault) {
                results.append(try await readAgain(delivery.body))
            } catch {
                // Only our own workers write results: a fault here is a program's, and the broker keeps the message
                // for people to look at.
                broken.increment()
                logger.error("unreadable result rejected", ["reason": .string(error.description)])
                intake.reject(delivery, requeue: false)
            }
        }
        guard !results.isEmpty, let summary = await commit(results) else { return }
        batches.observe(Double(results.count))
        if summary.recorded > 0 { bell.ring() }
        stored.increment(by: summary.recorded)
        repeated.increment(by: summary.repeated)
        if summary.refused > 0 {
            AggregatorMetrics.refused.increment(by: summary.refused)
            logger.error("synthetic results refused", ["count": .int(summary.refused)])
        }
        if let first = summary.restatements.first { report(first, of: summary.restatements.count) }
        intake.acknowledge(deliveries)
    }

    /// Says that settled figures changed. One line stands for a batch: a platform that restates tends to restate many.
    private func report(_ first: Restatement, of count: Int) {
        AggregatorMetrics.restated.increment(by: count)
        logger.warning(
            "settled figures were restated",
            [
                "count": .int(count), "subject": .int(Int(first.subject)), "metric": .string(first.metric.name),
                "start": .string(first.start.text(.seconds)), "before": .int(Int(first.before.value)),
                "after": .int(Int(first.after.value)), "job": .string(first.after.source.job.description),
            ]
        )
    }

    /// What cannot be read may be of a source that was registered a moment ago.
    private func readAgain(_ body: [UInt8]) async throws(ResultFault) -> JobResult {
        try? await sources.introduceAll()
        return try JobResult(message: body)
    }

    /// Writes until it succeeds: results stay unacknowledged meanwhile, and writing them again changes nothing. Nil when
    /// the process stops first.
    private func commit(_ results: [JobResult]) async -> ResultStore.Summary? {
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while true {
            do {
                return try await store.store(results, shard: shard)
            } catch {
                if Task.isCancelled { return nil }
                attempt += 1
                logger.warning(
                    "results could not be stored, trying again",
                    ["count": .int(results.count), "error.message": .string("\(error)")]
                )
                try? await Task.sleep(for: Self.backoff.delay(attempt: attempt, using: &generator))
                if Task.isCancelled { return nil }
            }
        }
    }

    private static let backoff = Backoff(base: .milliseconds(50), cap: .seconds(5), floor: .milliseconds(20))
}

/// The aggregator's own figures.
enum AggregatorMetrics {
    private static let registry = MetricsRegistry.standard
    static let batches = registry.histogram(
        "flotilla_result_batch_size",
        "Results per transaction.",
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    )
    static let stored = registry.counter("flotilla_results_stored_total", "Results recorded for the first time.")
    static let repeated = registry.counter(
        "flotilla_results_repeated_total",
        "Results of jobs that were recorded before; they changed nothing."
    )
    static let refused = registry.counter(
        "flotilla_results_refused_total",
        "Synthetic results for workspaces that are no sandboxes."
    )
    static let rollups = registry.counter("flotilla_rollups_written_total", "Rollup rows of subjects that changed.")
    static let groups = registry.counter(
        "flotilla_workspace_rollups_written_total",
        "Rollup rows of workspaces that changed."
    )
    static let restated = registry.counter(
        "flotilla_restatements_total",
        "Settled figures that a platform changed by more than 5 % and 10 units."
    )
    static let broken = registry.counter("flotilla_results_unreadable_total", "Result messages that made no sense.")
    static let changesPublished = registry.counter(
        "flotilla_changes_published_total",
        "Change events that the broker confirmed."
    )
    static let changesDropped = registry.counter(
        "flotilla_changes_dropped_total",
        "Changed buckets that nobody was told of, because the broker was away too long."
    )
    static let changesPending = registry.gauge(
        "flotilla_changes_pending_batches",
        "Transactions whose changed buckets wait to be told."
    )
    static let changesOldest = registry.gauge(
        "flotilla_changes_oldest_seconds",
        "Age of the oldest change that waits to be told."
    )
    static let pushesRefused = registry.counter(
        "flotilla_pushes_refused_total",
        "Messages of pushed readings that went to the dead letters."
    )
    static let dead = registry.counter("flotilla_dead_letters_total", "Dead letters taken into the ledger.")

    /// Shows all of them from the start, at 0: what appears with its first event has no growth that an alert could see.
    static func declare() {
        _ = (stored, repeated, refused, rollups, groups, restated, broken, dead)
        _ = (changesPublished, changesDropped, changesPending, changesOldest, pushesRefused)
    }
}
