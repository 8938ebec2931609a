/// What the planner must know of a platform.
public struct CadenceRules: Sendable, Hashable {
    public var platform: PlatformName
    public var collections: Set<CollectionKind>
    /// How many past days are read again, because the platform still changes them.
    public var settleDays: Int
    /// The most days that one call about an account covers.
    public var daysPerJob: Int
    /// The most posts that one job may name.
    public var postsPerJob: Int
    /// How many past days the platform still answers for.
    public var historyDays: Int

    public init(
        platform: PlatformName,
        collections: Set<CollectionKind>,
        settleDays: Int,
        daysPerJob: Int = 1,
        postsPerJob: Int = 1,
        historyDays: Int
    ) {
        self.platform = platform
        self.collections = collections
        self.settleDays = min(max(settleDays, 1), JobContract.maximumDays)
        self.daysPerJob = min(max(daysPerJob, 1), JobContract.maximumDays)
        self.postsPerJob = min(max(postsPerJob, 1), JobContract.maximumPosts)
        // A job may wait for its budget for days, and must still be young enough then.
        self.historyDays = min(max(historyDays, 0), JobContract.maximumAgeInDays - 12)
    }

    var zone: TimeZoneRules { platform.dayZone }

    /// How many days one job of the history covers: as many as a call does, and at least a week, since the levels that go
    /// along cost a call of their own.
    var historyStep: Int { max(daysPerJob, 7) }
}
