internal import FleetCore
internal import JSON
internal import Platforms

/// A report of the Analytics API: its parameters, checked as the platform checks them.
struct YouTubeTable {
    /// A metric that tables have.
    struct Served {
        var metric: MetricID
        /// Known a day later than the others.
        var isSlow = false
        var isFraction = false
    }

    /// What tables have.
    static let served: [String: Served] = [
        "views": Served(metric: .views),
        "engagedViews": Served(metric: .engagedViews),
        "estimatedMinutesWatched": Served(metric: .watchTimeSeconds),
        "averageViewDuration": Served(metric: .avgWatchSeconds),
        "averageViewPercentage": Served(metric: .avgViewPercentage, isFraction: true),
        "subscribersGained": Served(metric: .followersGained, isSlow: true),
        "subscribersLost": Served(metric: .followersLost, isSlow: true),
        "likes": Served(metric: .likes, isSlow: true),
        "dislikes": Served(metric: .dislikes, isSlow: true),
        "comments": Served(metric: .comments, isSlow: true),
        "shares": Served(metric: .shares, isSlow: true),
    ]

    /// Dimensions whose parts add up to the total.
    static let parts: [String: [String]] = [
        "country": Audience.countries,
        "creatorContentType": ["SHORTS", "VIDEO_ON_DEMAND", "LIVE_STREAM"],
        "insightTrafficSourceType": ["YT_SEARCH", "SUBSCRIBER", "RELATED_VIDEO", "SHORTS", "EXT_URL", "NO_LINK_OTHER"],
    ]

    let owner: SimulatedAccount
    let truth: PlatformTruth
    let now: Instant
    private(set) var metrics: [(native: String, served: Served)] = []
    let dimensions: [String]
    /// The videos that the table is narrowed to; nil for the whole channel.
    private(set) var videos: [TruePost]?
    /// The days asked about that are ready: a table ends where its slowest metric does.
    private(set) var days: ClosedRange<CivilDate>?

    init(_ call: SimulatedCall, _ owner: SimulatedAccount, _ world: World) throws(YouTubeFault) {
        self.owner = owner
        truth = world[.youtube]
        now = call.now
        dimensions = call.list("dimensions")
        guard let ids = call.value("ids") else { throw .missing("ids") }
        guard ids == "channel==MINE" || ids == "channel==" + owner.externalID else { throw .forbidden }
        for name in call.list("metrics") {
            guard let served = YouTubeTable.served[name], !world.isRetired(.youtube, name, at: call.now) else {
                throw .unknown(name, in: "metrics")
            }
            metrics.append((name, served))
        }
        guard !metrics.isEmpty else { throw .missing("metrics") }
        videos = try YouTubeTable.videos(call, owner, world)
        try checkDimensions()
        days = try readyDays(call)
    }

    private static func videos(
        _ call: SimulatedCall,
        _ owner: SimulatedAccount,
        _ world: World
    ) throws(YouTubeFault) -> [TruePost]? {
        guard let filters = call.value("filters"), !filters.isEmpty else { return nil }
        guard filters.hasPrefix("video=="), !filters.contains(";") else { throw .unsupported }
        let ids = filters.dropFirst("video==".count).split(separator: ",")
        guard ids.count <= 500 else { throw .invalid("filters") }
        return ids.compactMap { world.post(.youtube, $0, at: call.now) }.filter { $0.id.account == owner }
    }

    /// Few sets of dimensions go together.
    private func checkDimensions() throws(YouTubeFault) {
        for name in dimensions where name != "day" && name != "video" && YouTubeTable.parts[name] == nil {
            throw .unknown(name, in: "dimensions")
        }
        switch dimensions {
        case [], ["day"]: break
        case ["video"]: if videos == nil { throw .unsupported }
        case let names where names.count == 1 || (names.count == 2 && names[0] == "day" && names[1] != "video"):
            // Parts are not known of single videos, and a channel's followers have no parts of this kind.
            guard videos == nil, names.last != "day" else { throw .unsupported }
        default: throw .unsupported
        }
    }

    private func readyDays(_ call: SimulatedCall) throws(YouTubeFault) -> ClosedRange<CivilDate>? {
        guard let start = call.value("startDate") else { throw .missing("startDate") }
        guard let end = call.value("endDate") else { throw .missing("endDate") }
        guard let first = CivilDate(start) else { throw .invalid("startDate") }
        guard let last = CivilDate(end), first <= last, last - first < 4000 else { throw .invalid("endDate") }
        let isSlow = metrics.contains(where: \.served.isSlow)
        var ready = min(last, truth.zone.date(at: now))
        while ready >= first, !isReady(ready, isSlow) { ready = ready - 1 }
        return ready < first ? nil : first...ready
    }

    private func isReady(_ day: CivilDate, _ isSlow: Bool) -> Bool {
        guard truth.settlement.share(of: day, at: now) != nil else { return false }
        return !isSlow || now >= truth.zone.endOfDay(day) + truth.settlement.lag
    }
}
