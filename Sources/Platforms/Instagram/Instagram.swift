internal import FleetCore

extension Platform {
    /// Instagram business and creator accounts over the Graph interface.
    public static let instagram = Platform(
        name: .instagram,
        title: "Instagram",
        collections: [.accountDaily],
        settleDays: 4,
        defaultVersion: InstagramRequests.version,
        permissions: ["instagram_basic", "instagram_manage_insights", "pages_read_engagement"],
        accountMetrics: (InstagramMetrics.account.metrics + InstagramMetrics.node.metrics).map(\.entry),
        requests: { (assignment, settings) throws(Death) in
            try InstagramRequests.make(assignment, settings)
        },
        read: readInstagram,
        recognise: { InstagramRequests.recognise($0, account: $1) },
        usage: { GraphUsage($0).usage }
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
