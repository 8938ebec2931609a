internal import FleetCore
internal import JSON

extension TikTokRequests {
    /// What a written-down request asks for, by its path, its query and its body.
    static func recognise(_ request: PlatformRequest) -> PlatformRequest? {
        guard let endpoint = TikTokEndpoint(path: request.path) else { return nil }
        var request = request
        request.purpose = endpoint.rawValue
        request.endpoint = endpoint.name
        request.metrics = names(in: request.queryValue("fields") ?? "").filter { endpoint.table[$0] != nil }
        if endpoint.isBusiness { request.tokenHeader = "Access-Token" }
        if endpoint == .videoQuery {
            let filters = (try? JSONValue(parsing: request.body))?["filters"]
            request.items = (filters?["video_ids"]?.array ?? []).compactMap { id in
                id.string ?? id.int64.map { String($0) }
            }
        }
        return request
    }

    /// Names in a list with commas or in a JSON array.
    private static func names(in text: String) -> [String] {
        if let list = try? JSONValue(parsing: text), let names = list.array { return names.compactMap(\.string) }
        return text.split(separator: ",").map(String.init)
    }
}
