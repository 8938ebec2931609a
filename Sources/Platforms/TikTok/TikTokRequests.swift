internal import FleetCore
internal import JSON

/// Builds TikTok's requests for the interface that the settings choose: Display, which has levels and lifetime numbers
/// only, or Business, which knows reach and watch time too.
enum TikTokRequests {
    static let displayHost = "https://open.tiktokapis.com"
    static let businessHost = "https://business-api.tiktok.com"
    static let display = "v2"
    static let business = "v1.3"
    /// Videos to a page and to a query.
    static let batch = 20

    /// The requests of an assignment.
    static func make(_ assignment: Assignment, _ settings: PlatformSettings) throws(Death) -> [PlatformRequest] {
        guard isID(assignment.externalID) else {
            throw Death(.badExternalID, "an account's id on TikTok has letters, digits, hyphens and underscores only")
        }
        let isBusiness = settings.version == business
        let origin = settings.origin ?? (isBusiness ? businessHost : displayHost)
        switch assignment.collect {
        case .accountDaily:
            let endpoint = isBusiness ? TikTokEndpoint.businessAccount : .userInfo
            let table = isBusiness ? TikTokMetrics.businessAccount : TikTokMetrics.user.entries
            return try names(table, assignment).map { [request(endpoint, origin, assignment, $0)] } ?? []
        case .posts:
            let endpoint = isBusiness ? TikTokEndpoint.businessVideos : .videoList
            let table = isBusiness ? TikTokMetrics.businessVideo : TikTokMetrics.video.entries
            return try names(table, assignment).map { [request(endpoint, origin, assignment, $0)] } ?? []
        case .postMetrics:
            let endpoint = isBusiness ? TikTokEndpoint.businessVideos : .videoQuery
            let table = isBusiness ? TikTokMetrics.businessVideo : TikTokMetrics.video.entries
            guard let names = try names(table, assignment) else { return [] }
            return stride(from: 0, to: assignment.posts.count, by: batch).map { start in
                let ids = assignment.posts[start..<min(start + batch, assignment.posts.count)].map(\.externalID)
                return request(endpoint, origin, assignment, names, videos: ids)
            }
        case .stories, .demographics, .credentialRefresh: return []
        }
    }

    /// Whether a text is an account's id: an open id, or the number of a business.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    /// TikTok's names of what is wanted and not refused; nil when nothing is left.
    private static func names(_ table: [PlatformMetric], _ assignment: Assignment) throws(Death) -> [String]? {
        for metric in assignment.metrics where !table.contains(where: { $0.metric == metric }) {
            throw Death(.unsupportedMetric, "TikTok does not serve \(metric.name) in this collection")
        }
        let names = table.filter { assignment.metrics.isEmpty || assignment.metrics.contains($0.metric) }
            .map(\.native).filter { !assignment.refused.contains($0) }
        return names.isEmpty ? nil : names
    }

    private static func request(
        _ endpoint: TikTokEndpoint,
        _ origin: String,
        _ assignment: Assignment,
        _ names: [String],
        videos: [String] = []
    ) -> PlatformRequest {
        var request = PlatformRequest(
            origin: origin,
            path: endpoint.path,
            purpose: endpoint.rawValue,
            items: videos,
            metrics: names,
            endpoint: endpoint.name
        )
        switch endpoint {
        case .userInfo: request.query = [fields(["open_id"] + names)]
        case .videoList, .videoQuery:
            request.method = .post
            request.headers = [Field("Content-Type", "application/json")]
            request.query = [fields(["id", "create_time"] + names)]
            request.body = body(videos)
        case .businessAccount, .businessVideos:
            request.tokenHeader = "Access-Token"
            request.query = [Field("business_id", assignment.externalID)]
            let objects = endpoint == .businessVideos ? ["item_id", "create_time"] : []
            request.query.append(Field("fields", json(objects + names)))
            if !videos.isEmpty { request.query.append(Field("filters", #"{"video_ids":\#(json(videos))}"#)) }
            if endpoint == .businessVideos { request.query.append(Field("max_count", String(batch))) }
        case .token: break
        }
        return request
    }

    private static func fields(_ names: [String]) -> Field { Field("fields", names.joined(separator: ",")) }

    private static func json(_ texts: [String]) -> String {
        String(decoding: JSONValue.array(texts.map(JSONValue.string)).rendered(), as: UTF8.self)
    }

    /// The body of a list, or of a query for some videos.
    private static func body(_ videos: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        if videos.isEmpty {
            writer.field("max_count", batch)
        } else {
            writer.object("filters") { $0.field("video_ids", videos) }
        }
        writer.endObject()
        return writer.finish()
    }
}
