internal import FleetCore

extension LinkedInRequests {
    /// What a written-down request asks for. The path says which resource; lists and times may be written by either
    /// version of the Rest.li protocol.
    static func recognise(_ request: PlatformRequest) -> PlatformRequest? {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: true)
        guard request.method == .get, parts.count >= 2, parts[0] == "rest" || parts[0] == "v2" else { return nil }
        var request = request
        let resource = Resource(rawValue: String(parts[1]))
        request.endpoint = resource?.rawValue ?? String(parts[1])
        // A single post is no list and has no figures.
        request.purpose =
            (resource == .posts && parts.count > 2 ? nil : resource?.purpose ?? .other)?.rawValue
            ?? Purpose.other.rawValue
        request.items = request.namedPosts
        request.window = request.timeWindow
        return request
    }
}

extension PlatformRequest {
    /// Whether the request is for a series in time.
    var asksForSeries: Bool { query.contains { $0.name == "timeIntervals" || $0.name.hasPrefix("timeIntervals.") } }

    /// Whether the request is for posts by name.
    var asksForPosts: Bool { query.contains { $0.isPostList } }

    /// The posts named: `shares=List(a,b)`, or `shares[0]=a&shares[1]=b` by the older protocol.
    fileprivate var namedPosts: [String] {
        query.filter(\.isPostList).flatMap { field in RestLiValue(field.value)?.texts ?? [] }
    }

    /// The UTC days of `timeIntervals`, whose end is excluded.
    fileprivate var timeWindow: ClosedRange<CivilDate>? {
        let range = queryValue("timeIntervals").flatMap { RestLiValue($0) }?["timeRange"]
        func edge(_ name: String) -> Int64? {
            (range?[name]?.text ?? queryValue("timeIntervals.timeRange." + name)).flatMap { Int64($0) }
        }
        guard let start = edge("start"), let end = edge("end") else { return nil }
        return LinkedInTime.days(from: start, to: end)
    }
}

extension Field {
    fileprivate var isPostList: Bool {
        ["shares", "ugcPosts"].contains { name == $0 || name.hasPrefix($0 + "[") }
    }
}

/// Times as LinkedIn writes them.
enum LinkedInTime {
    /// The instant of milliseconds since 1970, within the years 1 to 9999.
    static func instant(_ milliseconds: Int64) -> Instant? {
        guard (-62_135_596_800_000...253_402_300_799_999).contains(milliseconds) else { return nil }
        return Instant(milliseconds: milliseconds)
    }

    /// The UTC days of a time range whose end is excluded.
    static func days(from start: Int64, to end: Int64) -> ClosedRange<CivilDate>? {
        guard start < end, let first = instant(start)?.utcDate, let last = instant(end - 1)?.utcDate else { return nil }
        return first...last
    }
}
