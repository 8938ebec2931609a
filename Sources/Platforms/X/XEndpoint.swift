internal import FleetCore

/// A family of X's calls: how its answer is read, what it is limited to, and what it costs.
enum XEndpoint: UInt8, CaseIterable {
    case me = 1
    case users
    case timeline
    case posts
    case post
    case postAnalytics
    case mediaAnalytics
    case usage
    case token

    /// The name in limits and in the circuit breaker.
    var name: String {
        switch self {
        case .me: "users_me"
        case .users: "users"
        case .timeline: "user_tweets"
        case .posts: "tweets"
        case .post: "tweet"
        case .postAnalytics: "tweets_analytics"
        case .mediaAnalytics: "media_analytics"
        case .usage: "usage_tweets"
        case .token: "oauth2_token"
        }
    }

    /// Calls in any fifteen minutes, for the application and for the user whose token is used; nil where none is set.
    private var limits: (app: Int64?, user: Int64?) {
        switch self {
        case .me: (nil, 75)
        case .users: (300, 900)
        case .timeline: (10_000, 900)
        case .posts: (3500, 5000)
        case .post: (450, 900)
        case .postAnalytics: (300, 300)
        case .usage: (50, nil)
        case .mediaAnalytics, .token: (nil, nil)
        }
    }

    /// The name of the rule that the answer's headers speak of: a user's token is counted by the user's limit.
    var headerRule: String? {
        let limits = limits
        if limits.user != nil { return "\(name)_user" }
        return limits.app == nil ? nil : "\(name)_app"
    }

    /// What one resource costs in millionths of a dollar, unless it was read before on the same UTC day.
    ///
    /// Reading the application owner's own data costs a fifth of this or less; accounts of customers are not that.
    private var price: Int64 {
        switch self {
        case .me, .users: 10_000
        case .timeline, .posts, .post, .postAnalytics: 5000
        case .mediaAnalytics, .usage, .token: 0
        }
    }

    /// Whether it reads posts, of which a month has its number.
    private var countsPosts: Bool {
        switch self {
        case .timeline, .posts, .post, .postAnalytics: true
        case .me, .users, .mediaAnalytics, .usage, .token: false
        }
    }

    /// Fills in purpose, family and the most that a request for so many resources may cost.
    func label(_ request: inout PlatformRequest, resources: Int) {
        request.purpose = rawValue
        request.endpoint = name
        request.units = countsPosts ? resources : 0
        request.microDollars = price * Int64(resources)
    }

    /// Every limit: calls in fifteen minutes per family, post reads in a month, and what a workspace may spend.
    static let rules: [BudgetRule] =
        allCases.flatMap { endpoint in
            let window = BudgetRule.Window.sliding(.seconds(900))
            let name = endpoint.name
            let (app, user) = endpoint.limits
            return [
                app.map { BudgetRule("\(name)_app", .app, endpoint: name, limit: $0, window: window) },
                user.map { BudgetRule("\(name)_user", .account, endpoint: name, limit: $0, window: window) },
            ].compactMap(\.self)
        } + [
            BudgetRule("post_reads", .app, unit: .units, limit: 3_000_000, window: .month),
            BudgetRule("money", .workspace, unit: .microDollars, limit: nil, window: .month),
        ]
}
