internal import FleetCore

extension Platform {
    /// Threads profiles, over an interface of the Graph family.
    public static let threads = Platform(
        name: .threads,
        title: "Threads",
        collections: [.accountDaily, .posts, .postMetrics, .demographics],
        settleDays: 4,
        historyDays: 730,
        versions: [APIVersion("v1.0")],
        defaultVersion: ThreadsRequests.version,
        scopes: [
            Scope("threads_basic"),
            Scope("threads_manage_insights", for: ThreadsMetrics.dialect.insightMetrics),
        ],
        metrics: ThreadsMetrics.dialect.metrics,
        // 4800 calls a day and display of the account: what that comes to, only the headers say.
        limits: GraphUsage.rules,
        tokens: .threads,
        requests: { (assignment, settings) throws(Death) in
            try ThreadsRequests.make(assignment, settings)
        },
        read: {
            GraphAnswer(dialect: ThreadsMetrics.dialect, request: $0, response: $1, collectedAt: $2).read()
        },
        recognise: { GraphForm.recognise($0, account: $1, ThreadsMetrics.dialect) },
        signals: { GraphUsage($1).signals(at: $2) }
    )
}
