internal import FleetCore
internal import JSON
internal import Platforms

/// X: windows of fifteen minutes for each family of calls, a meter of money, and answers that are good in parts.
struct SimulatedX: SimulatedPlatform {
    let name = PlatformName.x
    let limits = Platform.x.limits

    /// The families of calls that the path names.
    private enum Route: Equatable {
        case me
        case users([String])
        case timeline(String)
        case posts([String])
        case post(String)
        case analytics
        case mediaAnalytics
    }

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        guard let route = SimulatedX.route(call), !call.isPost else {
            return CallPlan("unknown", call.access.owner, units: 0) { XProblem.noPath.reply() }
        }
        let answer = XServing(call: call, world: world)
        func plan(
            _ endpoint: String,
            units: Int = 0,
            _ answer: @escaping () throws(XProblem) -> SimulatedReply
        ) -> CallPlan {
            CallPlan(endpoint, call.access.owner, units: Int64(units)) {
                do throws(XProblem) {
                    guard call.access.standing == .good else { throw .unauthorized }
                    return try answer()
                } catch {
                    return error.reply()
                }
            }
        }
        switch route {
        case .me: return plan("users_me") { () throws(XProblem) in try answer.me() }
        case .users(let ids): return plan("users") { () throws(XProblem) in try answer.users(ids) }
        case .timeline(let id):
            let most = call.value("max_results").flatMap { Int($0) } ?? 10
            return plan("user_tweets", units: min(max(most, 0), 100)) { () throws(XProblem) in
                try answer.timeline(of: id)
            }
        case .posts(let ids):
            return plan("tweets", units: min(ids.count, 100)) { () throws(XProblem) in try answer.posts(ids) }
        case .post(let id): return plan("tweet", units: 1) { () throws(XProblem) in try answer.post(id) }
        case .analytics:
            let units = min(call.list("ids").count, 100)
            return plan("tweets_analytics", units: units) { () throws(XProblem) in try answer.analytics() }
        case .mediaAnalytics:
            return plan("media_analytics") { () throws(XProblem) in try answer.mediaAnalytics() }
        }
    }

    private static func route(_ call: SimulatedCall) -> Route? {
        let parts = call.segments.dropFirst().map(String.init)
        switch (parts.first, parts.count) {
        case ("users", 1): return .users(call.list("ids"))
        case ("users", 2): return parts[1] == "me" ? .me : .users([parts[1]])
        case ("users", 3) where parts[2] == "tweets": return .timeline(parts[1])
        case ("tweets", 1): return .posts(call.list("ids"))
        case ("tweets", 2): return parts[1] == "analytics" ? .analytics : .post(parts[1])
        case ("media", 2) where parts[1] == "analytics": return .mediaAnalytics
        default: return nil
        }
    }

    // MARK: What every platform says

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        switch full.rule.unit {
        case .calls: XProblem.tooMany.reply()
        case .units: XProblem.usageCapped(world.options.seed).reply()
        case .microDollars: XProblem.creditsDepleted(world.options.seed).reply()
        }
    }

    /// The window of the family, the user's unless the application's is the one that is full. The month has no header.
    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        let windows = standings.filter { $0.rule.unit == .calls }
        let window = windows.first { !$0.isAllowed } ?? windows.first { $0.rule.subject == .account } ?? windows.first
        guard let window else { return [Field("x-response-time", "41")] }
        let reset =
            window.isAllowed && window.resetsAt <= call.now ? call.now.seconds + 900 : window.resetsAt.seconds + 1
        return [
            Field("x-rate-limit-limit", String(window.limit)),
            Field("x-rate-limit-remaining", String(window.remaining)),
            Field("x-rate-limit-reset", String(reset)),
            Field("x-response-time", "41"),
        ]
    }

    /// A problem document, or the errors of the older interface.
    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply {
        guard chance >> 40 & 1 == 0 else { return XProblem.unavailable.reply() }
        return .json(Array(#"{"errors":[{"message":"Over capacity","code":130}]}"#.utf8), status: 503)
    }

    /// A limit that looks as if the objects were gone.
    func disguise(_ call: SimulatedCall) -> SimulatedReply {
        let ids = call.list("ids") + call.segments.dropFirst(2).prefix(1).map(String.init)
        return .json { writer in
            writer.beginObject()
            writer.array("errors") { writer in
                for id in ids { XProblem.notFound(id, "tweet", "ids", 0).write(&writer) }
            }
            writer.endObject()
        }
    }
}
