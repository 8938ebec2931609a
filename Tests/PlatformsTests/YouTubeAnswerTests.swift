import FleetCore
import JSON
import Platforms
import TestSupport
import Testing

@Suite struct YouTubeAnswerTests {
    static let now = Instant("2026-11-20T06:00:00Z")!

    static func read(
        _ path: String,
        _ query: [Field],
        _ body: String,
        status: Int = 200,
        now: Instant = now
    ) throws -> PlatformAnswer {
        let request = PlatformRequest(origin: "https://h", path: path, query: query)
        let known = try #require(Platform.youtube.recognise(request, nil))
        return Platform.youtube.read(known, PlatformResponse(status: status, headers: [], body: Array(body.utf8)), now)
    }

    static func page(_ path: String, _ query: [Field], _ body: String) throws -> SamplePage {
        guard case .page(let page) = try read(path, query, body) else {
            throw PlatformError(.malformed, reason: "no page")
        }
        return page
    }

    static func error(_ status: Int, _ body: String, now: Instant = now) throws -> PlatformError {
        guard case .error(let error) = try read("/youtube/v3/videos", [], body, status: status, now: now) else {
            throw PlatformError(.malformed, reason: "no error")
        }
        return error
    }

    /// `metric=value@period start dimensions post` for each sample.
    static func short(_ page: SamplePage) -> [String] {
        page.samples.map { sample in
            let start =
                switch sample.start {
                case .date(let date): date.description
                case .moment: "now"
                }
            return
                "\(sample.metric.name)=\(FixedPoint.text(sample.value, scale: MetricCatalogue.scale(of: sample.metric)))"
                + "@\(sample.period.name) \(start)" + (sample.lastDay.map { "..\($0)" } ?? "")
                + sample.dimensions.map { " \($0.name):\($0.value)" }.joined() + (sample.post.map { " \($0)" } ?? "")
        }
    }

    static func table(_ columns: [(String, String)], _ rows: String) -> String {
        let headers = columns.map { #"{"name":"\#($0.0)","columnType":"\#($0.1)","dataType":"STRING"}"# }
        return #"{"rows":\#(rows),"columnHeaders":[\#(headers.joined(separator: ","))]}"#
    }

    static func report(_ dimensions: String?, _ filters: String? = nil, to: String = "2026-11-16") -> [Field] {
        [Field("startDate", "2026-11-16"), Field("endDate", to)]
            + (dimensions.map { [Field("dimensions", $0)] } ?? []) + (filters.map { [Field("filters", $0)] } ?? [])
    }

    @Test func `columns are found by name wherever they stand`() throws {
        let body = Self.table(
            [
                ("shares", "METRIC"), ("cardClicks", "METRIC"), ("day", "DIMENSION"),
                ("estimatedMinutesWatched", "METRIC"),
            ],
            #"[[1,9,"2026-11-15",2],[0,9,"2026-11-16","3"],[null,9,"2026-11-17",-1.5]]"#
        )
        let page = try Self.page("/v2/reports", Self.report("day"), body)
        #expect(
            Self.short(page) == [
                "shares=1@day 2026-11-15", "watch_time_seconds=120@day 2026-11-15", "shares=0@day 2026-11-16",
                "watch_time_seconds=180@day 2026-11-16", "watch_time_seconds=-90@day 2026-11-17",
            ]
        )
        #expect(page.skipped.map(\.reason) == ["unmapped", "null"])
    }

    @Test(arguments: ["creatorContentType", "insightTrafficSourceType", "country"])
    func `a further dimension makes parts`(dimension: String) throws {
        let body = Self.table([(dimension, "DIMENSION"), ("views", "METRIC")], #"[["A",5],["B",7]]"#)
        let page = try Self.page("/v2/reports", Self.report(dimension, to: "2026-11-18"), body)
        #expect(
            Self.short(page) == [
                "views=5@range 2026-11-16..2026-11-18 \(dimension):A",
                "views=7@range 2026-11-16..2026-11-18 \(dimension):B",
            ]
        )
    }

    @Test func `two dimensions stand side by side`() throws {
        let body = Self.table(
            [("day", "DIMENSION"), ("country", "DIMENSION"), ("video", "DIMENSION"), ("views", "METRIC")],
            #"[["2026-11-16","DE","abc",5]]"#
        )
        let page = try Self.page("/v2/reports", Self.report("day,country,video"), body)
        #expect(Self.short(page) == ["views=5@day 2026-11-16 country:DE abc"])
    }

