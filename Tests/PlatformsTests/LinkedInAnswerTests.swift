import FleetCore
import Platforms
import TestSupport
import Testing

@Suite struct LinkedInAnswerTests {
    static let now = Instant("2026-11-20T21:30:00Z")!
    static let series = Field(
        "timeIntervals",
        "(timeRange:(start:1794787200000,end:1794960000000),timeGranularityType:DAY)"
    )
    static let shares = "/rest/organizationalEntityShareStatistics"
    static let followers = "/rest/organizationalEntityFollowerStatistics"
    static let day = #""timeRange":{"start":1794787200000,"end":1794873600000}"#

    static func read(
        _ path: String,
        _ query: [Field],
        _ body: String,
        status: Int = 200,
        headers: [Field] = []
    ) throws -> PlatformAnswer {
        let request = PlatformRequest(origin: "https://api.linkedin.com", path: path, query: query)
        let known = try #require(Platform.linkedin.recognise(request, nil))
        let response = PlatformResponse(status: status, headers: headers, body: Array(body.utf8))
        return Platform.linkedin.read(known, response, now)
    }

    static func page(_ path: String, _ query: [Field], _ body: String) throws -> SamplePage {
        guard case .page(let page) = try read(path, query, body) else {
            throw PlatformError(.malformed, reason: "no page")
        }
        return page
    }

    static func error(_ status: Int, _ body: String, headers: [Field] = []) throws -> PlatformError {
        guard case .error(let error) = try read("/rest/posts", [], body, status: status, headers: headers) else {
            throw PlatformError(.malformed, reason: "no error")
        }
        return error
    }

