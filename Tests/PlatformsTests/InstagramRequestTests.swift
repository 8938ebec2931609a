import FleetCore
import Platforms
import Testing

@Suite struct InstagramRequestTests {
    static func requests(
        _ metrics: [MetricID] = [],
        externalID: String = "17841400000007",
        date: String = "2026-11-19",
        settings: PlatformSettings = PlatformSettings()
    ) throws(Death) -> [PlatformRequest] {
        let assignment = Assignment(externalID: externalID, date: CivilDate(date)!, metrics: metrics)
        return try Platform.instagram.requests(assignment, settings)
    }

    @Test func `ten totals are one request`() throws {
        let requests = try Self.requests([
            .views, .reach, .profileViews, .websiteClicks, .engaged, .engagements, .likes, .comments, .saves, .shares,
        ])
        #expect(requests.count == 1)
        let request = try #require(requests.first)
        let names =
            "reach,views,accounts_engaged,total_interactions,likes,comments,saves,shares,profile_views,website_clicks"
        #expect(
            request.url == "https://graph.facebook.com/v25.0/17841400000007/insights?metric=\(names)"
                + "&period=day&metric_type=total_value&since=1795075200&until=1795161600"
        )
        #expect(request.metrics == names.split(separator: ",").map(String.init))
        #expect(request.headers.isEmpty)
    }

    @Test func `everything is three requests`() throws {
        let requests = try Self.requests()
        #expect(
            requests.map { $0.queryValue("metric") ?? $0.queryValue("fields") } == [
                "reach,views,accounts_engaged,total_interactions,likes,comments,saves,shares,replies,reposts,"
                    + "profile_links_taps,profile_views,website_clicks",
                "follows_and_unfollows", "followers_count,follows_count,media_count",
            ]
        )
        #expect(requests[1].queryValue("breakdown") == "follow_type")
        #expect(requests[2].path == "/v25.0/17841400000007")
    }

    @Test func `a subset asks only what it needs`() throws {
        #expect(
            try Self.requests([.followers]).map(\.url) == [
                "https://graph.facebook.com/v25.0/17841400000007?fields=followers_count"
            ]
        )
        #expect(try Self.requests([.followersLost]).map { $0.metrics } == [["follows_and_unfollows"]])
        #expect(try Self.requests([.reach, .followersGained, .posts]).count == 3)
    }

    @Test func `a metric that did not exist yet is not asked for`() throws {
        let requests = try Self.requests(date: "2025-11-30")
        #expect(!requests[0].metrics.contains("reposts"))
        #expect(try Self.requests([.reposts], date: "2025-11-30").isEmpty)
    }

    @Test(arguments: [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
    func `the window is the Pacific day, whatever its length`(date: String, hours: Int) throws {
        let request = try #require(try Self.requests([.views], date: date).first)
        let since = try #require(request.queryValue("since").flatMap { Int($0) })
        let until = try #require(request.queryValue("until").flatMap { Int($0) })
        #expect(until - since == hours * 3600)
        #expect(TimeZoneRules.pacific.date(at: Instant(seconds: Int64(since))) == CivilDate(date))
    }

    @Test func `origin and version are settings`() throws {
        let settings = PlatformSettings(origin: "http://127.0.0.1:16500", version: "v26.0")
        let requests = try Self.requests([.views], settings: settings)
        #expect(requests[0].url.hasPrefix("http://127.0.0.1:16500/v26.0/17841400000007/insights?"))
    }

    @Test(arguments: ["", "1/../2", "me", "1784 1400", "١٢", "12?x=1", "-1", "1_2", String(repeating: "1", count: 33)])
    func `an id that is not Instagram's never reaches a path`(externalID: String) {
        do throws(Death) {
            _ = try Self.requests(externalID: externalID)
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .badExternalID)
            #expect(externalID.isEmpty || !error.detail.contains(externalID))
        }
    }

    @Test func `a metric that Instagram does not serve is named`() {
        do throws(Death) {
            _ = try Self.requests([.views, .impressions])
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .unsupportedMetric && error.detail.contains("impressions"))
        }
    }

    @Test func `a query is encoded where it must be`() {
        let request = PlatformRequest(
            origin: "https://x.example",
            path: "/a",
            query: [Field("q&", "a b+c=ä"), Field("list", "List(urn:1,2)")]
        )
        #expect(request.url == "https://x.example/a?q%26=a%20b%2Bc%3D%C3%A4&list=List(urn:1,2)")
    }

    @Test func `the following page changes one field of the query`() {
        let request = PlatformRequest(origin: "o", path: "/p", query: [Field("limit", "2"), Field("after", "A")])
        let next = request.following(.query([Field("after", "B"), Field("new", "1")]))
        #expect(next.query == [Field("limit", "2"), Field("after", "B"), Field("new", "1")])
    }

    @Test func `the following page changes one member of the body`() throws {
        let body = Array(#"{"max_count":20,"cursor":1}"#.utf8)
        let request = PlatformRequest(.post, origin: "o", path: "/p", body: body)
        let next = request.following(.body(Array(#"{"cursor":1763399999000}"#.utf8)))
        #expect(String(decoding: next.body, as: UTF8.self) == #"{"max_count":20,"cursor":1763399999000}"#)
        let first = PlatformRequest(.post, origin: "o", path: "/p").following(.body(Array(#"{"cursor":2}"#.utf8)))
        #expect(String(decoding: first.body, as: UTF8.self) == #"{"cursor":2}"#)
    }
}
