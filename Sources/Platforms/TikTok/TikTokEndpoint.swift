internal import FleetCore

/// A family of TikTok's calls, in its two interfaces.
enum TikTokEndpoint: UInt8, CaseIterable {
    case userInfo = 1
    case videoList
    case videoQuery
    case businessAccount
    case businessVideos
    case token

    /// The name in limits and in the circuit breaker.
    var name: String {
        switch self {
        case .userInfo: "user_info"
        case .videoList: "video_list"
        case .videoQuery: "video_query"
        case .businessAccount: "business_get"
        case .businessVideos: "business_video_list"
        case .token: "oauth_token"
        }
    }

    /// The path, with the slash at its end that TikTok insists on.
    var path: String {
        switch self {
        case .userInfo: "/v2/user/info/"
        case .videoList: "/v2/video/list/"
        case .videoQuery: "/v2/video/query/"
        case .businessAccount: "/open_api/v1.3/business/get/"
        case .businessVideos: "/open_api/v1.3/business/video/list/"
        case .token: "/v2/oauth/token/"
        }
    }

    /// Whether errors come in the Business envelope, with status 200.
    var isBusiness: Bool { self == .businessAccount || self == .businessVideos }

    /// The metrics of an object of its answer.
    var table: MetricTable {
        switch self {
        case .userInfo: TikTokMetrics.user
        case .videoList, .videoQuery: TikTokMetrics.video
        case .businessAccount, .businessVideos, .token: TikTokMetrics.business
        }
    }

    /// The family of a path, whatever its version and whether or not it ends in a slash.
    init?(path: String) {
        let parts = path.split(separator: "/").filter { part in
            part != "open_api" && !(part.utf8.first == UInt8(ascii: "v") && part.dropFirst().first?.isNumber == true)
        }
        let found = TikTokEndpoint.allCases.first { endpoint in
            endpoint.path.split(separator: "/").suffix(parts.count).elementsEqual(parts)
                && endpoint.words == parts.count
        }
        guard let found else { return nil }
        self = found
    }

    /// How many words follow the version in the path.
    private var words: Int {
        switch self {
        case .userInfo, .videoList, .videoQuery, .businessAccount, .token: 2
        case .businessVideos: 3
        }
    }

    /// 600 calls of the application in any minute, each family by itself.
    static let rules: [BudgetRule] = allCases.filter { $0 != .token }.map { endpoint in
        BudgetRule(endpoint.name, .app, endpoint: endpoint.name, limit: 600, window: .sliding(.seconds(60)))
    }
}
