internal import FleetCore
internal import JSON
internal import Platforms

/// One entry of a profile's insights, each metric in its own shape.
struct ThreadsEntry {
    private let name: String
    private let account: SimulatedAccount
    private let query: ThreadsQuery
    private let page: GraphPage

    init(_ name: String, _ account: SimulatedAccount, _ query: ThreadsQuery, _ page: GraphPage) {
        self.name = name
        self.account = account
        self.query = query
        self.page = page
    }

    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("name", name)
        // The word means nothing for a level.
        writer.field("period", name == "follower_demographics" ? "lifetime" : "day")
        writer.field("title", name)
        writer.field("description", "…")
        switch name {
        case "views": writeViews(&writer)
        case "clicks": writeClicks(&writer)
        case "followers_count": writeTotal(page.truth.level(account.number, .followers, at: page.now), &writer)
        case "follower_demographics": writeAudience(&writer)
        case "likes": writeTotal(shown(.likes), &writer)
        case "replies": writeTotal(shown(.comments), &writer)
        case "reposts": writeTotal(shown(.reposts), &writer)
        default: writeTotal(shown(.quotes), &writer)
        }
        writer.field("id", "\(account.externalID)/insights/\(name)/day")
        writer.endObject()
    }

    private func shown(_ metric: MetricID) -> Int64? {
        page.truth.shown(account.number, metric, over: query.days, at: page.now)
    }

    private func writeTotal(_ value: Int64?, _ writer: inout JSONWriter) {
        guard let value else { return }
        writer.object("total_value") { $0.field("value", value) }
    }

    /// Views of the profile by the day, stamped at eight o'clock in Greenwich in summer as in winter.
    private func writeViews(_ writer: inout JSONWriter) {
        writer.array("values") { writer in
            for day in query.days {
                guard let value = page.truth.shown(account.number, .profileViews, on: day, at: page.now) else { break }
                writer.beginObject()
                writer.field("value", value)
                let end = TimeZoneRules.utc.startOfDay(day + 1) + .hours(8)
                writer.field("end_time", GraphServing.stamp(end))
                writer.endObject()
            }
        }
    }

    private func writeClicks(_ writer: inout JSONWriter) {
        guard let total = shown(.linkClicks) else { return }
        let news = total / 5
        writer.array("link_total_values") { writer in
            for (address, value) in [
                ("https://example.org/shop", total - news), ("https://example.org/news?id=7", news),
            ] {
                writer.beginObject()
                writer.field("value", value)
                writer.field("link_url", address)
                writer.endObject()
            }
        }
    }

    /// Silence below a hundred followers.
    private func writeAudience(_ writer: inout JSONWriter) {
        let total = page.truth.level(account.number, .followers, at: page.now) ?? 0
        guard total >= 100, let breakdown = query.breakdown else { return }
        let parts = Audience(curves: page.truth.curves, account: account.number).parts(of: total, by: breakdown) ?? []
        writer.object("total_value") { writer in
            GraphServing.writeBreakdown(&writer, [breakdown], parts.map { ([$0.name], $0.value) })
        }
    }
}
