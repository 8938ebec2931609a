internal import FleetCore
internal import JSON
internal import Platforms

/// TikTok in its two interfaces: levels and lifetime numbers, nothing by day.
struct SimulatedTikTok: SimulatedPlatform {
    let name = PlatformName.tiktok
    let limits = Platform.tiktok.limits

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let serving = TikTokServing(call: call, world: world)
        let isBusiness = SimulatedTikTok.isBusiness(call)
        func plan(_ endpoint: String, _ answer: @escaping () throws(TikTokFault) -> SimulatedReply) -> CallPlan {
            CallPlan(endpoint, call.access.owner) {
                do throws(TikTokFault) {
                    if let fault = TikTokFault.of(call.access) { throw fault }
                    return try answer()
                } catch {
                    return error.reply(isBusiness: isBusiness, log: serving.log)
                }
            }
        }
        // Every path ends in a slash, and lists are asked for by POST with a body of JSON.
        switch (call.path, call.isPost) {
        case ("/v2/user/info/", false): return plan("user_info") { () throws(TikTokFault) in try serving.user() }
        case ("/v2/video/list/", true): return plan("video_list") { () throws(TikTokFault) in try serving.list() }
        case ("/v2/video/query/", true): return plan("video_query") { () throws(TikTokFault) in try serving.query() }
        case ("/open_api/v1.3/business/get/", false):
            return plan("business_get") { () throws(TikTokFault) in try serving.businessAccount() }
        case ("/open_api/v1.3/business/video/list/", false):
            return plan("business_video_list") { () throws(TikTokFault) in try serving.businessVideos() }
        default: return CallPlan("unknown", call.access.owner) { .page(404, "Not found") }
        }
    }

    private static func isBusiness(_ call: SimulatedCall) -> Bool { call.path.hasPrefix("/open_api/") }

    // MARK: What every platform says

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        let log = TikTokServing(call: call, world: world).log
        return TikTokFault.tooMany.reply(isBusiness: SimulatedTikTok.isBusiness(call), log: log)
    }

    /// No header tells of limits.
    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        [Field("x-tt-logid", TikTokServing(call: call, world: world).log)]
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply {
        TikTokFault.internalError.reply(isBusiness: SimulatedTikTok.isBusiness(call), log: String(chance, radix: 16))
    }

    /// A limit that says it was the server's own trouble.
    func disguise(_ call: SimulatedCall) -> SimulatedReply {
        TikTokFault.internalError.reply(isBusiness: SimulatedTikTok.isBusiness(call), log: "0")
    }
}
