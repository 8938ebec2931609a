internal import FleetCore
internal import JSON
internal import Platforms
internal import Synchronization

// Doors for tests and proofs, which no platform has.

extension SimulatedService {
    /// The settled values of an account for a day: of one metric, or of all. Nil when there is no such account or metric.
    func truth(_ platform: PlatformName, _ id: some StringProtocol, _ metric: String?, _ day: CivilDate) -> [UInt8]? {
        let world = world
        guard let account = world.account(platform, id) else { return nil }
        let curves = world[platform].curves
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("account", account.externalID)
        writer.field("date", day.description)
        if let metric {
            guard let id = MetricCatalogue.id(named: metric.utf8.span),
                let value = curves.value(account.number, id, on: day)
            else { return nil }
            writer.field("metric", metric)
            writer.field("value", value)
        } else {
            writer.key("values")
            writer.beginObject()
            for metric in MetricCatalogue.all {
                guard let value = curves.value(account.number, metric.id, on: day) else { continue }
                writer.key(dynamic: metric.name)
                writer.int(value)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// Ids, handles and tokens of accounts, for connecting them.
    func accounts(_ platform: PlatformName = .instagram, from first: Int, count: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 120 * min(max(count, 0), 10_000))
        writer.beginArray()
        for number in max(0, first)..<max(0, first, min(options.accounts, max(0, first) + max(0, count))) {
            let account = SimulatedAccount(platform, number: number)
            writer.beginObject()
            writer.field("platform", platform.rawValue)
            writer.field("external_id", account.externalID)
            writer.field("username", account.username)
            writer.field("token", account.token)
            writer.field("refresh_token", account.refreshToken)
            writer.endObject()
        }
        writer.endArray()
        return writer.finish()
    }
}
