internal import FleetCore
internal import JSON
internal import Platforms

/// One entry of an insights answer: a metric of an account over some days, as it is shown at an instant.
struct InstagramEntry {
    let truth: PlatformTruth
    let account: SimulatedAccount
    let metric: InstagramQuery.Served
    let days: ClosedRange<CivilDate>
    let now: Instant

    /// One total for the days, with its parts where a breakdown is asked for.
    func writeTotal(_ writer: inout JSONWriter, _ query: InstagramQuery) {
        begin(&writer)
        if metric.native == "follows_and_unfollows" {
            writeFollows(&writer, query)
        } else if let total = shown(metric.metric) {
            writer.key("total_value")
            writer.beginObject()
            writer.field("value", total)
            if let breakdown = query.breakdown { writeParts(&writer, breakdown, parts(of: total, breakdown)) }
            writer.endObject()
        }
        end(&writer)
    }

    /// A value per day, stamped with the day's end; of a trailing window, the one that ends there.
    func writeSeries(_ writer: inout JSONWriter, _ period: Period) {
        begin(&writer, period)
        writer.key("values")
        writer.beginArray()
        for day in days {
            guard shown(metric.metric, day) != nil else { break }
            let window = (day - (period == .week ? 6 : period == .days28 ? 27 : 0))...day
            writer.beginObject()
            writer.field("value", truth.shown(account.number, metric.metric, over: window, at: now) ?? 0)
            writer.field("end_time", GraphServing.stamp(truth.settlement.zone.endOfDay(day)))
            writer.endObject()
        }
        writer.endArray()
        end(&writer)
    }

    private func begin(_ writer: inout JSONWriter, _ period: Period = .day) {
        writer.beginObject()
        writer.field("name", metric.native)
        writer.field("period", period.name)
    }

    private func end(_ writer: inout JSONWriter) {
        writer.field("title", metric.title)
        writer.field("description", "…")
        writer.field("id", "\(account.externalID)/insights/\(metric.native)/day")
        writer.endObject()
    }

    /// Follows and unfollows have no value without their breakdown, and none before a day after the last day's end.
    private func writeFollows(_ writer: inout JSONWriter, _ query: InstagramQuery) {
        let ready = truth.settlement.zone.endOfDay(days.upperBound) + min(truth.settlement.lag, .seconds(86_400))
        guard query.breakdown == "follow_type", now >= ready, !truth.curves.isSmall(account.number),
            let gained = shown(.followersGained), let lost = shown(.followersLost)
        else { return }
        writer.key("total_value")
        writer.beginObject()
        writeParts(&writer, "follow_type", [("FOLLOWER", gained), ("NON_FOLLOWER", lost)])
        writer.endObject()
    }

    private func writeParts(_ writer: inout JSONWriter, _ dimension: String, _ parts: [(name: String, value: Int64)]) {
        GraphServing.writeBreakdown(&writer, [dimension], parts.map { ([$0.name], $0.value) })
    }

    /// A total in parts. Distinct people are in several parts, so their parts add up to more.
    private func parts(of total: Int64, _ breakdown: String) -> [(name: String, value: Int64)] {
        let extra: Int64 = metric.metric == .reach ? 12 : 10
        switch breakdown {
        case "follow_type", "follower_type":
            let followers = total * 7 * extra / 100
            return [("FOLLOWER", followers), ("NON_FOLLOWER", total * extra / 10 - followers)]
        case "contact_button_type":
            return [("BOOK_NOW", total / 4), ("EMAIL", total - total / 4)]
        default:
            let (posts, carousels, stories) = (total * 22 / 100, total * 10 / 100, total * 5 / 100)
            let reels = total * extra / 10 - posts - carousels - stories
            return [("POST", posts), ("CAROUSEL_CONTAINER", carousels), ("REEL", reels), ("STORY", stories)]
        }
    }

    private func shown(_ metric: MetricID) -> Int64? { truth.shown(account.number, metric, over: days, at: now) }

    private func shown(_ metric: MetricID, _ day: CivilDate) -> Int64? {
        truth.shown(account.number, metric, on: day, at: now)
    }
}