    static func short(_ path: String, _ query: [Field], _ element: String) throws -> [String] {
        YouTubeAnswerTests.short(try page(path, query, #"{"elements":[\#(element)]}"#))
    }

    @Test func `a day is a delta, everything else a total of what LinkedIn keeps`() throws {
        let numbers = #""totalShareStatistics":{"likeCount":-2,"impressionCount":"9007199254740993","x":1}"#
        let series = try Self.short(Self.shares, [Self.series], "{\(numbers),\(Self.day)}")
        #expect(series == ["likes=-2@day 2026-11-16", "impressions=9007199254740993@day 2026-11-16"])
        let total = try Self.short(Self.shares, [], "{\(numbers)}")
        #expect(total == ["likes=-2@lifetime now", "impressions=9007199254740993@lifetime now"])
    }

    @Test func `several days in one element are a range whose end is excluded`() throws {
        let range = #""timeRange":{"end":1794960000000,"start":1794787200000}"#
        #expect(
            try Self.short(Self.shares, [Self.series], #"{"totalShareStatistics":{"clickCount":1},\#(range)}"#) == [
                "clicks=1@range 2026-11-16..2026-11-17"
            ]
        )
    }

    @Test(arguments: [
        "", #","timeRange":null"#, #","timeRange":{"start":1794787200000}"#, #","timeRange":{"start":5,"end":5}"#,
        #","timeRange":{"start":"x","end":1794873600000}"#, #","timeRange":{"start":-9223372036854775808,"end":1}"#,
    ])
    func `an element of a series without its time is no total`(range: String) throws {
        #expect(
            try Self.short(Self.shares, [Self.series], #"{"totalShareStatistics":{"clickCount":1}\#(range)}"#) == []
        )
    }

    @Test func `an element about nobody knows which post is not the page's`() throws {
        let query = [Field("shares", "List(urn:li:share:1)")]
        #expect(try Self.short(Self.shares, query, #"{"totalShareStatistics":{"clickCount":1}}"#) == [])
        #expect(
            try Self.short(
                Self.shares,
                query,
                #"{"totalShareStatistics":{"clickCount":1},"ugcPost":"urn:li:ugcPost:1"}"#
            )
                == ["clicks=1@lifetime now urn:li:ugcPost:1"]
        )
        let other = #"{"totalShareStatistics":{"clickCount":1},"organizationalEntity":"urn:li:organization:2"}"#
        #expect(try Self.short(Self.shares, [Field("organizationalEntity", "urn:li:organization:1")], other) == [])
        #expect(
            try Self.short(Self.shares, [Field("organizationalEntity", "urn%3Ali%3Aorganization%3A2")], other) == [
                "clicks=1@lifetime now"
            ]
        )
    }

    @Test func `the unique count has two spellings and is one number`() throws {
        func reach(_ numbers: String) throws -> [String] {
            try Self.short(Self.shares, [], #"{"totalShareStatistics":{\#(numbers)}}"#)
        }
        #expect(try reach(#""uniqueImpressionsCounts":4"#) == ["reach=4@lifetime now"])
        #expect(try reach(#""uniqueImpressionsCount":3"#) == ["reach=3@lifetime now"])
        #expect(try reach(#""uniqueImpressionsCount":3,"uniqueImpressionsCounts":3"#) == ["reach=3@lifetime now"])
        #expect(try reach(#""uniqueImpressionsCount":null,"uniqueImpressionsCounts":3"#) == ["reach=3@lifetime now"])
    }

    @Test func `gains have two parts and a total only with both`() throws {
        func gains(_ parts: String) throws -> [String] {
            try Self.short(Self.followers, [Self.series], #"{"followerGains":{\#(parts)},\#(Self.day)}"#)
        }
        #expect(
            try gains(#""organicFollowerGain":-3,"paidFollowerGain":"1""#) == [
                "followers_gained=-3@day 2026-11-16 follow_source:organic",
                "followers_gained=1@day 2026-11-16 follow_source:paid", "followers_gained=-2@day 2026-11-16",
            ]
        )
        #expect(try gains(#""organicFollowerGain":5"#).count == 1)
        #expect(try gains(#""organicFollowerGain":5,"paidFollowerGain":null"#).count == 1)
        #expect(try gains(#""organicFollowerGain":9223372036854775807,"paidFollowerGain":1"#).count == 2)
        #expect(try gains("") == [])
    }

    @Test func `lifetime facets of followers are no total`() throws {
        let body =
            #"{"followerCountsByGeoCountry":[{"geo":"urn:li:geo:1","followerCounts":{"organicFollowerCount":5,"paidFollowerCount":0}}]}"#
        #expect(try Self.short(Self.followers, [], body) == [])
    }

    @Test func `page views come from all pages, by the day or in total`() throws {
        let views =
            #""totalPageStatistics":{"clicks":{},"views":{"aboutPageViews":{"pageViews":9},"allPageViews":{"uniquePageViews":4,"pageViews":7}}}"#
        let path = "/rest/organizationPageStatistics"
        #expect(
            try Self.short(path, [Self.series], "{\(views),\(Self.day)}") == [
                "profile_viewers=4@day 2026-11-16", "profile_views=7@day 2026-11-16",
            ]
        )
        #expect(
            try Self.short(path, [], "{\(views)}") == [
                "profile_viewers=4@lifetime now", "profile_views=7@lifetime now",
            ]
        )
    }

    @Test func `the level is read from the network's size under either spelling of the path`() throws {
        for path in ["/rest/networkSizes/urn%3Ali%3Aorganization%3A1", "/rest/networkSizes/urn:li:organization:1"] {
            let page = try Self.page(path, [Field("edgeType", "CompanyFollowedByMember")], #"{"firstDegreeSize":7}"#)
            #expect(YouTubeAnswerTests.short(page) == ["followers=7@instant now"])
        }
    }

    @Test func `posts that the public sees are found, with their time`() throws {
        let body =
            #"{"elements":[{"id":"urn:li:share:1","createdAt":1794823200000,"lifecycleState":"PUBLISHED"},{"publishedAt":1794823300000,"createdAt":1,"id":"urn:li:ugcPost:2"},{"id":"urn:li:share:3","lifecycleState":"DRAFT"},{"id":"x"},{"createdAt":5},7]}"#
        let page = try Self.page("/rest/posts", [Field("q", "author")], body)
        #expect(
            page.posts == [
                DiscoveredPost(externalID: "urn:li:share:1", publishedAt: Instant(milliseconds: 1_794_823_200_000)),
                DiscoveredPost(externalID: "urn:li:ugcPost:2", publishedAt: Instant(milliseconds: 1_794_823_300_000)),
            ]
        )
    }

    @Test(
        arguments: [
            (#"{"start":0,"count":2,"links":[{"rel":"next","href":"/rest/posts?count=2&start=2"}]}"#, "0", "2"),
            (#"{"links":[{"href":"/p?start=4&count=2","rel":"next"},{"rel":"prev","href":"/p?start=0"}]}"#, "2", "4"),
            (#"{"start":2,"count":3,"links":[{"rel":"next","href":"/rest/posts"}]}"#, nil, "5"),
            (#"{"start":0,"count":2,"links":[{"rel":"prev","href":"/rest/posts?start=2"}],"total":9}"#, "0", nil),
            (#"{"start":2,"count":2,"links":[{"rel":"next","href":"/rest/posts?start=2"}]}"#, "2", nil),
            (#"{"links":null}"#, "0", nil), ("null", "0", nil),
        ] as [(String, String?, String?)]
    )
    func `a link to the next page says where it starts`(paging: String, start: String?, next: String?) throws {
        let query = start.map { [Field("start", $0)] } ?? []
        let page = try Self.page("/rest/posts", query, #"{"paging":\#(paging),"elements":[]}"#)
        #expect(page.next == next.map { .query([Field("start", $0)]) })
    }

    @Test func `statistics have one page whatever their links say`() throws {
        let body = #"{"paging":{"links":[{"rel":"next","href":"/p?start=10"}]},"elements":[]}"#
        #expect(try Self.page(Self.shares, [], body).next == nil)
    }

    @Test(
        arguments: [
            (401, 65_602, "EXPIRED_ACCESS_TOKEN", "auth_expired"), (401, nil, "EXPIRED_ACCESS_TOKEN", "auth_expired"),
            (401, 65_602, nil, "auth_expired"), (401, 65_601, "REVOKED_ACCESS_TOKEN", "auth_invalid"),
            (401, 65_602, "REVOKED_ACCESS_TOKEN", "auth_invalid"),
            (401, 65_600, "INVALID_ACCESS_TOKEN", "auth_invalid"),
            (401, 65_604, nil, "auth_invalid"), (401, nil, nil, "auth_invalid"),
            (403, 100, "ACCESS_DENIED", "permission"),
            (404, nil, nil, "not_found"), (426, nil, nil, "api_version_sunset"),
            (400, nil, "NONEXISTENT_VERSION", "api_version_sunset"), (400, nil, "VERSION_MISSING", "malformed"),
            (429, nil, nil, "rate_limited"), (500, nil, nil, "transient"), (504, nil, nil, "transient"),
            (409, nil, nil, "unclassified"),
        ] as [(Int, Int?, String?, String)]
    )
    func `status, word and number decide the class`(status: Int, number: Int?, code: String?, kind: String) throws {
        let body =
            #"{"status":\#(status),"message":"m"\#(number.map { ",\"serviceErrorCode\":\($0)" } ?? "")"#
            + #"\#(code.map { ",\"code\":\"\($0)\"" } ?? "")}"#
        let error = try Self.error(status, body)
        #expect(error.kind.rawValue == kind && error.retryAfter == nil)
    }

    @Test func `the end of a version may come in words only, even with a good status`() throws {
        let words = #"{"message":"Requested version 20251001 is not active"}"#
        #expect(try Self.error(400, words).kind == .apiVersionSunset)
        #expect(try Self.error(200, words).kind == .apiVersionSunset)
        #expect(try Self.error(200, #"{"status":403,"message":"no"}"#).kind == .permission)
    }

    @Test(arguments: [("APPLICATION", PlatformError.Scope.app, "app."), ("MEMBER", .account, "member.")])
    func `a day's limit holds until midnight UTC and is told to the governor`(
        whose: String,
        scope: PlatformError.Scope,
        rule: String
    ) throws {
        let body =
            #"{"status":429,"message":"Resource level throttle \#(whose) DAY limit for calls to this resource is reached."}"#
        let error = try Self.error(429, body)
        #expect(error.kind == .rateLimited && error.retryAfter == 9000 && error.scope == scope)
        let request = try #require(Platform.linkedin.recognise(PlatformRequest(origin: "o", path: "/rest/posts"), nil))
        let response = PlatformResponse(status: 429, headers: [], body: Array(body.utf8))
        let signal = try #require(Platform.linkedin.signals(request, response, Self.now).first)
        #expect(signal.rule == rule + "posts" && signal.resetsAt == Instant("2026-11-21T00:00:00Z"))
        #expect(Platform.linkedin.limits.contains { $0.name == signal.rule && $0.endpoint == "posts" })
    }

    @Test func `a failed call keeps the id that support asks for, and nothing that is none`() throws {
        let id = Field("x-li-uuid", "AAYq3Vw0v1b2c3d4e5f6gA==")
        #expect(try Self.error(500, "{}", headers: [id]).trace == id.value)
        #expect(try Self.error(500, "{}", headers: [Field("x-li-uuid", "Bearer secret")]).trace == nil)
    }

    @Test func `an error without a body is read by its status, a page of HTML by nothing`() throws {
        #expect(try Self.error(429, "").kind == .rateLimited)
        #expect(try Self.error(502, "<html>").kind == .transient)
        #expect(try Self.error(429, "<html>").reason == "unparseable_body")
    }
}
