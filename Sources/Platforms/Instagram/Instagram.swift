internal import FleetCore

extension Platform {
    /// Instagram business and creator accounts over the Graph interface.
    public static let instagram = Platform(
        name: .instagram,
        title: "Instagram",
        collections: [.accountDaily, .posts, .postMetrics, .stories, .demographics],
        settleDays: 4,
        postsPerJob: GraphBatch.maximumParts,
        historyDays: 730,
        versions: GraphVersions.all,
        defaultVersion: InstagramRequests.version,
        scopes: [
            Scope("instagram_basic"),
            Scope("instagram_manage_insights", for: InstagramMetrics.dialect.insightMetrics),
            Scope("pages_read_engagement"),
        ],
        metrics: InstagramMetrics.dialect.metrics,
        // 200 calls an hour and daily user of the application, and 4800 a day and display of the account: neither is known
        // beforehand, the headers say how much is used.
        limits: GraphUsage.rules,
        tokens: .instagram,
        requests: { (assignment, settings) throws(Death) in
            try InstagramRequests.make(assignment, settings)
        },
        read: {
            GraphAnswer(dialect: InstagramMetrics.dialect, request: $0, response: $1, collectedAt: $2).read()
        },
        recognise: { GraphForm.recognise($0, account: $1, InstagramMetrics.dialect) },
        signals: { GraphUsage($1).signals(at: $2) }
    )
}
