internal import FleetCore

extension Platform {
    /// YouTube channels over the Data API and the Analytics API.
    public static let youtube = Platform(
        name: .youtube,
        title: "YouTube",
        collections: [.accountDaily, .posts, .postMetrics, .demographics],
        settleDays: 5,
        daysPerJob: 90,
        postsPerJob: YouTubeRequests.videosPerCall,
        // A channel's whole life, of which two years are as far back as a job may ask.
        historyDays: 730,
        versions: [APIVersion("v3")],
        defaultVersion: YouTubeRequests.version,
        scopes: [
            Scope("youtube.readonly", for: [.followers, .posts, .views, .likes, .comments]),
            Scope("yt-analytics.readonly", for: YouTubeMetrics.analytics.entries.map(\.metric)),
        ],
        metrics: YouTubeMetrics.channel.entries + YouTubeMetrics.video.entries + YouTubeMetrics.analytics.entries,
        limits: [
            // 10 000 units a Pacific day for the application. Reports of the Analytics API cost none of them.
            BudgetRule("units", .app, unit: .units, limit: 10_000, window: .day),
            // The Analytics API does not publish its quotas: these are careful, and an operator can set others.
            BudgetRule("analytics", .app, endpoint: "reports", limit: 50_000, window: .day),
            BudgetRule("analytics_account", .account, endpoint: "reports", limit: 60, window: .sliding(.seconds(60))),
        ],
        tokens: .youtube,
        requests: { (assignment, settings) throws(Death) in
            try YouTubeRequests(assignment: assignment, settings: settings).make()
        },
        read: { YouTubeAnswer(request: $0, response: $1, collectedAt: $2).read() },
        recognise: { request, _ in YouTubeRequests.recognise(request) },
        signals: { YouTubeAnswer(request: $0, response: $1, collectedAt: $2).signals() }
    )
}
