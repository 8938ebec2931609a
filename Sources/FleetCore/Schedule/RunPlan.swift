/// The jobs of a run, one per account and day, without the list of them: any stretch of accounts can be planned alone, and
/// planning it again gives the same jobs under the same ids.
public struct RunPlan: Equatable, Sendable {
    public var run: UUID
    public var platform: PlatformName
    public var collect: CollectionKind
    public var lane: Lane
    public var dates: ClosedRange<CivilDate>
    public var reason: String

    public init(
        run: UUID,
        platform: PlatformName,
        collect: CollectionKind,
        lane: Lane,
        dates: ClosedRange<CivilDate>,
        reason: String = "run"
    ) {
        self.run = run
        self.platform = platform
        self.collect = collect
        self.lane = lane
        self.dates = dates
        self.reason = reason
    }

    /// How many jobs each account has.
    public var jobsPerAccount: Int { dates.upperBound - dates.lowerBound + 1 }

    /// The jobs of one account, oldest day first.
    public func jobs(of account: Int64, enqueuedAt: Instant) -> [Job] {
        (0..<jobsPerAccount).map { step in
            Job(
                id: UUID.ofJob(run: run, account: account, step: Int64(step)),
                run: run,
                platform: platform,
                account: account,
                collect: collect,
                date: dates.lowerBound + step,
                lane: lane,
                reason: reason,
                enqueuedAt: enqueuedAt
            )
        }
    }

    /// The days that a fire at a moment collects: the last finished ones in the platform's zone.
    public static func dates(
        firedAt moment: Instant,
        platform: PlatformName,
        lookbackDays: Int
    ) -> ClosedRange<CivilDate> {
        let yesterday = platform.dayZone.date(at: moment) - 1
        return (yesterday - (max(lookbackDays, 1) - 1))...yesterday
    }
}
