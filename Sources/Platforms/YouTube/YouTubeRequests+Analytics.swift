internal import FleetCore

// Reports of the Analytics API, which cost none of the Data API's units.
extension YouTubeRequests {
    /// All the days in one table, for the metrics of one group.
    func daily(_ group: String) -> [PlatformRequest] {
        let names = names(of: YouTubeMetrics.analytics.entries.filter { $0.group == group })
        return names.isEmpty ? [] : [report(assignment.days, by: "day", names)]
    }

    /// One table for each day: a table by video adds up its days. Videos that came later than the day are left out.
    func byVideo() -> [PlatformRequest] {
        let names = names(of: YouTubeMetrics.analytics.entries)
        guard !names.isEmpty else { return [] }
        return days(readyAfter: YouTubeMetrics.lagDays).compactMap { day in
            let end = TimeZoneRules.pacific.endOfDay(day)
            let ids = assignment.posts.filter { $0.publishedAt.map { $0 < end } ?? true }.map(\.externalID)
            guard !ids.isEmpty else { return nil }
            return report(day...day, by: "video", names, videos: ids)
        }
    }

    /// One table for each day: where the views of the channel came from.
    func byCountry() -> [PlatformRequest] {
        let names = names(of: YouTubeMetrics.byCountry)
        return names.isEmpty ? [] : days(readyAfter: 2).map { report($0...$0, by: "country", names) }
    }

    /// The names to ask for, with the views beside the means that need them as their weight.
    private func names(of entries: [PlatformMetric]) -> [String] {
        let names = assignment.names(of: entries)
        guard names.contains(where: YouTubeMetrics.means.contains), !names.contains("views"),
            !assignment.refused.contains("views")
        else { return names }
        return ["views"] + names
    }

    /// The days asked about; where a table cannot exist yet, the newest day that ended long enough ago.
    private func days(readyAfter lagDays: Int) -> ClosedRange<CivilDate> {
        let days = assignment.days
        guard assignment.now.microseconds > 0 else { return days }
        let ready = TimeZoneRules.pacific.date(at: assignment.now - .seconds(lagDays * 86_400)) - 1
        return min(days.lowerBound, ready)...min(days.upperBound, ready)
    }

    private func report(
        _ days: ClosedRange<CivilDate>,
        by dimension: String,
        _ names: [String],
        videos: [String] = []
    ) -> PlatformRequest {
        var query = [
            Field("ids", "channel==MINE"), Field("startDate", days.lowerBound.description),
            Field("endDate", days.upperBound.description), Field("dimensions", dimension),
            Field("metrics", names.joined(separator: ",")),
        ]
        if !videos.isEmpty { query.append(Field("filters", "video==" + videos.joined(separator: ","))) }
        if dimension == "day" { query.append(Field("sort", "day")) }
        return PlatformRequest(
            origin: settings.origin ?? YouTubeRequests.analyticsHost,
            path: "/v2/reports",
            query: query,
            purpose: Purpose.report.rawValue,
            window: days,
            items: videos,
            metrics: names,
            endpoint: "reports",
            units: 0
        )
    }
}
