import FleetCore
import Platforms

/// What is asked of Beacon, and what a written-down request asks.
enum BeaconRequests {
    static let host = "https://api.beacon.example"
    static let version = "2"
    static let postsPerCall = 25

    /// What an answer must be read as.
    enum Purpose: UInt8 {
        case figures = 1
        case level = 2
        case listing = 3
        case posts = 4
    }

    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        guard !assignment.externalID.isEmpty, assignment.externalID.utf8.allSatisfy({ $0 &- 48 < 10 }) else {
            throw Death(.badExternalID, "an account's id at Beacon has digits and nothing else")
        }
        let base = "/\(settings.version ?? version)/accounts/\(assignment.externalID)"
        let origin = settings.origin ?? host
        func request(_ purpose: Purpose, _ path: String, _ query: [Field], _ names: [String]) -> PlatformRequest {
            var request = PlatformRequest(origin: origin, path: path, query: query, metrics: names)
            complete(&request, purpose)
            return request
        }
        func names(_ entries: [PlatformMetric]) -> [String] {
            entries.filter { entry in
                (assignment.metrics.isEmpty || assignment.metrics.contains(entry.metric))
                    && entry.isServed(on: assignment.date) && !assignment.refused.contains(entry.native)
            }.map(\.native)
        }
        switch assignment.collect {
        case .accountDaily:
            let (figures, levels) = (names(BeaconMetrics.account), names(BeaconMetrics.level))
            let daily = assignment.days.map { day in
                request(.figures, base + "/figures", [list(figures), Field("day", day.description)], figures)
            }
            return (figures.isEmpty ? [] : daily)
                + (levels.isEmpty ? [] : [request(.level, base, [list(levels)], levels)])
        case .posts: return [request(.listing, base + "/posts", [], [])]
        case .postMetrics:
            let figures = names(BeaconMetrics.post)
            let posts = figures.isEmpty ? [] : assignment.posts
            return stride(from: 0, to: posts.count, by: postsPerCall).map { start in
                let ids = posts[start..<min(start + postsPerCall, posts.count)].map(\.externalID)
                return request(
                    .posts,
                    "/\(settings.version ?? version)/posts",
                    [Field("ids", ids.joined(separator: ",")), list(figures)],
                    figures
                )
            }
        case .stories, .demographics, .credentialRefresh: return []
        }
    }

    private static func list(_ names: [String]) -> Field { Field("names", names.joined(separator: ",")) }

    static func recognise(_ request: PlatformRequest) -> PlatformRequest? {
        let parts = request.path.split(separator: "/")
        guard request.method == .get, parts.count >= 2 else { return nil }
        var request = request
        request.metrics = (request.queryValue("names") ?? "").split(separator: ",").map(String.init)
        switch (parts[1], parts.count == 4 ? parts[3] : "") {
        case ("accounts", "figures"): complete(&request, .figures)
        case ("accounts", "posts"): complete(&request, .listing)
        case ("accounts", "") where parts.count == 3: complete(&request, .level)
        case ("posts", "") where parts.count == 2: complete(&request, .posts)
        default: return nil
        }
        return request
    }

    /// Fills in what follows from the purpose and the query.
    private static func complete(_ request: inout PlatformRequest, _ purpose: Purpose) {
        request.purpose = purpose.rawValue
        switch purpose {
        case .figures:
            request.endpoint = "figures"
            request.window = request.queryValue("day").flatMap { CivilDate($0) }.map { $0...$0 }
        case .level: request.endpoint = "level"
        case .listing: request.endpoint = "listing"
        case .posts:
            request.endpoint = "posts"
            request.items = (request.queryValue("ids") ?? "").split(separator: ",").map(String.init)
        }
    }
}
