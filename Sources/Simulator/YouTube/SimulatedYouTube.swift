internal import FleetCore
internal import JSON
internal import Platforms

/// YouTube: the Data API and the Analytics API, which count by different limits.
struct SimulatedYouTube: SimulatedPlatform {
    let name = PlatformName.youtube

    /// Units of a Pacific day for the application, and what our own code supposes of the Analytics API.
    let limits = Platform.youtube.limits

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let parts = call.segments
        let isReport = parts.count == 2 && parts[0] == "v2" && parts[1] == "reports"
        let resource = isReport ? "reports" : parts.count == 3 ? String(parts[2]) : "unknown"
        // A call that is wrong costs its units, too; a report costs none.
        return CallPlan(resource, call.access.owner, units: isReport ? 0 : 1) {
            do throws(YouTubeFault) {
                guard let owner = call.access.owner, !call.isPost else { throw .unauthorized }
                return .json(
                    try SimulatedYouTube.answer(resource, call, owner, world),
                    headers: YouTubeFault.headers
                )
            } catch {
                return error.reply
            }
        }
    }

    private static func answer(
        _ resource: String,
        _ call: SimulatedCall,
        _ owner: SimulatedAccount,
        _ world: World
    ) throws(YouTubeFault) -> [UInt8] {
        try requireScope(resource == "reports" ? "yt-analytics.readonly" : "youtube.readonly", call)
        if resource == "reports" { return try YouTubeTable(call, owner, world).body() }
        let lists = YouTubeLists(call: call, owner: owner, world: world)
        switch resource {
        case "channels": return try lists.channels()
        case "playlistItems": return try lists.playlistItems()
        case "videos": return try lists.videos()
        default: throw YouTubeFault(status: 404, reason: "notFound", message: "Not Found")
        }
    }

    /// Scopes are named with their address or without.
    private static func requireScope(_ scope: String, _ call: SimulatedCall) throws(YouTubeFault) {
        guard call.access.holds(scope), call.access.holds("https://www.googleapis.com/auth/" + scope) else {
            throw .missingScope
        }
    }

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        (full.rule.window == .day ? YouTubeFault.quota : .tooFast).reply
    }

    /// YouTube says nothing of limits before they are reached.
    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] { [] }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply { YouTubeFault.unavailable.reply }

    func disguise(_ call: SimulatedCall) -> SimulatedReply { YouTubeFault.notFound("video").reply }
}

extension PlatformTruth {
    /// Whether a channel hides how many subscribers it has: one in forty does.
    func hidesSubscribers(_ account: Int) -> Bool { curves.hash(account, 4001) % 40 == 7 }

    /// Whether a video shows no likes, or takes no comments: one in thirty each.
    func hides(_ metric: MetricID, of post: SimulatedPost) -> Bool {
        guard metric == .likes || metric == .comments else { return false }
        let salt: UInt64 = metric == .likes ? 4002 : 4003
        return SimulatedAccount.mix(curves.hash(post.account.number, salt), UInt64(post.number)) % 30 == 4
    }
}
