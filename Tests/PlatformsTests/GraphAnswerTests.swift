import FleetCore
import JSON
import TestSupport
import Testing

@testable import Platforms

/// Answers of the Graph family in forms that no recorded answer shows.
@Suite struct GraphAnswerTests {
    static let page = "318806641290577"
    static let now = Instant("2026-11-20T06:00:00Z")!

    static func answer(
        _ platform: Platform,
        _ path: String,
        _ query: [Field] = [],
        method: PlatformRequest.Method = .get,
        sent: String = "",
        status: Int = 200,
        body: String
    ) -> PlatformAnswer? {
        let request = PlatformRequest(method, origin: "https://h", path: path, query: query, body: Array(sent.utf8))
        return platform.recognise(request, page).map {
            platform.read($0, PlatformResponse(status: status, headers: [], body: Array(body.utf8)), now)
        }
    }

    static func samples(_ answer: PlatformAnswer?) -> [String]? {
        guard case .page(let page)? = answer else { return nil }
        return page.samples.map { sample in
            let place =
                switch sample.start {
                case .date(let date): date.description + (sample.lastDay.map { "..\($0)" } ?? "")
                case .moment: "now"
                }
            let value = FixedPoint.text(sample.value, scale: MetricCatalogue.scale(of: sample.metric))
            let parts = sample.dimensions.map { "\($0.name)=\($0.value)" }
            return ([sample.post ?? "account", sample.metric.name, value, sample.period.name, place] + parts)
                .joined(separator: " ")
        }.sorted()
    }

    static func failures(_ answer: PlatformAnswer?) -> [String]? {
        guard case .page(let page)? = answer else { return nil }
        return page.itemErrors.map { "\($0.item) \($0.error.kind.rawValue)" }
    }

    static func batch(_ urls: [String]) -> String {
        let list = JSONValue.array(urls.map { ["method": "GET", "relative_url": .string($0)] })
        return String(decoding: [Field("batch", "\(list)")].formEncoded, as: UTF8.self)
    }

