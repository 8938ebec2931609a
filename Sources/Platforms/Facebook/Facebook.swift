internal import FleetCore

extension Platform {
    /// Facebook Pages over the Graph interface.
    public static let facebook = Platform(
        name: .facebook,
        title: "Facebook",
        collections: [.accountDaily, .posts, .postMetrics],
        settleDays: 4,
        daysPerJob: FacebookRequests.maximumDays,
        postsPerJob: GraphBatch.maximumParts,
        historyDays: 730,
        versions: GraphVersions.all,
        defaultVersion: FacebookRequests.version,
        scopes: [
            Scope("pages_read_engagement"),
            Scope("read_insights", for: FacebookMetrics.dialect.insightMetrics),
            Scope("pages_read_user_content", for: [.likes, .comments]),
        ],
        metrics: FacebookMetrics.dialect.metrics,
        // 4800 calls a day and engaged user of the page: what that comes to, only the headers say.
        limits: GraphUsage.rules,
        tokens: .facebook,
        requests: { (assignment, settings) throws(Death) in
            try FacebookRequests.make(assignment, settings)
        },
        read: {
            GraphAnswer(dialect: FacebookMetrics.dialect, request: $0, response: $1, collectedAt: $2).read()
        },
        recognise: { GraphForm.recognise($0, account: $1, FacebookMetrics.dialect) },
        signals: { GraphUsage($1).signals(at: $2) }
    )
}
