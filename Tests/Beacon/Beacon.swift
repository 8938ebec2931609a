import FleetCore
public import Platforms

extension Platform {
    /// A small invented platform, to show what a platform takes: a folder like this one and a line in the registry.
    public static let beacon = Platform(
        name: .beacon,
        title: "Beacon",
        collections: [.accountDaily, .posts, .postMetrics],
        settleDays: 2,
        daysPerJob: 1,
        postsPerJob: BeaconRequests.postsPerCall,
        historyDays: 365,
        versions: [APIVersion("1", sunset: "2027-06-30"), APIVersion("2")],
        defaultVersion: BeaconRequests.version,
        scopes: [Scope("figures.read")],
        metrics: BeaconMetrics.all,
        limits: [BudgetRule("app", .app, limit: 600, window: .sliding(.seconds(60)))],
        requests: { (assignment, settings) throws(Death) in try BeaconRequests.make(assignment, settings) },
        read: { BeaconAnswer(request: $0, response: $1, collectedAt: $2).read() },
        recognise: { request, _ in BeaconRequests.recognise(request) },
        signals: { request, response, _ in
            [LimitSignal(rule: "app", remaining: response.header("x-calls-left").flatMap { Int64($0) })]
        }
    )
}

/// Beacon's names.
enum BeaconMetrics {
    static let account: [PlatformMetric] = [
        PlatformMetric("seen", .views, .delta, group: "figures"),
        PlatformMetric("seen_by", .reach, .delta, group: "figures"),
        PlatformMetric("cheers", .likes, .delta, group: "figures"),
        PlatformMetric("remarks", .comments, .delta, group: "figures"),
        PlatformMetric("passed_on", .shares, .delta, group: "figures"),
        PlatformMetric("kept", .saves, .delta, group: "figures"),
        PlatformMetric("visits", .profileViews, .delta, group: "figures"),
        PlatformMetric("clicks", .clicks, .delta, group: "figures"),
        PlatformMetric("acts", .engagements, .delta, group: "figures"),
        PlatformMetric("joined", .followersGained, .delta, group: "figures"),
        PlatformMetric("left", .followersLost, .delta, group: "figures"),
    ]
    static let level: [PlatformMetric] = [
        PlatformMetric("friends", .followers, .gauge, group: "level", lagDays: 0)
    ]
    static let post: [PlatformMetric] = [
        PlatformMetric("seen", .views, .cumulative, group: "post"),
        PlatformMetric("cheers", .likes, .cumulative, group: "post"),
        PlatformMetric("remarks", .comments, .cumulative, group: "post"),
        PlatformMetric("kept", .saves, .cumulative, group: "post"),
    ]
    static let all = account + level + post
}
