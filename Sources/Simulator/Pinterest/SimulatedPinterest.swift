internal import FleetCore
internal import JSON
internal import Platforms

/// Pinterest: days with a status each, structured headers, and bookmarks.
struct SimulatedPinterest: SimulatedPlatform {
    let name = PlatformName.pinterest
    let limits = Platform.pinterest.limits

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let serving = PinterestServing(call: call, world: world)
        func plan(_ endpoint: String, _ answer: @escaping () throws(PinterestFault) -> SimulatedReply) -> CallPlan {
            CallPlan(endpoint, call.access.owner) {
                do throws(PinterestFault) {
                    guard call.access.standing == .good else { throw .authentication }
                    return try answer()
                } catch {
                    return error.reply()
                }
            }
        }
        let parts = call.segments.dropFirst().map(String.init)
        switch (parts.first, parts.count) {
        case ("user_account", 1):
            return plan("org_read") { () throws(PinterestFault) in try serving.account() }
        case ("user_account", 2) where parts[1] == "analytics":
            return plan("org_analytics") { () throws(PinterestFault) in try serving.accountAnalytics() }
        case ("pins", 1): return plan("org_read") { () throws(PinterestFault) in try serving.pins() }
        case ("pins", 2) where parts[1] == "analytics":
            return plan("org_analytics") { () throws(PinterestFault) in try serving.pinsAnalytics() }
        case ("pins", 2): return plan("org_read") { () throws(PinterestFault) in try serving.pin(parts[1]) }
        case ("pins", 3) where parts[2] == "analytics":
            return plan("org_analytics") { () throws(PinterestFault) in try serving.pinAnalytics(parts[1]) }
        default: return plan("org_read") { () throws(PinterestFault) in throw .noPath }
        }
    }

    // MARK: What every platform says

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        PinterestFault.tooMany.reply()
    }

    /// The limit nearest to its end first, then every limit that counts with its window and name.
    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        let id = Field("x-pinterest-rid", String(UInt64(bitPattern: call.now.microseconds) % 10_000_000))
        let nearest = standings.min { ($0.isAllowed ? 1 : 0, $0.remaining) < ($1.isAllowed ? 1 : 0, $1.remaining) }
        guard let nearest else { return [id] }
        let policies = standings.sorted { $0.rule.endpoint == nil && $1.rule.endpoint != nil }.map { standing in
            let seconds: Int64 =
                switch standing.rule.window {
                case .sliding(let length), .aligned(let length): length.components.seconds
                case .day: 86_400
                case .month: 2_592_000
                }
            return #"\#(standing.limit);w=\#(seconds);name="\#(standing.rule.name)_app_id_user_id""#
        }
        return [
            id, Field("x-ratelimit-limit", ([String(nearest.limit)] + policies).joined(separator: ", ")),
            Field("x-ratelimit-remaining", String(nearest.remaining)),
            Field("x-ratelimit-reset", String(nearest.seconds(from: call.now))),
        ]
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply { PinterestFault.internalError.reply() }

    /// A limit that looks as if the pin were gone.
    func disguise(_ call: SimulatedCall) -> SimulatedReply { PinterestFault.notFound.reply() }
}
