internal import FleetCore

extension YouTubeRequests {
    /// What a written-down request asks for, by its path.
    static func recognise(_ request: PlatformRequest) -> PlatformRequest? {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: true)
        var request = request
        guard request.method == .get else { return nil }
        switch (parts.first, parts.last) {
        case (_, "reports"?) where parts.count >= 2:
            request.purpose = Purpose.report.rawValue
            request.endpoint = "reports"
            request.units = 0
            request.metrics = list(request.queryValue("metrics"))
            request.window = window(request)
            request.items = YouTubeFilter.all(in: request).first { $0.dimension == "video" }?.values ?? []
        case ("youtube"?, let resource?) where parts.count == 3:
            request.endpoint = String(resource)
            request.purpose = purpose(of: resource).rawValue
            // A listing's ids are not posts; only these two name what they ask about.
            if resource == "channels" || resource == "videos" { request.items = list(request.queryValue("id")) }
        default: return nil
        }
        return request
    }

    private static func purpose(of resource: Substring) -> Purpose {
        switch resource {
        case "channels": .channels
        case "videos": .videos
        case "playlistItems": .playlistItems
        default: .other
        }
    }

    private static func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }

    private static func window(_ request: PlatformRequest) -> ClosedRange<CivilDate>? {
        guard let first = request.queryValue("startDate").flatMap(CivilDate.init),
            let last = request.queryValue("endDate").flatMap(CivilDate.init), first <= last
        else { return nil }
        return first...last
    }
}

/// One condition of a report's `filters`: `video==a,b`.
struct YouTubeFilter {
    let dimension: String
    let values: [String]

    /// The conditions of a request, which semicolons separate.
    static func all(in request: PlatformRequest) -> [YouTubeFilter] {
        (request.queryValue("filters") ?? "").split(separator: ";").compactMap { condition in
            guard let sign = condition.firstIndex(of: "=") else { return nil }
            return YouTubeFilter(
                dimension: String(condition[..<sign]),
                values: condition[sign...].drop { $0 == "=" }.split(separator: ",").map(String.init)
            )
        }
    }
}
