internal import FleetCore
internal import JSON
internal import Platforms

/// The questions about who the audience is, which have parameters of their own.
struct InstagramDemographics {
    private static let served: [(native: String, title: String)] = [
        ("follower_demographics", "Follower demographics"),
        ("engaged_audience_demographics", "Engaged audience demographics"),
    ]

    private let names: [(native: String, title: String)]
    private let breakdown: String
    private let timeframe: String

    /// Nil when the call asks for other metrics.
    init?(_ page: GraphPage) throws(GraphFault) {
        let call = page.call
        // Most calls are about days: they are told apart without taking the list to pieces.
        guard call.value("metric")?.hasSuffix("_demographics") ?? false else { return nil }
        let asked = call.list("metric")
        names = InstagramDemographics.served.filter { asked.contains($0.native) }
        guard !names.isEmpty, names.count == asked.count else { return nil }
        for name in asked where page.world.isRetired(.instagram, name, at: page.now) { throw .retired(name) }
        guard call.value("period") == "lifetime" else { throw .badPeriod(call.value("period") ?? "day") }
        guard call.value("metric_type") == "total_value" else { throw .needsTotal(asked[0]) }
        timeframe = call.value("timeframe") ?? ""
        guard ["this_month", "this_week"].contains(timeframe) else {
            throw .invalidParameter("timeframe must be one of this_month, this_week")
        }
        breakdown = call.value("breakdown") ?? ""
        guard ["age", "city", "country", "gender"].contains(breakdown) else { throw .unknownError }
    }

    /// The parts without a total; silence below a hundred people.
    func answer(_ account: SimulatedAccount, _ page: GraphPage) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.array("data") { writer in
            for (native, title) in names {
                let total = InstagramDemographics.total(native, account, page)
                guard total >= 100 else { continue }
                let audience = Audience(curves: page.truth.curves, account: account.number)
                write(audience.parts(of: total, by: breakdown) ?? [], native, title, account, &writer)
            }
        }
        writer.endObject()
        return writer.finish()
    }

    private static func total(_ native: String, _ account: SimulatedAccount, _ page: GraphPage) -> Int64 {
        guard native == "engaged_audience_demographics" else {
            return page.truth.level(account.number, .followers, at: page.now) ?? 0
        }
        let today = page.truth.zone.date(at: page.now)
        return page.truth.shown(account.number, .engaged, over: (today - 29)...today, at: page.now) ?? 0
    }

    private func write(
        _ parts: [(name: String, value: Int64)],
        _ native: String,
        _ title: String,
        _ account: SimulatedAccount,
        _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.field("name", native)
        writer.field("period", "lifetime")
        writer.field("title", title)
        writer.field("description", "…")
        writer.object("total_value") { writer in
            GraphServing.writeBreakdown(
                &writer,
                ["timeframe", breakdown],
                parts.prefix(45).map { ([timeframe.uppercased(), $0.name], $0.value) }
            )
        }
        writer.field("id", "\(account.externalID)/insights/\(native)/lifetime")
        writer.endObject()
    }
}

extension GraphServing {
    /// The list of one breakdown, by one or more dimensions.
    static func writeBreakdown(_ writer: inout JSONWriter, _ keys: [String], _ parts: [([String], Int64)]) {
        writer.array("breakdowns") { writer in
            writer.beginObject()
            writer.field("dimension_keys", keys)
            writer.array("results") { writer in
                for (values, value) in parts {
                    writer.beginObject()
                    writer.field("dimension_values", values)
                    writer.field("value", value)
                    writer.endObject()
                }
            }
            writer.endObject()
        }
    }
}
