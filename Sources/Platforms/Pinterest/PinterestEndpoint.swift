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

    /// What the headers of an answer say of the limit that is nearest to its end. The first number of the limit is that
    /// limit's, and the policies behind it, as in `60;w=60;name="org_analytics_app_id_user_id"`, tell whose number it is.
    static func signals(
        _ request: PlatformRequest,
        _ response: PlatformResponse,
        _ now: Instant
    ) -> [LimitSignal] {
        guard let endpoint = PinterestEndpoint(rawValue: request.purpose), endpoint != .token else { return [] }
        let headers = RateHeaders(response, prefix: PinterestAnswer.ratePrefix, at: now)
        let policies = response.header("\(PinterestAnswer.ratePrefix)-limit")?.split(separator: ",").dropFirst() ?? []
        let named = policies.lazy.filter { policy in
            headers.limit == policy.split(separator: ";").first.flatMap { Int64($0.drop { $0 == " " }) }
        }.compactMap { policy in rules.first { policy.contains("name=\"\($0.name)") } }.first
        guard let rule = named ?? rules.first(where: { $0.name == endpoint.category }) else { return [] }
        return headers.signals(rule: rule.name, endpoint: rule.endpoint)
    }
}
