public import FleetCore

extension CadenceRules {
    /// What the planner must know of a platform.
    public init(_ platform: Platform) {
        self.init(
            platform: platform.name,
            collections: Set(platform.collections),
            settleDays: platform.settleDays,
            daysPerJob: platform.daysPerJob,
            postsPerJob: platform.postsPerJob,
            historyDays: platform.historyDays
        )
    }
}
