internal import FleetCore

extension XRequests {
    /// What a written-down request asks for, by its path and the account's id.
    static func recognise(_ request: PlatformRequest, account: String?) -> PlatformRequest? {
        var parts = request.path.split(separator: "/").map(String.init)
        if parts.first == "2" { parts.removeFirst() }
        var request = request
        guard let endpoint = endpoint(of: request.method, parts) else { return nil }
        let ids = request.queryValue("ids").map(list) ?? request.queryValue("media_keys").map(list) ?? []
        var resources = max(ids.count, 1)
        switch endpoint {
        case .me: request.items = account.map { [$0] } ?? []
        case .users:
            // Among several users only the account's own numbers can be attributed.
            let asked = parts.count == 2 ? [parts[1]] : ids
            request.items = account.map(asked.contains) == true ? account.map { [$0] } ?? asked : asked
            resources = max(asked.count, 1)
        case .post:
            request.post = parts[1]
            request.items = [parts[1]]
        case .timeline: resources = request.queryValue("max_results").flatMap { Int($0) } ?? 10
        case .posts: request.items = ids
        case .postAnalytics, .mediaAnalytics:
            request.items = ids
            request.window = window(of: request)
        case .usage, .token: resources = 0
        }
        request.metrics = metrics(of: request, endpoint)
        endpoint.label(&request, resources: resources)
        return request
    }

    private static func endpoint(of method: PlatformRequest.Method, _ parts: [String]) -> XEndpoint? {
        if parts == ["oauth2", "token"] { return .token }
        guard method == .get, let first = parts.first else { return nil }
        switch (first, parts.count) {
        case ("users", 1): return .users
        case ("users", 2) where parts[1] == "me": return .me
        case ("users", 2) where isID(parts[1]): return .users
        case ("users", 3) where isPosts(parts[2]): return .timeline
        case ("media", 2) where parts[1] == "analytics": return .mediaAnalytics
        case ("usage", 2) where isPosts(parts[1]): return .usage
        case (_, 1) where isPosts(first): return .posts
        case (_, 2) where isPosts(first) && parts[1] == "analytics": return .postAnalytics
        case (_, 2) where isPosts(first) && isID(parts[1]): return .post
        default: return nil
        }
    }

    /// The names of metrics or groups of them that a request asks for.
    private static func metrics(of request: PlatformRequest, _ endpoint: XEndpoint) -> [String] {
        switch endpoint {
        case .me, .users: groups(in: request.queryValue("user.fields"))
        case .timeline, .posts, .post:
            groups(in: request.queryValue("tweet.fields") ?? request.queryValue("post.fields"))
        case .postAnalytics, .mediaAnalytics:
            list(request.queryValue("analytics.fields") ?? "").filter { XMetrics.analytics[$0] != nil }
        case .usage, .token: []
        }
    }

    private static func groups(in fields: String?) -> [String] {
        list(fields ?? "").filter { $0.hasSuffix("_metrics") }
    }

    private static func isPosts(_ word: String) -> Bool { word == "tweets" || word == "posts" }

    private static func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
}
