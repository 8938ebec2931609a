internal import FleetCore
internal import JSON
internal import Platforms

/// The account endpoints of Instagram in Graph's form, over the true curves.
struct InstagramWorld: Sendable {
    let options: SimulatorOptions
    let curves: TrueCurves
    let settlement: Settlement

    init(_ options: SimulatorOptions) {
        self.options = options
        curves = TrueCurves(seed: options.seed)
        settlement = Settlement(lag: options.settle, zone: .pacific)
    }

    /// The account a path names and what is asked of it, once the token is right.
    struct Target: Equatable {
        var account: SimulatedAccount
        var isInsights: Bool
    }

    /// Checks path and token: `/<version>/<id>` or `/<version>/<id>/insights`.
    func target(_ call: SimulatedCall) throws(GraphFault) -> Target {
        var parts = call.path.split(separator: "/", omittingEmptySubsequences: true)
        if parts.first == options.version[...] { parts.removeFirst() }
        guard let id = parts.first, parts.count <= 2, parts.count < 2 || parts[1] == "insights" else {
            throw .unknownObject(parts.first ?? "")
        }
        let tokenParts = call.token.split(separator: "-")
        guard tokenParts.count == 3, tokenParts[0] == "sim",
            let owner = account(tokenParts[1]), owner.token == call.token
        else { throw .unparseableToken }
        guard let account = account(id), account == owner else { throw .unknownObject(id) }
        return Target(account: account, isInsights: parts.count == 2)
    }

    /// The account with an external id.
    func account(_ id: some StringProtocol) -> SimulatedAccount? {
        SimulatedAccount(instagramID: id, accounts: options.accounts)
    }

    /// The answer to a call whose target is known.
    func answer(_ call: SimulatedCall, _ target: Target) throws(GraphFault) -> [UInt8] {
        guard target.isInsights else { return try node(call, target.account) }
        let query = try InstagramQuery(call)
        let zone = settlement.zone
        let first = zone.date(at: Instant(seconds: query.since))
        let last = zone.date(at: Instant(seconds: query.until - 1))
        var writer = JSONWriter(capacity: 256 + query.metrics.count * 200)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        // Nothing is known of days to come: silence, not zero.
        if zone.startOfDay(first) <= call.now {
            for metric in query.metrics {
                let entry = InstagramEntry(
                    world: self,
                    account: target.account,
                    metric: metric,
                    days: first...last,
                    now: call.now
                )
                if query.isTotal { entry.writeTotal(&writer, query) } else { entry.writeSeries(&writer) }
            }
        }
        writer.endArray()
        writePaging(&writer, call, target.account, query)
        writer.endObject()
        return writer.finish()
    }

    /// The paging of an insights edge shifts the window in both directions for ever.
    private func writePaging(
        _ writer: inout JSONWriter,
        _ call: SimulatedCall,
        _ account: SimulatedAccount,
        _ query: InstagramQuery
    ) {
        let length = query.until - query.since
        let base =
            "https://graph.facebook.com/\(options.version)/\(account.instagramID)/insights?access_token=\(call.token)"
        writer.key("paging")
        writer.beginObject()
        writer.field("previous", "\(base)&since=\(query.since - length)&until=\(query.since)")
        writer.field("next", "\(base)&since=\(query.until)&until=\(query.until + length)")
        writer.endObject()
    }

    private func node(_ call: SimulatedCall, _ account: SimulatedAccount) throws(GraphFault) -> [UInt8] {
        let today = settlement.zone.date(at: call.now)
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        for field in (call.value("fields") ?? "id").split(separator: ",") {
            switch field {
            case "id": continue
            case "username": writer.field("username", account.username)
            case "followers_count": writer.field("followers_count", level(account, .followers, today))
            case "follows_count": writer.field("follows_count", level(account, .following, today))
            case "media_count": writer.field("media_count", level(account, .posts, today))
            default: throw .unknownField(String(field))
            }
        }
        writer.field("id", account.instagramID)
        writer.endObject()
        return writer.finish()
    }

    private func level(_ account: SimulatedAccount, _ metric: MetricID, _ day: CivilDate) -> Int64 {
        curves.value(account.number, metric, on: day) ?? 0
    }
}
