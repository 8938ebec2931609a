import AMQP
import Adapters
import FleetCore
import Runtime

/// Publishes the jobs of runs: walks the accounts in order, keeps a few pages on the way to the broker at once, and notes
/// how far everything is confirmed. After a crash the next leader goes on from there; what is published twice has the same
/// ids and counts once. Memory does not depend on the number of accounts.
struct RunPublisher: Service {
    let name = "runs"
    let store: ScheduleStore
    let publisher: Publisher
    let messages: JobMessages
    let leadership: Leadership
    let logger: Logger

    /// Jobs published by one call.
    private static let page = 1000
    /// Pages on their way at once.
    private static let depth = 4
    private static let turn = Duration.seconds(1)
    /// How often progress is written down.
    private static let noteEvery = Duration.seconds(1)
    private static let published = MetricsRegistry.standard.counter(
        "flotilla_jobs_published_total",
        "Jobs of runs that the broker confirmed."
    )

    @concurrent
    func run() async {
        while !Task.isCancelled {
            if let epoch = leadership.epoch {
                do {
                    for run in try await store.planning() { try await publish(run, epoch: epoch) }
                } catch {
                    logger.warning("a run could not be published, trying again", ["error.message": .string("\(error)")])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func publish(_ run: StoredRun, epoch: Int64) async throws {
        guard let plan = run.plan else {
            throw ScheduleFault(description: "run \(run.id) names a platform, collection or lane that is unknown here")
        }
        let start = ProcessClock.monotonicNow
        let progress = try await publish(run, plan, epoch: epoch)
        try await note(run, progress, finished: true, epoch: epoch)
        logger.info(
            "run published",
            [
                "run": .string(run.id.description), "jobs": .int(Int(progress.published)),
                "duration_ms": .int(Int((ProcessClock.monotonicNow - start) / 1_000_000)),
            ]
        )
    }

    private func publish(_ run: StoredRun, _ plan: RunPlan, epoch: Int64) async throws -> PublishProgress {
        // A page has about the same number of jobs whatever the number of days.
        let limit = max(1, Self.page / plan.jobsPerAccount)
        var progress = PublishProgress(cursor: run.cursor, published: run.published)
        var next = run.cursor
        var noted = Deadline(after: Self.noteEvery)
        try await withThrowingTaskGroup(of: Int.self) { group in
            var accounts = try await store.accounts(of: run, after: next, limit: limit)
            while !accounts.isEmpty || progress.open > 0 {
                if let last = accounts.last, progress.open < Self.depth {
                    let page = progress.began(last: last, jobs: Int64(accounts.count * plan.jobsPerAccount))
                    group.addTask { [accounts] in
                        await publish(plan, accounts)
                        try Task.checkCancellation()
                        return page
                    }
                    next = last
                    accounts = try await store.accounts(of: run, after: next, limit: limit)
                    continue
                }
                if let page = try await group.next() { progress.confirmed(page) }
                if noted.isPast() {
                    try await note(run, progress, finished: false, epoch: epoch)
                    noted = Deadline(after: Self.noteEvery)
                }
            }
        }
        return progress
    }

    /// Publishes the jobs of the accounts until the broker has them all, or the task is cancelled.
    private func publish(_ plan: RunPlan, _ accounts: [Int64]) async {
        let now = Instant(microseconds: ProcessClock.wallNow)
        var waiting: [Outgoing] = []
        waiting.reserveCapacity(accounts.count * plan.jobsPerAccount)
        for account in accounts {
            for job in plan.jobs(of: account, enqueuedAt: now) { waiting.append(messages.message(job)) }
        }
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !waiting.isEmpty {
            let outcomes = await publisher.publish(waiting)
            let failed = zip(waiting, outcomes).filter { $0.1 != .accepted }
            Self.published.increment(by: waiting.count - failed.count)
            guard let first = failed.first, !Task.isCancelled else { return }
            attempt += 1
            logger.warning(
                "jobs not accepted, trying again",
                ["count": .int(failed.count), "reason": .string("\(first.1)")]
            )
            waiting = failed.map(\.0)
            try? await Task.sleep(for: Backoff.connection.delay(attempt: attempt, using: &generator))
        }
    }

    private func note(_ run: StoredRun, _ progress: PublishProgress, finished: Bool, epoch: Int64) async throws {
        try await store.advance(
            run.id,
            cursor: progress.cursor,
            published: progress.published,
            finished: finished,
            lease: Leadership.lease,
            epoch: epoch
        )
    }
}
