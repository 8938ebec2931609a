import FleetCore
import JSON
import TestSupport
import Testing

@testable import Platforms

/// Shapes of the Graph interfaces that Instagram's account does not use and its sisters do.
@Suite struct GraphShapeTests {
    static let table = GraphMetricTable([
        GraphMetric(PlatformMetric("page_media_view", .views, .delta, group: "")),
        GraphMetric(PlatformMetric("page_total_media_view_unique", .reach, .delta, group: "")),
        GraphMetric(PlatformMetric("page_follows", .followers, .gauge, group: "")),
        GraphMetric(
            PlatformMetric("page_video_view_time", .watchTimeSeconds, .delta, group: "", conversion: .milliseconds)
        ),
        GraphMetric(
            PlatformMetric("reactions_total", .reactions, .delta, group: ""),
            parts: .object(dimension: "reaction", total: true)
        ),
        GraphMetric(
            PlatformMetric("clicks_by_type", .clicks, .cumulative, group: ""),
            parts: .object(dimension: "click_type", total: false)
        ),
        GraphMetric(PlatformMetric("clicks", .linkClicks, .delta, group: "")),
        GraphMetric(PlatformMetric("followers_count", .followers, .gauge, group: "")),
    ])

    /// The samples of an entry, each as `metric value period place [dimensions]`, sorted.
    static func samples(_ entries: String, post: String? = nil) throws -> [String] {
        let body = Array("[\(entries)]".utf8)
        let day = CivilDate("2026-11-17")!
        var insights = GraphInsights(
            table: table,
            zone: .pacific,
            window: day...day,
            collectedAt: Instant("2026-11-20T06:00:00Z")!,
            post: post
        )
        var reader = JSONReader(body)
        try insights.readList(&reader, in: body)
        return insights.page.samples.map { sample in
            let place =
                switch sample.start {
                case .date(let date): date.description
                case .moment: "now"
                }
            let parts = sample.dimensions.map { "\($0.name)=\($0.value)" }
            let value = FixedPoint.text(sample.value, scale: MetricCatalogue.scale(of: sample.metric))
            return ([sample.metric.name, value, sample.period.name, place] + parts).joined(separator: " ")
        }.sorted()
    }

    @Test func `an object is parts and their sum, and an empty one is a measured zero`() throws {
        let samples = try Self.samples(
            """
            {"name":"reactions_total","period":"day","values":[
            {"value":{"like":23,"love":2},"end_time":"2026-11-18T08:00:00+0000"},
            {"value":{},"end_time":"2026-11-19T08:00:00+0000"}]}
            """
        )
        #expect(
            samples == [
                "reactions 0 day 2026-11-18", "reactions 2 day 2026-11-17 reaction=love",
                "reactions 23 day 2026-11-17 reaction=like", "reactions 25 day 2026-11-17",
            ]
        )
    }

    @Test func `a stated total is taken as it is, and a broken part leaves no sum`() throws {
        let stated =
            #"{"name":"reactions_total","values":[{"value":{"total":9,"paid":4},"end_time":"2026-11-18T08:00:00+0000"}]}"#
        #expect(try Self.samples(stated) == ["reactions 4 day 2026-11-17 reaction=paid", "reactions 9 day 2026-11-17"])
        let broken =
            #"{"name":"reactions_total","values":[{"value":{"like":9,"love":null},"end_time":"2026-11-18T08:00:00+0000"}]}"#
        #expect(try Self.samples(broken) == ["reactions 9 day 2026-11-17 reaction=like"])
    }

    @Test func `a metric of parts only keeps no total`() throws {
        let clicks =
            #"{"name":"clicks_by_type","period":"lifetime","values":[{"value":{"link clicks":3,"other clicks":4}}]}"#
        #expect(
            try Self.samples(clicks, post: "1_2") == [
                "clicks 3 lifetime now click_type=link clicks", "clicks 4 lifetime now click_type=other clicks",
            ]
        )
    }

    @Test func `flat breakdown rows add up per stamp, except for distinct people`() throws {
        let rows = """
            "period":"day","values":[
            {"value":3000,"end_time":"2026-11-18T08:00:00+0000","is_from_ads":"0"},
            {"value":120,"end_time":"2026-11-18T08:00:00+0000","is_from_ads":"1"},
            {"value":2987,"end_time":"2026-11-19T08:00:00+0000","is_from_ads":"0"},
            {"value":null,"end_time":"2026-11-19T08:00:00+0000","is_from_ads":"1"}]}
            """
        #expect(
            try Self.samples("{\"name\":\"page_media_view\"," + rows) == [
                "views 120 day 2026-11-17 is_from_ads=1", "views 2987 day 2026-11-18 is_from_ads=0",
                "views 3000 day 2026-11-17 is_from_ads=0", "views 3120 day 2026-11-17",
            ]
        )
        let people = try Self.samples("{\"name\":\"page_total_media_view_unique\"," + rows)
        #expect(people.count == 3 && people.allSatisfy { $0.contains("is_from_ads") })
    }

    @Test func `rolling windows keep their own period and end on their last day`() throws {
        let entry =
            #"{"name":"page_total_media_view_unique","period":"days_28","values":[{"value":7,"end_time":"2026-11-17T08:00:00+0000"}]}"#
        #expect(try Self.samples(entry) == ["reach 7 days_28 2026-11-16"])
    }

    @Test func `a level is dated by its stamp, or is of now when it comes as a total`() throws {
        let dated =
            #"{"name":"page_follows","period":"day","values":[{"value":5,"end_time":"2026-11-18T08:00:00+0000"}]}"#
        #expect(try Self.samples(dated) == ["followers 5 day 2026-11-17"])
        let total = #"{"name":"followers_count","period":"day","total_value":{"value":5521}}"#
        #expect(try Self.samples(total) == ["followers 5521 instant now"])
    }

    @Test func `clicks per link are parts, and their sum is the total`() throws {
        let links = """
            {"name":"clicks","period":"day","link_total_values":[{"value":18,"link_url":"https://a.example/x"},
            {"value":4,"link_url":"https://b.example/?id=7"}]}
            """
        #expect(
            try Self.samples(links) == [
                "link_clicks 18 day 2026-11-17 link_url=https://a.example/x", "link_clicks 22 day 2026-11-17",
                "link_clicks 4 day 2026-11-17 link_url=https://b.example/?id=7",
            ]
        )
    }

    @Test func `milliseconds become seconds exactly`() throws {
        let entry =
            #"{"name":"page_video_view_time","period":"day","values":[{"value":1287500,"end_time":"2026-11-18T08:00:00+0000"}]}"#
        #expect(try Self.samples(entry) == ["watch_time_seconds 1287.5 day 2026-11-17"])
    }
}