    @Test func `each part of a batch is read as its own request and fails for itself`() throws {
        let sent = Self.batch([
            "v25.0/\(Self.page)_1?fields=shares,insights.metric(post_clicks)",
            "\(Self.page)_2/insights?metric=post_clicks",
            "v25.0/\(Self.page)?fields=fan_count",
            "v25.0/\(Self.page)_3/insights?metric=post_impressions%2Cpost_clicks",
            "v25.0/\(Self.page)_4/insights?metric=post_clicks", "v25.0/\(Self.page)_5/insights?metric=post_clicks",
        ])
        let body = #"""
            [{"code":200,"body":"{\"id\":\"1\",\"shares\":{\"count\":\"7\"},\"insights\":{\"data\":[{\"name\":\"post_clicks\",\"period\":\"lifetime\",\"values\":[{\"value\":9007199254740993}]}]}}"},
            {"code":200,"body":{"data":[{"name":"post_clicks","period":"lifetime","values":[{"value":-2}]}]}},
            {"code":200,"body":"{\"fan_count\":3}"},
            {"code":400,"body":"{\"error\":{\"code\":100,\"message\":\"(#100) The value must be a valid insights metric\"}}"},
            {"code":502,"body":"<html>"}]
            """#
        let answer = Self.answer(.facebook, "/", method: .post, sent: sent, body: body)
        #expect(
            Self.samples(answer) == [
                "\(Self.page)_1 clicks 9007199254740993 lifetime now", "\(Self.page)_1 shares 7 lifetime now",
                "\(Self.page)_2 clicks -2 lifetime now", "account page_likes 3 instant now",
            ]
        )
        #expect(
            Self.failures(answer) == [
                "\(Self.page)_3 deprecated_metric", "\(Self.page)_4 transient", "\(Self.page)_5 transient",
            ]
        )
        guard case .page(let page)? = answer else { return }
        #expect(page.itemErrors[0].error.metrics == ["post_impressions"])
    }

    @Test func `a part says for itself how long to wait`() throws {
        let body = #"""
            [{"code":400,"headers":[{"name":"X-Business-Use-Case-Usage","value":"{\"1\":[{\"estimated_time_to_regain_access\":5}]}"}],
            "body":"{\"error\":{\"code\":80001,\"message\":\"too many calls\"}}"}]
            """#
        let answer = Self.answer(
            .facebook,
            "/v25.0/",
            method: .post,
            sent: Self.batch(["\(Self.page)_1/insights?metric=a"]),
            body: body
        )
        guard case .page(let page)? = answer else {
            Issue.record("no page")
            return
        }
        #expect(page.itemErrors.map(\.error.retryAfter) == [300])
    }

    @Test func `a refused token in any part, and a limit in all of them, concern the whole call`() throws {
        let sent = Self.batch([
            "\(Self.page)_1/insights?metric=post_clicks", "\(Self.page)_2/insights?metric=post_clicks",
        ])
        func error(_ parts: String...) throws -> PlatformError? {
            let body = "[" + parts.joined(separator: ",") + "]"
            let answer = Self.answer(.facebook, "/", method: .post, sent: sent, body: body)
            guard case .page(let page)? = answer else {
                Issue.record("no page")
                return nil
            }
            return page.errorOfCall
        }
        let good =
            #"{"code":200,"body":"{\"data\":[{\"name\":\"post_clicks\",\"period\":\"lifetime\",\"values\":[{\"value\":1}]}]}"}"#
        let limited = #"{"code":400,"body":"{\"error\":{\"code\":80001}}"}"#
        let denied = #"{"code":400,"body":"{\"error\":{\"code\":190,\"error_subcode\":463}}"}"#
        let gone = #"{"code":400,"body":"{\"error\":{\"code\":100,\"error_subcode\":33}}"}"#
        #expect(try error(good, denied)?.kind == .authExpired)
        #expect(try error(limited, limited)?.kind == .rateLimited)
        #expect(try error(limited, gone)?.kind == .rateLimited)
        #expect(try error(good, limited) == nil)
        #expect(try error(gone, gone) == nil)
        #expect(try error(good, good) == nil)
    }

    @Test func `the error of a whole batch is the answer's`() {
        let sent = Self.batch(["1_2/insights?metric=post_clicks"])
        let error = #"{"error":{"code":190,"error_subcode":460,"message":"changed"}}"#
        guard case .error(let found)? = Self.answer(.facebook, "/", method: .post, sent: sent, status: 400, body: error)
        else {
            Issue.record("no error")
            return
        }
        #expect(found.kind == .authInvalid)
        for body in ["{}", "7", "[", "null", "[] x"] {
            guard case .error(let found)? = Self.answer(.facebook, "/", method: .post, sent: sent, body: body) else {
                Issue.record("\(body) gave a page")
                continue
            }
            #expect(found.kind == .malformed)
        }
    }

    @Test func `several objects are read by their ids, and one that is left out is unknown`() {
        let query = [Field("ids", "17990,17991,17992"), Field("fields", "like_count,insights.metric(reach){values}")]
        let answer = Self.answer(
            .instagram,
            "/v25.0/",
            query,
            body: """
                {"17991":{"insights":{"error":{"code":10,"message":"(#10) Not enough viewers"}},"id":"17991","like_count":2},
                "17990":{"like_count":1,"insights":{"data":[{"name":"reach","period":"lifetime","values":[{"value":5}]}]},"id":"17990"}}
                """
        )
        #expect(
            Self.samples(answer) == [
                "17990 likes 1 lifetime now", "17990 reach 5 lifetime now", "17991 likes 2 lifetime now",
            ]
        )
        #expect(Self.failures(answer) == ["17991 privacy_floor", "17992 not_found"])
    }

    @Test func `insights of several objects are read by their ids`() {
        let answer = Self.answer(
            .instagram,
            "/insights",
            [Field("ids", "17990"), Field("metric", "reach")],
            body: #"{"17990":{"data":[{"name":"reach","period":"lifetime","values":[{"value":5}]}]}}"#
        )
        #expect(Self.samples(answer) == ["17990 reach 5 lifetime now"])
    }

    @Test(arguments: ["/v25.0/me", "/me", "/v25.0/318806641290577", "/318806641290577", "/HarbourLight.Studio"])
    func `an account is known by its id, as me or by name, in any version`(path: String) {
        #expect(
            Self.samples(Self.answer(.facebook, path, body: #"{"fan_count":3}"#)) == [
                "account page_likes 3 instant now"
            ]
        )
    }

    @Test func `fields may be renamed and edges expanded under an account`() {
        let fields =
            "followers_count.as(people),media.limit(2){id,timestamp,like_count,insights.metric(reach)},insights.metric("
            + "reach).period(day).since(1794902400).until(1794988800)"
        let answer = Self.answer(
            .instagram,
            "/v25.0/\(Self.page)",
            [Field("fields", fields)],
            body: """
                {"people":7,"media":{"data":[{"like_count":1,"id":"17","timestamp":"2026-11-16T09:40:00+0000",
                "insights":{"data":[{"name":"reach","period":"lifetime","values":[{"value":5}]}]}}],"paging":{"next":"x"}},
                "insights":{"data":[{"name":"reach","period":"day","total_value":{"value":9}}]}}
                """
        )
        #expect(
            Self.samples(answer) == [
                "17 likes 1 lifetime now", "17 reach 5 lifetime now", "account followers 7 instant now",
                "account reach 9 day 2026-11-17",
            ]
        )
        guard case .page(let page)? = answer else { return }
        #expect(page.next == nil)
        #expect(page.posts == [DiscoveredPost(externalID: "17", publishedAt: Instant("2026-11-16T09:40:00Z"))])
    }

    @Test func `a summary of one kind of reaction is not taken for that of all`() {
        let body =
            #"{"reactions":{"summary":{"total_count":3}},"love":{"summary":{"total_count":1}},"comments":{"summary":{"total_count":4}}}"#
        let all = [Field("fields", "reactions.limit(0).summary(total_count),comments.summary(1)")]
        #expect(
            Self.samples(Self.answer(.facebook, "/\(Self.page)_9", all, body: body)) == [
                "\(Self.page)_9 comments 4 lifetime now", "\(Self.page)_9 reactions 3 lifetime now",
            ]
        )
        let one = [Field("fields", "reactions.type(LIKE).limit(0).summary(total_count),comments.summary(1)")]
        #expect(
            Self.samples(Self.answer(.facebook, "/\(Self.page)_9", one, body: body)) == [
                "\(Self.page)_9 comments 4 lifetime now"
            ]
        )
    }

    @Test(arguments: [
        ([Field("since", "1794902400"), Field("until", "1794988800")], "day 2026-11-17"),
        ([Field("since", "2026-11-10"), Field("until", "2026-11-18")], "range 2026-11-10..2026-11-17"),
        ([Field("date_preset", "last_7d")], "range 2026-11-12..2026-11-18"),
        ([Field("date_preset", "yesterday")], "day 2026-11-18"),
    ])
    func `a total over a range lies where the request says, whatever its stamp`(query: [Field], place: String) {
        let body =
            #"{"data":[{"name":"page_total_media_view_unique","period":"total_over_range","values":[{"value":5,"end_time":"2026-11-18T08:00:00+0000"}]}]}"#
        #expect(
            Self.samples(Self.answer(.facebook, "/v25.0/\(Self.page)/insights", query, body: body)) == [
                "account reach 5 \(place)"
            ]
        )
        let unknown = [Field("date_preset", "this_year")]
        #expect(Self.samples(Self.answer(.facebook, "/v25.0/\(Self.page)/insights", unknown, body: body)) == [])
    }

    @Test func `a total that stands before its parts is not added up again`() {
        let body = """
            {"data":[{"name":"page_media_view","period":"day","values":[{"value":9,"end_time":"2026-11-18T08:00:00+0000"},
            {"value":4,"end_time":"2026-11-18T08:00:00+0000","is_from_ads":0},
            {"value":5,"end_time":"2026-11-18T08:00:00+0000","is_from_ads":true}]}]}
            """
        #expect(
            Self.samples(Self.answer(.facebook, "/\(Self.page)/insights", body: body)) == [
                "account views 4 day 2026-11-17 is_from_ads=0", "account views 5 day 2026-11-17 is_from_ads=true",
                "account views 9 day 2026-11-17",
            ]
        )
    }

    @Test func `Threads cuts its audience, and stamps the end of its day at eight o'clock in summer too`() {
        let body = """
            {"data":[{"name":"follower_demographics","period":"lifetime","total_value":{"breakdowns":[{"dimension_keys":["country"],
            "results":[{"dimension_values":["US"],"value":90},{"dimension_values":["DE"],"value":10}]}]}},
            {"name":"views","period":"day","values":[{"value":3,"end_time":"2026-07-02T08:00:00+0000"}]}]}
            """
        #expect(
            Self.samples(Self.answer(.threads, "/v1.0/me/threads_insights", body: body)) == [
                "account followers 10 lifetime now country=DE", "account followers 90 lifetime now country=US",
                "account profile_views 3 day 2026-07-01",
            ]
        )
    }

    @Test(arguments: [
        (Platform.instagram, "media", #""media_type":"VIDEO","media_product_type":"REELS""#, PostKind.reel),
        (.instagram, "media", #""media_type":"VIDEO","media_product_type":"FEED""#, .video),
        (.instagram, "media", #""media_type":"CAROUSEL_ALBUM""#, .carousel), (.instagram, "stories", "\"x\":1", .story),
        (.facebook, "posts", #""status_type":"added_photos""#, .image), (.facebook, "feed", "\"x\":1", .post),
        (.threads, "threads", #""media_type":"REPOST_FACADE""#, .repost),
        (.threads, "threads", #""media_type":"TEXT_POST""#, .post),
    ])
    func `a listing says what a post is`(platform: Platform, edge: String, facts: String, kind: PostKind) {
        let body = "{\"data\":[{\(facts),\"id\":\"77\"},{\"x\":1},7]}"
        guard case .page(let page)? = Self.answer(platform, "/v25.0/\(Self.page)/\(edge)", body: body) else {
            Issue.record("no page")
            return
        }
        #expect(page.posts == [DiscoveredPost(externalID: "77", kind: kind)])
    }

    @Test(arguments: [
        (#"{"cursors":{"after":"A"},"next":"https://h/x?after=B"}"#, [Field("after", "A")]),
        (
            #"{"next":"https://h/x?access_token=T&limit=2&until=17&__paging_token=p%3Dq"}"#,
            [Field("until", "17"), Field("__paging_token", "p=q")]
        ),
    ])
    func `the way to the following page is the cursor, or else stands in the link`(paging: String, next: [Field]) {
        let body = "{\"data\":[],\"paging\":\(paging)}"
        guard case .page(let page)? = Self.answer(.facebook, "/\(Self.page)/feed", body: body) else {
            Issue.record("no page")
            return
        }
        #expect(page.next == .query(next))
    }

    @Test(arguments: [#"{"cursors":{"after":"A"}}"#, #"{"next":"https://h/x"}"#, #"{"next":""}"#, "{}", "[]", "null"])
    func `without a link there is no following page, whatever cursor is there`(paging: String) {
        let body = "{\"data\":[],\"paging\":\(paging)}"
        guard case .page(let page)? = Self.answer(.facebook, "/\(Self.page)/feed", body: body) else {
            Issue.record("no page")
            return
        }
        #expect(page.next == nil)
    }

    @Test func `errors are understood on edges that nobody asks`() {
        let error = #"{"error":{"code":4,"message":"limit"}}"#
        guard case .error(let found)? = Self.answer(.instagram, "/v25.0/17/comments", status: 400, body: error) else {
            Issue.record("no error")
            return
        }
        #expect(found.kind == .rateLimited && found.scope == .app)
        #expect(
            Self.samples(Self.answer(.instagram, "/v25.0/17/comments", body: #"{"data":[{"id":"5","like_count":1}]}"#))
                == []
        )
    }

    @Test func `a family of retired names is known by its beginning`() {
        let error = #"{"error":{"code":100,"message":"(#100) The value must be a valid insights metric"}}"#
        let query = [Field("metric", "page_posts_impressions_paid_unique,page_media_view")]
        guard
            case .error(let found)? = Self.answer(.facebook, "/\(Self.page)/insights", query, status: 400, body: error)
        else {
            Issue.record("no error")
            return
        }
        #expect(found.metrics == ["page_posts_impressions_paid_unique"])
    }
}

@Suite struct GraphFieldsTests {
    @Test func `names, arguments and fields of fields are told apart`() {
        let fields = GraphFields(" id, comments.limit(0).summary(total_count) ,media{id,insights.metric(a,b)},x.as(y)")
        #expect(fields.items.map(\.name) == ["id", "comments", "media", "x"])
        #expect(fields["comments"]?.arguments == [Field("limit", "0"), Field("summary", "total_count")])
        #expect(fields["media"]?.fields["insights"]?.metrics == ["a", "b"])
        #expect(fields["y"]?.name == "x" && fields["x"] == nil)
    }

    @Test func `no text whatever makes it hang or crash`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let length = Int.random(in: 0..<24, using: &generator)
            let text = String((0..<length).map { _ in "ab,.(){} ".randomElement(using: &generator)! })
            _ = GraphFields(text)
        }
    }

    @Test func `lists of names come with commas or as JSON`() {
        #expect(GraphFields.names("a,b_1") == ["a", "b_1"])
        #expect(GraphFields.names(#"["a","b"]"#) == ["a", "b"])
    }
}
