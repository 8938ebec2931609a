import AMQP
import Adapters
import FleetCore
import Platforms
import Runtime

/// Publishes the jobs of runs of one lane, so that a large backfill holds up nothing that is due now: walks the accounts in order, keeps a few pages on the way to the broker at once, and notes
/// how far everything is confirmed. After a crash the next leader goes on from there; what is published twice has the same
/// ids and counts once. Memory does not depend on the number of accounts.
struct RunPublisher: Service {
    var name: String { "runs-\(lane.rawValue)" }
    let lane: Lane
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
                    for run in try await store.planning(lane) where try await !store.isDrained(run) {
                        try await publish(run, epoch: epoch)
                    }
                } catch {
                    logger.warning("a run could not be published, trying again", ["error.message": .string("\(error)")])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func publish(_ run: StoredRun, epoch: Int64) async throws {
        let platform = PlatformName(rawValue: run.platform).flatMap { PlatformRegistry[$0] }
        let plan = run.plan(daysPerJob: platform?.daysPerJob ?? 1, postsPerJob: platform?.postsPerJob ?? 1)
        guard let plan else {
            throw ScheduleFault("run \(run.id) names a platform, collection or lane that is unknown here")
        }
        let start = ProcessClock.monotonicNow
        let progress = try await publish(run, plan, epoch: epoch)
        guard let progress, try await note(run, progress, finished: true, epoch: epoch) else {
            logger.notice("a run was cancelled while it was published", ["run": .string(run.id.description)])
            return
        }
        logger.info(
            "run published",
            [
                "run": .string(run.id.description), "jobs": .int(Int(progress.published)),
                "duration_ms": .int(Int((ProcessClock.monotonicNow - start) / 1_000_000)),
            ]
        )
    }

    /// Nil when the run was cancelled meanwhile: the pages on their way are waited for, and no more are sent.
    private func publish(_ run: StoredRun, _ plan: RunPlan, epoch: Int64) async throws -> PublishProgress? {
        // A page has about the same number of jobs whatever the number of days; an account has some posts.
        let limit = max(1, Self.page / (plan.collect == .postMetrics ? 20 : plan.jobsPerAccount))
        var progress = PublishProgress(cursor: run.cursor, published: run.published)
        var next = run.cursor
        var noted = Deadline(after: Self.noteEvery)
        var isWanted = true
        try await withThrowingTaskGroup(of: Int.self) { group in
            var accounts = try await store.accounts(of: run, after: next, limit: limit)
            while !accounts.isEmpty || progress.open > 0 {
                if let last = accounts.last, progress.open < Self.depth {
                    let posts = plan.collect == .postMetrics ? try await store.posts(of: accounts, run: run) : [:]
                    let count = accounts.reduce(0) { $0 + plan.jobCount(posts: posts[$1] ?? []) }
                    let page = progress.began(last: last, jobs: Int64(count))
                    group.addTask { [accounts] in
                        await publish(jobs(of: accounts, posts, plan))
                        try Task.checkCancellation()
                        return page
                    }
                    next = last
                    accounts = try await store.accounts(of: run, after: next, limit: limit)
                    continue
                }
                if let page = try await group.next() { progress.confirmed(page) }
                if noted.isPast() {
                    isWanted = try await note(run, progress, finished: false, epoch: epoch)
                    if !isWanted { accounts = [] }
                    noted = Deadline(after: Self.noteEvery)
                }
            }
        }
        return isWanted ? progress : nil
    }

    private func jobs(of accounts: [Int64], _ posts: [Int64: [Int64?]], _ plan: RunPlan) -> [Outgoing] {
        let now = Instant(microseconds: ProcessClock.wallNow)
        var jobs: [Outgoing] = []
        jobs.reserveCapacity(accounts.count * plan.jobsPerAccount)
        for account in accounts {
            for job in plan.jobs(of: account, posts: posts[account] ?? [], enqueuedAt: now) {
                jobs.append(messages.message(job))
            }
        }
        return jobs
    }

    /// Publishes the jobs until the broker has them all, or the task is cancelled.
    private func publish(_ jobs: [Outgoing]) async {
        var waiting = jobs
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

    /// False when the run is not wanted any more.
    private func note(
        _ run: StoredRun,
        _ progress: PublishProgress,
        finished: Bool,
        epoch: Int64
    ) async throws -> Bool {
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