    @Test func `without a dimension the total is that of the days asked about`() throws {
        let body = Self.table([("views", "METRIC"), ("averageViewDuration", "METRIC")], "[[5,61]]")
        #expect(
            Self.short(try Self.page("/v2/reports", Self.report(nil), body)) == [
                "views=5@day 2026-11-16", "avg_watch_seconds=61@day 2026-11-16",
            ]
        )
        #expect(Self.short(try Self.page("/v2/reports", [], body)) == [])
    }

    @Test func `a filter of one video makes its days figures of the video`() throws {
        let body = Self.table([("day", "DIMENSION"), ("views", "METRIC")], #"[["2026-11-16",5]]"#)
        let one = try Self.page("/v2/reports", Self.report("day", "video==abc"), body)
        #expect(Self.short(one) == ["views=5@day 2026-11-16 abc"])
        let part = try Self.page("/v2/reports", Self.report("day", "country==DE"), body)
        #expect(Self.short(part) == ["views=5@day 2026-11-16 country:DE"])
        let mixed = try Self.page("/v2/reports", Self.report("day", "video==abc,def"), body)
        #expect(Self.short(mixed) == [])
    }

    @Test(arguments: [
        #"[["2026-11-16",5,1]]"#, #"[["2026-11-16"]]"#, #"[[5,"2026-11-16"]]"#, #"[["16.11.2026",5]]"#, "[5]",
        #"[[null,5]]"#,
    ])
    func `a row that does not fit its columns says nothing`(rows: String) throws {
        let body = Self.table([("day", "DIMENSION"), ("views", "METRIC")], rows)
        let page = try Self.page("/v2/reports", Self.report("day"), body)
        #expect(page.samples.isEmpty && !page.skipped.isEmpty)
    }

    @Test(arguments: [
        #"{"rows":[["2026-11-16",5]]}"#,
        #"{"rows":[["2026-11-16",5]],"columnHeaders":[{"name":"views","columnType":"METRIC"}]}"#,
        #"{"rows":[["2026-11-16",5]],"columnHeaders":[{},{"name":"views","columnType":"METRIC"}]}"#,
        #"{"rows":"x"}"#,
    ])
    func `rows under unknown columns are an answer that cannot be read`(body: String) throws {
        guard case .error(let error) = try Self.read("/v2/reports", Self.report("day"), body) else {
            Issue.record("a page")
            return
        }
        #expect(error.kind == .malformed && error.reason == "unparseable_body")
    }

    @Test(arguments: ["{}", #"{"rows":null}"#, #"{"rows":[]}"#, #"{"columnHeaders":[]}"#])
    func `a table without rows is success with nothing to say`(body: String) throws {
        let page = try Self.page("/v2/reports", Self.report("day"), body)
        #expect(page.samples.isEmpty && page.skipped.isEmpty && page.next == nil)
    }

    @Test func `a channel that is not there is not found`() throws {
        for body in ["{}", #"{"items":[]}"#, #"{"items":null}"#] {
            guard case .error(let error) = try Self.read("/youtube/v3/channels", [Field("mine", "true")], body) else {
                Issue.record("a page for \(body)")
                continue
            }
            #expect(error.kind == .notFound)
        }
    }

    @Test func `hidden subscribers are no level, nor is a zero that does not say so`() throws {
        func followers(_ statistics: String) throws -> [String] {
            let body = #"{"items":[{"id":"UC1","statistics":\#(statistics)}]}"#
            return Self.short(try Self.page("/youtube/v3/channels", [], body))
        }
        #expect(try followers(#"{"subscriberCount":"12","hiddenSubscriberCount":true}"#) == [])
        #expect(try followers(#"{"hiddenSubscriberCount":null,"subscriberCount":"12"}"#) == [])
        #expect(try followers(#"{"subscriberCount":"0"}"#) == [])
        #expect(try followers(#"{"subscriberCount":"0","hiddenSubscriberCount":false}"#) == ["followers=0@instant now"])
        #expect(try followers(#"{"subscriberCount":12}"#) == ["followers=12@instant now"])
    }

    @Test func `only figures of videos asked for are taken, and only those can be missing`() throws {
        let body =
            #"{"items":[{"id":"a","statistics":{"viewCount":"3","favoriteCount":"0","likeCount":null}},{"id":"z","statistics":{"viewCount":"9"}}]}"#
        let page = try Self.page("/youtube/v3/videos", [Field("id", "a")], body)
        #expect(Self.short(page) == ["views=3@lifetime now a"])
        #expect(page.itemErrors.isEmpty && page.skipped.map(\.metric) == ["likeCount"])
        let missing = try Self.page("/youtube/v3/videos", [Field("id", "a,b,c,b")], #"{"items":[{"id":"b"}]}"#)
        #expect(missing.itemErrors.map(\.item) == ["a", "c"])
        let unknown = try Self.page("/youtube/v3/videos", [Field("id", "a,b")], #"{"items":[{"statistics":{}}]}"#)
        #expect(unknown.itemErrors.isEmpty)
    }

    @Test func `uploads are posts with the time at which they were published`() throws {
        let body =
            #"{"items":[{"contentDetails":{"videoId":"a","videoPublishedAt":"2026-11-10T10:00:00Z"}},{"contentDetails":{"videoId":"b"}},{"contentDetails":{}},7],"nextPageToken":""}"#
        let page = try Self.page("/youtube/v3/playlistItems", [], body)
        #expect(
            page.posts == [
                DiscoveredPost(externalID: "a", publishedAt: Instant("2026-11-10T10:00:00Z"), kind: .video),
                DiscoveredPost(externalID: "b", kind: .video),
            ]
        )
        #expect(page.next == nil)
    }

    @Test(arguments: [
        (403, "quotaExceeded", "rate_limited"), (403, "dailyLimitExceeded", "rate_limited"),
        (429, "quotaExceeded", "rate_limited"), (403, "rateLimitExceeded", "rate_limited"),
        (429, "rateLimitExceeded", "rate_limited"), (403, "userRateLimitExceeded", "rate_limited"),
        (401, "authError", "auth_expired"), (403, "insufficientPermissions", "permission"),
        (403, "forbidden", "permission"), (403, "accessNotConfigured", "permission"), (403, "whatever", "permission"),
        (404, "playlistNotFound", "not_found"), (400, "badRequest", "malformed"),
        (400, "invalidParameter", "malformed"), (500, "backendError", "transient"), (503, "backendError", "transient"),
        (409, "conflict", "unclassified"),
    ])
    func `status and reason decide the class`(status: Int, reason: String, kind: String) throws {
        let body =
            #"{"error":{"code":\#(status),"message":"m","errors":[{"domain":"d","reason":"\#(reason)"},{"reason":"x"}]}}"#
        let error = try Self.error(status, body)
        #expect(error.kind.rawValue == kind)
        #expect((error.retryAfter != nil) == ["quotaExceeded", "dailyLimitExceeded"].contains(reason))
    }

    @Test(arguments: [
        ("2026-11-20T20:15:00Z", 42_300), ("2026-11-20T07:59:59Z", 1), ("2026-11-20T08:00:00Z", 86_400),
        ("2026-03-08T08:00:00Z", 23 * 3600), ("2026-11-01T07:00:00Z", 25 * 3600), ("2026-07-01T06:59:59.5Z", 1),
    ])
    func `the quota is back at Pacific midnight, in short days and long ones`(now: String, seconds: Int) throws {
        let body = #"{"error":{"errors":[{"reason":"quotaExceeded"}]}}"#
        #expect(try Self.error(403, body, now: Instant(now)!).retryAfter == seconds)
    }

    @Test func `a used up quota is told to the governor`() throws {
        let body = Array(#"{"error":{"errors":[{"reason":"quotaExceeded"}]}}"#.utf8)
        let request = PlatformRequest(origin: "o", path: "/youtube/v3/videos", endpoint: "videos")
        let signals = Platform.youtube.signals(
            request,
            PlatformResponse(status: 403, headers: [], body: body),
            Self.now
        )
        #expect(signals.map(\.rule) == ["units"] && signals.map(\.remaining) == [0])
        #expect(signals.first?.resetsAt == Instant("2026-11-20T08:00:00Z"))
        #expect(Platform.youtube.limits.contains { $0.name == "units" && $0.limit == 10_000 && $0.window == .day })
    }

    @Test func `an error without words is read by its status, a page of HTML by nothing`() throws {
        #expect(try Self.error(401, "").kind == .authExpired)
        #expect(try Self.error(403, "{}").kind == .permission)
        #expect(try Self.error(200, #"{"error":{"code":404}}"#).kind == .notFound)
        #expect(try Self.error(502, "<html>").kind == .transient)
        #expect(try Self.error(403, "<html>").reason == "unparseable_body")
        #expect(try Self.error(403, #"{"error":{"details":[{"reason":"rateLimitExceeded"}]}}"#).kind == .rateLimited)
    }

    @Test func `a token that was revoked is known at the token endpoint`() throws {
        let request = PlatformRequest(.post, origin: "https://oauth2.googleapis.com", path: "/token")
        let known = try #require(Platform.youtube.recognise(request, nil))
        let body = Array(#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#.utf8)
        let answer = Platform.youtube.read(known, PlatformResponse(status: 400, headers: [], body: body), Self.now)
        guard case .error(let error) = answer else {
            Issue.record("a page")
            return
        }
        #expect(error.kind == .authInvalid)
    }
}
