internal import FleetCore
internal import JSON
internal import Platforms

/// Instagram in Graph's form.
struct SimulatedInstagram: SimulatedPlatform {
    let name = PlatformName.instagram

    /// The published limit follows from an account's impressions, which no one reaches: none holds unless it is set.
    let limits: [BudgetRule] = []

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let owner = call.access.owner
        func plan(_ endpoint: String, _ answer: @escaping () throws(GraphFault) -> [UInt8]) -> CallPlan {
            CallPlan(endpoint, owner) {
                do throws(GraphFault) {
                    if let fault = GraphServing.fault(call.access) { throw fault }
                    return .json(try answer())
                } catch {
                    return error.reply(trace: SimulatedInstagram.trace(call, world))
                }
            }
        }
        let parts = GraphServing.segments(call)
        guard let id = parts.first, parts.count <= 2, let account = object(id, owner, world) else {
            return plan("node") { () throws(GraphFault) in throw .unknownObject(parts.first ?? "") }
        }
        switch parts.dropFirst().first {
        case nil:
            return plan("node") { () throws(GraphFault) in try node(call, account, world) }
        case "insights"?:
            return plan("insights") { () throws(GraphFault) in try insights(call, account, world) }
        case let edge?:
            return plan("node") { () throws(GraphFault) in throw .unknownEdge(edge) }
        }
    }

    /// The account that a path names, when it is the token's own.
    private func object(_ id: Substring, _ owner: SimulatedAccount?, _ world: World) -> SimulatedAccount? {
        let account = id == "me" ? owner : world.account(.instagram, id)
        return owner == nil || account == owner ? account : nil
    }

    static func trace(_ call: SimulatedCall, _ world: World) -> UInt64 {
        SimulatedAccount.mix(world.options.seed, UInt64(bitPattern: call.now.microseconds))
    }

    // MARK: What every platform says

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        let fault: GraphFault = full.rule.subject == .app ? .tooManyCallsOfApp : .tooManyCalls
        return fault.reply(trace: SimulatedInstagram.trace(call, world))
    }

    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        GraphServing.headers("instagram", plan.account, standings, world, at: call.now)
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply {
        GraphFault.unavailable.reply(trace: chance)
    }

    func disguise(_ call: SimulatedCall) -> SimulatedReply {
        GraphFault.unknownObject(GraphServing.segments(call).first ?? "").reply(trace: 7)
    }

    // MARK: Answers

    private func insights(
        _ call: SimulatedCall,
        _ account: SimulatedAccount,
        _ world: World
    ) throws(GraphFault) -> [UInt8] {
        guard call.access.holds("instagram_manage_insights") else {
            throw .missingPermission("instagram_manage_insights")
        }
        let query = try InstagramQuery(call, world)
        let truth = world[.instagram]
        let first = truth.zone.date(at: Instant(seconds: query.since))
        let last = truth.zone.date(at: Instant(seconds: query.until - 1))
        var writer = JSONWriter(capacity: 256 + query.metrics.count * 200)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        // Nothing is known of days to come: silence, not zero.
        if truth.zone.startOfDay(first) <= call.now {
            for metric in query.metrics {
                let entry = InstagramEntry(
                    truth: truth,
                    account: account,
                    metric: metric,
                    days: first...last,
                    now: call.now
                )
                if query.isTotal { entry.writeTotal(&writer, query) } else { entry.writeSeries(&writer) }
            }
        }
        writer.endArray()
        writePaging(&writer, call, account, query, world)
        writer.endObject()
        return writer.finish()
    }

    /// The paging of an insights edge shifts the window in both directions for ever.
    private func writePaging(
        _ writer: inout JSONWriter,
        _ call: SimulatedCall,
        _ account: SimulatedAccount,
        _ query: InstagramQuery,
        _ world: World
    ) {
        let length = query.until - query.since
        let version = world.options.version
        let base =
            "https://graph.facebook.com/\(version)/\(account.externalID)/insights?access_token=\(call.token)"
        writer.key("paging")
        writer.beginObject()
        writer.field("previous", "\(base)&since=\(query.since - length)&until=\(query.since)")
        writer.field("next", "\(base)&since=\(query.until)&until=\(query.until + length)")
        writer.endObject()
    }

    private func node(
        _ call: SimulatedCall,
        _ account: SimulatedAccount,
        _ world: World
    ) throws(GraphFault) -> [UInt8] {
        func level(_ metric: MetricID) -> Int64 { world[.instagram].level(account.number, metric, at: call.now) ?? 0 }
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        for field in (call.value("fields") ?? "id").split(separator: ",") {
            switch field {
            case "id": continue
            case "username": writer.field("username", account.username)
            case "followers_count": writer.field("followers_count", level(.followers))
            case "follows_count": writer.field("follows_count", level(.following))
            case "media_count": writer.field("media_count", level(.posts))
            default: throw .unknownField(String(field))
            }
        }
        writer.field("id", account.externalID)
        writer.endObject()
        return writer.finish()
    }
}
