/// The jobs of a run without the list of them: any stretch of accounts can be planned alone, and planning it again gives the
/// same jobs under the same ids. Account metrics take a job per day, or per as many days as one call covers; named posts a
/// job per batch; other collections one job.
public struct RunPlan: Equatable, Sendable {
    public var run: UUID
    public var platform: PlatformName
    public var collect: CollectionKind
    public var lane: Lane
    public var dates: ClosedRange<CivilDate>
    public var reason: String
    /// The most days of account metrics that one job covers.
    public var daysPerJob: Int
    /// The most posts that one job names.
    public var postsPerJob: Int

    public init(
        run: UUID,
        platform: PlatformName,
        collect: CollectionKind,
        lane: Lane,
        dates: ClosedRange<CivilDate>,
        reason: String = "run",
        daysPerJob: Int = 1,
        postsPerJob: Int = 1
    ) {
        self.run = run
        self.platform = platform
        self.collect = collect
        self.lane = lane
        self.dates = dates
        self.reason = reason
        self.daysPerJob = min(max(daysPerJob, 1), JobContract.maximumDays)
        self.postsPerJob = min(max(postsPerJob, 1), JobContract.maximumPosts)
    }

    private var dayCount: Int { dates.upperBound - dates.lowerBound + 1 }

    /// How many jobs each account has; for named posts, an account with few of them.
    public var jobsPerAccount: Int {
        switch collect {
        case .accountDaily: (dayCount + daysPerJob - 1) / daysPerJob
        case .posts, .postMetrics, .stories, .demographics, .credentialRefresh: 1
        }
    }

    /// How many jobs an account has whose posts are these.
    public func jobCount(posts: [Int64?]) -> Int {
        guard collect == .postMetrics else { return jobsPerAccount }
        return stride(from: 0, to: posts.count, by: postsPerJob).count { start in
            posts[start..<min(start + postsPerJob, posts.count)].contains { $0 != nil }
        }
    }

    /// The jobs of one account, oldest day first.
    ///
    /// - Parameter posts: the account's posts as far as the run goes, nil for those that are gone: they keep their places, so
    ///   that the others are in the same jobs whenever the run is planned.
    public func jobs(of account: Int64, posts: [Int64?] = [], enqueuedAt: Instant) -> [Job] {
        switch collect {
        case .accountDaily:
            (0..<jobsPerAccount).map { step in
                let first = dates.lowerBound + step * daysPerJob
                let last = min(first + (daysPerJob - 1), dates.upperBound)
                return job(account, step, last, days: last - first + 1, enqueuedAt)
            }
        case .postMetrics:
            stride(from: 0, to: posts.count, by: postsPerJob).compactMap { start in
                let batch = posts[start..<min(start + postsPerJob, posts.count)].compactMap { $0 }
                let step = start / postsPerJob
                return batch.isEmpty ? nil : job(account, step, dates.upperBound, posts: batch, enqueuedAt)
            }
        case .posts, .stories, .demographics, .credentialRefresh:
            [job(account, 0, dates.upperBound, days: min(dayCount, JobContract.maximumDays), enqueuedAt)]
        }
    }

    private func job(
        _ account: Int64,
        _ step: Int,
        _ date: CivilDate,
        days: Int = 1,
        posts: [Int64] = [],
        _ enqueuedAt: Instant
    ) -> Job {
        Job(
            id: UUID.ofJob(run: run, account: account, step: Int64(step)),
            run: run,
            platform: platform,
            account: account,
            collect: collect,
            date: date,
            days: days,
            posts: posts,
            lane: lane,
            reason: reason,
            enqueuedAt: enqueuedAt
        )
    }

    /// The days that a fire at a moment collects: of account metrics the last finished ones in the platform's zone, of
    /// everything else those up to now.
    public static func dates(
        firedAt moment: Instant,
        platform: PlatformName,
        collect: CollectionKind = .accountDaily,
        lookbackDays: Int
    ) -> ClosedRange<CivilDate> {
        let today = platform.dayZone.date(at: moment)
        let last = collect == .accountDaily ? today - 1 : today
        return (last - (max(lookbackDays, 1) - 1))...last
    }
}
