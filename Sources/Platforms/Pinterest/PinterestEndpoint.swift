internal import FleetCore

/// A family of Pinterest's calls.
enum PinterestEndpoint: UInt8, CaseIterable {
    case account = 1
    case accountAnalytics
    case pins
    case pin
    case pinAnalytics
    case pinsAnalytics
    case token

    /// The category that Pinterest counts it under, which is the name in limits and in the circuit breaker.
    var category: String {
        switch self {
        case .account, .pins, .pin: "org_read"
        case .accountAnalytics, .pinAnalytics, .pinsAnalytics: "org_analytics"
        case .token: "oauth_token"
        }
    }

    /// Fills in purpose and family.
    func label(_ request: inout PlatformRequest) {
        request.purpose = rawValue
        request.endpoint = category
    }

    /// The limits of an application for each account, and what it may ask altogether.
    static let rules = [
        BudgetRule("org_read", .account, endpoint: "org_read", limit: 1000, window: .sliding(.seconds(60))),
        BudgetRule("org_analytics", .account, endpoint: "org_analytics", limit: 60, window: .sliding(.seconds(60))),
        BudgetRule("safety_net", .account, limit: 100, window: .sliding(.seconds(1))),
        // A thousand for applications on trial; the others have none.
        BudgetRule("trial", .app, limit: nil, window: .day),
    ]

    /// What the headers of an answer say of the category's limit.
    static func signals(
        _ request: PlatformRequest,
        _ response: PlatformResponse,
        _ now: Instant
    ) -> [LimitSignal] {
        guard let endpoint = PinterestEndpoint(rawValue: request.purpose), endpoint != .token else { return [] }
        return RateHeaders(response, prefix: PinterestAnswer.ratePrefix, at: now)
            .signals(rule: endpoint.category, endpoint: endpoint.category)
    }
}
