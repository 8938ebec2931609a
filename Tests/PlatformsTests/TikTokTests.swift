import FleetCore
import Platforms
import Testing

@Suite struct TikTokTests {
    static let ok = #""error":{"code":"ok","message":"","log_id":"1"}"#

    static func requests(
        _ collect: CollectionKind,
        _ metrics: [MetricID] = [],
        posts: [Assignment.Post] = [],
        refused: Set<String> = [],
        version: String? = nil
    ) throws(Death) -> [PlatformRequest] {
        let day = CivilDate("2026-11-19")!
        let assignment = Assignment(
            collect: collect,
            externalID: "5b0e9a41-77c2",
            days: day...day,
            metrics: metrics,
            posts: posts,
            refused: refused
        )
        return try Platform.tiktok.requests(assignment, PlatformSettings(version: version))
    }

    @Test func `a listing goes on from its cursor while there is more, and keeps the rest of its body`() throws {
        let videos = #"{"videos":[],"cursor":1763399999000,"has_more":true}"#
        let request = try Self.requests(.posts)[0]
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"max_count":20}"#)
        #expect(request.headers == [Field("Content-Type", "application/json")])
        let exchanged = Exchanged(
            .tiktok,
            "/v2/video/list/",
            method: .post,
            sent: #"{"max_count":20}"#,
            "{\"data\":\(videos),\(Self.ok)}"
        )
        let next = try #require(exchanged.page?.next)
        #expect(
            String(decoding: request.following(next).body, as: UTF8.self) == #"{"max_count":20,"cursor":1763399999000}"#
        )
        for end in [
            #"{"videos":null,"cursor":5,"has_more":false}"#, #"{"has_more":true}"#, #"{"cursor":5,"has_more":1}"#,
        ] {
            #expect(
                Exchanged(.tiktok, "/v2/video/list/", method: .post, "{\"data\":\(end),\(Self.ok)}").page?.next == nil
            )
        }
    }

    @Test func `a listing names its videos with their birth`() {
        let body =
            "{\(Self.ok),\"data\":{\"videos\":[{\"view_count\":\"9007199254740993\",\"like_count\":null,\"create_time\":1763400000,\"id\":\"71\"},{\"id\":72,\"share_count\":-1}]}}"
        let exchanged = Exchanged(.tiktok, "/v2/video/list", method: .post, body)
        #expect(exchanged.samples == ["shares -1 lifetime now 72", "views 9007199254740993 lifetime now 71"])
        #expect(
            exchanged.page?.posts == [
                DiscoveredPost(externalID: "71", publishedAt: Instant(seconds: 1_763_400_000), kind: .video),
                DiscoveredPost(externalID: "72", kind: .video),
            ]
        )
    }

    @Test func `videos that a query leaves out are gone`() {
        let sent = #"{"filters":{"video_ids":["1","2","3"]}}"#
        let some = Exchanged(
            .tiktok,
            "/v2/video/query/",
            method: .post,
            sent: sent,
            "{\"data\":{\"videos\":[{\"id\":\"2\"}]},\(Self.ok)}"
        )
        #expect(some.itemErrors == ["not_found - 1", "not_found - 3"])
        let none = Exchanged(.tiktok, "/v2/video/query/", method: .post, sent: sent, "{\"data\":{},\(Self.ok)}")
        #expect(none.itemErrors.count == 3)
        let refused = Exchanged(
            .tiktok,
            "/v2/video/query/",
            method: .post,
            sent: sent,
            status: 401,
            #"{"error":{"code":"access_token_invalid"}}"#
        )
        #expect(refused.error?.kind == .authExpired)
    }

    @Test(arguments: [
        (401, "access_token_invalid", PlatformError.Class.authExpired),
        (401, "scope_not_authorized", .permission),
        (401, "scope_permission_missed", .permission),
        (429, "rate_limit_exceeded", .rateLimited),
        (400, "invalid_params", .malformed),
        (500, "internal_error", .transient),
        (200, "internal_error", .transient),
        (401, "new_word", .authExpired),
        (403, "new_word", .permission),
        (502, "new_word", .transient),
        (200, "new_word", .unclassified),
    ])
    func `an error is classified by its word, then by the status`(status: Int, word: String, kind: PlatformError.Class)
    {
        let error = Exchanged(.tiktok, "/v2/user/info/", status: status, #"{"data":{},"error":{"code":"\#(word)"}}"#)
            .error
        #expect(error?.kind == kind)
        #expect(error?.retryAfter == (kind == .rateLimited ? 60 : nil))
    }

    @Test(arguments: [
        (40102, PlatformError.Class.authExpired), (40104, .authInvalid), (40105, .authInvalid), (40001, .permission),
        (40016, .rateLimited), (40100, .rateLimited), (40133, .rateLimited), (50000, .transient), (51010, .transient),
        (40002, .malformed), (1, .malformed), (-3, .malformed),
    ])
    func `the Business envelope says with status 200 that it failed`(code: Int, kind: PlatformError.Class) {
        let body = #"{"code":\#(code),"message":"m","request_id":"r","data":{"followers_count":5}}"#
        let error = Exchanged(.tiktok, "/open_api/v1.3/business/get/", query: ["business_id": "b"], body).error
        #expect(error?.kind == kind && error?.code == code)
        #expect(error?.retryAfter == (kind == .rateLimited ? 60 : nil))
    }

    @Test func `the Business interface knows reach and watch time`() {
        let account =
            #"{"code":0,"message":"OK","data":{"followers_count":5,"total_likes":"7","videos_count":null,"profile_views":3,"video_views":[]}}"#
        let read = Exchanged(.tiktok, "/open_api/v1.3/business/get/", account)
        #expect(read.samples == ["followers 5 instant now", "likes 7 lifetime now"])
        let videos = """
            {"code":0,"data":{"has_more":true,"cursor":17,"videos":[{"item_id":"71","reach":10,"video_views":12,
            "total_time_watched":61.5,"average_time_watched":5.125,"likes":3}]}}
            """
        let list = Exchanged(
            .tiktok,
            "/open_api/v1.3/business/video/list/",
            query: ["fields": #"["item_id","reach"]"#],
            videos
        )
        #expect(
            list.samples == [
                "avg_watch_seconds 5.125 lifetime now 71", "reach 10 lifetime now 71", "views 12 lifetime now 71",
                "watch_time_seconds 61.5 lifetime now 71",
            ]
        )
        #expect(list.request.metrics == ["reach"] && list.request.tokenHeader == "Access-Token")
        #expect(list.page?.next == .query([Field("cursor", "17")]))
    }

    @Test func `requests are as few as the batch allows`() throws {
        let posts = (0..<45).map { Assignment.Post(externalID: "\($0)") }
        let queries = try Self.requests(.postMetrics, posts: posts)
        #expect(queries.map(\.items.count) == [20, 20, 5])
        #expect(
            String(decoding: queries[2].body, as: UTF8.self) == #"{"filters":{"video_ids":["40","41","42","43","44"]}}"#
        )
        #expect(queries[0].queryValue("fields") == "id,create_time,view_count,like_count,comment_count,share_count")
        #expect(queries[0].method == .post && queries[0].endpoint == "video_query")
        let user = try Self.requests(.accountDaily, [.likes], refused: [])[0]
        #expect(user.url == "https://open.tiktokapis.com/v2/user/info/?fields=open_id,likes_count")
        #expect(try Self.requests(.accountDaily, refused: ["follower_count"])[0].metrics.count == 3)
        #expect(throws: Death.self) { try Self.requests(.accountDaily, [.reach]) }
    }

    @Test func `the Business interface is asked with a bare token and lists in JSON`() throws {
        let account = try Self.requests(.accountDaily, version: "v1.3")[0]
        #expect(account.tokenHeader == "Access-Token" && account.origin == "https://business-api.tiktok.com")
        #expect(account.path == "/open_api/v1.3/business/get/")
        #expect(
            account.query == [
                Field("business_id", "5b0e9a41-77c2"),
                Field("fields", #"["followers_count","total_likes","videos_count"]"#),
            ]
        )
        let videos = try Self.requests(.postMetrics, [.reach], posts: [.init(externalID: "1")], version: "v1.3")[0]
        #expect(videos.queryValue("filters") == #"{"video_ids":["1"]}"#)
        #expect(videos.queryValue("fields") == #"["item_id","create_time","reach"]"#)
    }

    @Test func `every request is recognised as what it was built for`() throws {
        for version in ["v2", "v1.3"] {
            for collect in Platform.tiktok.collections {
                for request in try Self.requests(collect, posts: [.init(externalID: "1")], version: version) {
                    let bare = PlatformRequest(
                        request.method,
                        origin: "o",
                        path: request.path,
                        query: request.query,
                        body: request.body
                    )
                    let found = try #require(Platform.tiktok.recognise(bare, nil))
                    #expect(found.purpose == request.purpose && found.endpoint == request.endpoint)
                    #expect(found.metrics == request.metrics && found.tokenHeader == request.tokenHeader)
                    if request.method == .post { #expect(found.items == request.items) }
                    #expect(Platform.tiktok.limits.contains { $0.endpoint == request.endpoint && $0.limit == 600 })
                }
            }
        }
        #expect(Platform.tiktok.recognise(PlatformRequest(origin: "o", path: "/v2/video/"), nil) == nil)
        #expect(Platform.tiktok.recognise(PlatformRequest(origin: "o", path: "/v2/"), nil) == nil)
        let token = Exchanged(
            .tiktok,
            "/v2/oauth/token/",
            method: .post,
            #"{"error":"invalid_grant","error_description":"d","log_id":"1"}"#
        )
        #expect(token.error?.kind == .authInvalid)
    }
}
