internal import FleetCore

extension Platform {
    /// Instagram business and creator accounts over the Graph interface.
    public static let instagram = Platform(
        name: .instagram,
        title: "Instagram",
        collections: [.accountDaily],
        settleDays: 4,
        historyDays: 730,
        versions: [
            APIVersion("v20.0", sunset: "2026-09-24"), APIVersion("v21.0", sunset: "2027-01-21"),
            APIVersion("v25.0"), APIVersion("v26.0"),
        ],
        defaultVersion: InstagramRequests.version,
        scopes: [Scope("instagram_basic"), Scope("instagram_manage_insights"), Scope("pages_read_engagement")],
        metrics: (InstagramMetrics.account.metrics + InstagramMetrics.node.metrics).map(\.entry),
        limits: [
            // 200 calls an hour and daily user of the application, and 4800 a day and display of the account: neither is
            // known beforehand, the headers say how much is used.
            BudgetRule("app", .app, limit: nil, window: .sliding(.seconds(3600))),
            BudgetRule("account", .account, limit: nil, window: .sliding(.seconds(86_400))),
        ],
        tokens: .instagram,
        requests: { (assignment, settings) throws(Death) in
            try InstagramRequests.make(assignment, settings)
        },
        read: readInstagram,
        recognise: { InstagramRequests.recognise($0, account: $1) },
        signals: { GraphUsage($1).signals(app: "app", account: "account", at: $2) }
    )
}

private func readInstagram(
    _ request: PlatformRequest,
    _ response: PlatformResponse,
    _ collectedAt: Instant
) -> PlatformAnswer {
    let answer = GraphAnswer(
        request: request,
        response: response,
        collectedAt: collectedAt,
        zone: .pacific,
        retired: InstagramMetrics.retired
    )
    switch InstagramRequests.Purpose(rawValue: request.purpose) {
    case .accountInsights?: return answer.insights(InstagramMetrics.account)
    case .accountNode?: return answer.node(InstagramMetrics.node)
    case .mediaInsights?: return answer.insights(InstagramMetrics.media)
    case .mediaList?: return answer.posts(InstagramMetrics.list, insights: InstagramMetrics.media)
    case .mediaNode?: return answer.node(InstagramMetrics.list)
    case nil: return .error(PlatformError(.malformed, reason: "unknown_purpose"))
    }
}
