import FleetCore
import Platforms
import Testing

@Suite struct PinterestTests {
    static func requests(
        _ collect: CollectionKind,
        _ metrics: [MetricID] = [],
        days: (String, String) = ("2026-11-16", "2026-11-19"),
        posts: [Assignment.Post] = [],
        refused: Set<String> = [],
        version: String? = nil
    ) throws(Death) -> [PlatformRequest] {
        let assignment = Assignment(
            collect: collect,
            externalID: "1059334712089441627",
            days: CivilDate(days.0)!...CivilDate(days.1)!,
            metrics: metrics,
            posts: posts,
            refused: refused,
            now: Exchanged.now
        )
        return try Platform.pinterest.requests(assignment, PlatformSettings(version: version))
    }

    static func day(_ status: String, _ metrics: String = #"{"IMPRESSION":0}"#) -> String {
        #"{"all":{"daily_metrics":[{"date":"2026-11-16","data_status":\#(status),"metrics":\#(metrics)}]}}"#
    }

    @Test(arguments: [
        "READY", "ESTIMATE", "PROCESSING", "BEFORE_BUSINESS_CREATED", "BEFORE_DATA_RETENTION_PERIOD",
        "BEFORE_PIN_DATA_RETENTION_PERIOD", "BEFORE_METRIC_START_DATE", "BEFORE_CORE_METRIC_START_DATE",
        "BEFORE_PIN_FORMAT_METRIC_START_DATE", "BEFORE_AUDIENCE_METRIC_START_DATE", "ready", "",
    ])
    func `only days that are ready or estimated count`(status: String) {
        let exchanged = Exchanged(.pinterest, "/v5/user_account/analytics", Self.day("\"\(status)\""))
        let counts = status == "READY" || status == "ESTIMATE"
        #expect(exchanged.samples == (counts ? ["impressions 0 day 2026-11-16"] : []))
        #expect(exchanged.page?.skipped.isEmpty == counts)
    }

    @Test func `a day without status, date or numbers gives none`() {
        for body in [
            Self.day("null"), Self.day("7"), Self.day("\"READY\"", "null"), Self.day("\"READY\"", "[]"),
            Self.day("\"READY\"").replacing("2026-11-16", with: "yesterday"), #"{"all":{"daily_metrics":[]}}"#,
            #"{"all":null}"#, "{}",
        ] {
            let exchanged = Exchanged(.pinterest, "/v5/user_account/analytics", body)
            #expect(exchanged.page != nil && exchanged.samples == [], "\(body)")
        }
    }

    @Test func `units are changed exactly and unknown rates left alone`() {
        let metrics =
            #"{"VIDEO_V50_WATCH_TIME":15402,"VIDEO_AVG_WATCH_TIME":1283.5,"ENGAGEMENT_RATE":0.03791666666666667,"SAVE_RATE":0.5,"SAVE":"9007199254740993","USER_FOLLOW":-3,"PROFILE_VISIT":null}"#
        let exchanged = Exchanged(.pinterest, "/v5/pins/5/analytics", Self.day("\"READY\"", metrics))
        #expect(
            exchanged.samples == [
                "avg_watch_seconds 1.2835 day 2026-11-16 5", "engagement_rate 0.037916666666667 day 2026-11-16 5",
                "followers_gained -3 day 2026-11-16 5", "saves 9007199254740993 day 2026-11-16 5",
                "watch_time_seconds 15.402 day 2026-11-16 5",
            ]
        )
        #expect(exchanged.skipped == ["PROFILE_VISIT null"])
    }

    @Test(arguments: [
        ("APP_TYPE", "app_type"), ("PIN_FORMAT", "pin_format"), ("SOURCE", "source"),
        ("OWNED_CONTENT", "owned_content"),
    ])
    func `a split field names the dimension of the parts`(field: String, dimension: String) {
        let body = Self.day("\"READY\"").replacing("\"all\"", with: "\"MOBILE\"")
        let exchanged = Exchanged(.pinterest, "/v5/user_account/analytics", query: ["split_field": field], body)
        #expect(exchanged.samples == ["impressions 0 day 2026-11-16 \(dimension)=MOBILE"])
        #expect(Exchanged(.pinterest, "/v5/user_account/analytics", body).samples == [])
        #expect(
            Exchanged(.pinterest, "/v5/user_account/analytics", query: ["split_field": "NO_SPLIT"], body).samples == []
        )
    }

    @Test func `many pins at once are read each for itself, with its totals or its error`() {
        let body = """
            {"1":{"all":{"daily_metrics":[{"date":"2026-11-16","data_status":"READY","metrics":{"SAVE":2}}],
            "lifetime_metrics":{"TOTAL_COMMENTS":4,"TOTAL_REACTIONS":27}}},"2":{"code":50,"message":"Pin not found."},
            "3":null,"4":{"daily_metrics":[{"date":"2026-11-16","data_status":"ESTIMATE","metrics":{"SAVE":1}}]}}
            """
        let exchanged = Exchanged(.pinterest, "/v5/pins/analytics", query: ["pin_ids": "1,2,3,4"], body)
        #expect(
            exchanged.samples == [
                "comments 4 lifetime now 1", "reactions 27 lifetime now 1", "saves 1 day 2026-11-16 4",
                "saves 2 day 2026-11-16 1",
            ]
        )
        #expect(exchanged.itemErrors == ["not_found - 2"])
        #expect(exchanged.request.items == ["1", "2", "3", "4"])
    }

    @Test func `a listing names its pins, and ends where no bookmark follows`() {
        let item =
            #"{"media":{"media_type":"video"},"id":"5","created_at":"2026-11-01T10:00:00","pin_metrics":{"90d":{"save":1},"lifetime_metrics":{"save":9}}}"#
        let page = Exchanged(
            .pinterest,
            "/v5/pins",
            #"{"items":[\#(item),{"id":"6","pin_metrics":{"lifetime_metrics":null}}],"bookmark":"b"}"#
        )
        #expect(page.samples == ["saves 9 lifetime now 5"])
        #expect(
            page.page?.posts == [
                DiscoveredPost(externalID: "5", publishedAt: Instant("2026-11-01T10:00:00Z"), kind: .video),
                DiscoveredPost(externalID: "6", kind: .pin),
            ]
        )
        #expect(page.page?.next == .query([Field("bookmark", "b")]))
        for end in [#"{"items":[],"bookmark":null}"#, #"{"items":[]}"#, #"{"items":null,"bookmark":""}"#] {
            #expect(Exchanged(.pinterest, "/v5/pins", end).page?.next == nil)
        }
        #expect(Exchanged(.pinterest, "/v5/pins/5", item).samples == ["saves 9 lifetime now 5"])
    }

    @Test(arguments: [
        (401, 2, PlatformError.Class.authExpired), (403, 29, .permission), (404, 50, .notFound), (429, 8, .rateLimited),
        (400, 1, .malformed), (409, 12, .malformed), (500, 0, .transient), (503, 12, .transient),
    ])
    func `an error is classified`(status: Int, code: Int, kind: PlatformError.Class) {
        let error = Exchanged(.pinterest, "/v5/user_account", status: status, #"{"code":\#(code),"message":"m"}"#).error
        #expect(error?.kind == kind && error?.code == code)
    }

    @Test func `the first number of a structured header counts, and the reset is from now`() {
        let limit = #"60, 100;w=1;name="safety_net_app_id_user_id", 60;w=60;name="org_analytics_app_id_user_id""#
        func read(_ headers: KeyValuePairs<String, String>) -> Exchanged {
            Exchanged(.pinterest, "/v5/pins/5/analytics", status: 429, headers: headers, #"{"code":8,"message":"m"}"#)
        }
        let stated = read(["X-RateLimit-Limit": limit, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "41"])
        #expect(stated.error?.retryAfter == 41)
        #expect(
            stated.signals == [
                LimitSignal(
                    rule: "org_analytics",
                    endpoint: "org_analytics",
                    limit: 60,
                    remaining: 0,
                    resetsAt: Exchanged.now + .seconds(41)
                )
            ]
        )
        let second = limit.replacing("60, 100", with: "100, 100")
        #expect(read(["x-ratelimit-limit": second]).signals.map(\.rule) == ["safety_net"])
        #expect(read(["x-ratelimit-limit": "7"]).signals.map(\.rule) == ["org_analytics"])
        #expect(read(["x-ratelimit-reset": "\(Exchanged.now.seconds + 9)"]).error?.retryAfter == 9)
        #expect(read(["retry-after": "5"]).error?.retryAfter == 5)
        #expect(read([:]).error?.retryAfter == nil)
        #expect(read([:]).signals == [])
    }

    @Test func `an account is two calls for as many days as are answered still`() throws {
        let requests = try Self.requests(.accountDaily)
        #expect(
            requests.map(\.url) == [
                "https://api.pinterest.com/v5/user_account",
                "https://api.pinterest.com/v5/user_account/analytics?start_date=2026-11-16&end_date=2026-11-19"
                    + "&metric_types=IMPRESSION,ENGAGEMENT,PIN_CLICK,OUTBOUND_CLICK,SAVE,ENGAGEMENT_RATE,VIDEO_MRC_VIEW,"
                    + "VIDEO_START,VIDEO_10S_VIEW,QUARTILE_95_PERCENT_VIEW,VIDEO_V50_WATCH_TIME,VIDEO_AVG_WATCH_TIME",
            ]
        )
        #expect(requests.map(\.endpoint) == ["org_read", "org_analytics"])
        let old = try Self.requests(.accountDaily, days: ("2026-01-01", "2026-11-19"))[1]
        #expect(old.queryValue("start_date") == "2026-08-23")
        #expect(try Self.requests(.accountDaily, days: ("2026-01-01", "2026-08-22")).count == 1)
        #expect(try Self.requests(.accountDaily, [.saves], refused: ["SAVE"]).isEmpty)
        #expect(try Self.requests(.accountDaily, [.monthlyViews]).map(\.endpoint) == ["org_read"])
        #expect(throws: Death.self) { try Self.requests(.accountDaily, [.reach]) }
    }

    @Test func `each pin is a call, unless the application has the beta`() throws {
        let posts = (0..<150).map { Assignment.Post(externalID: "\($0)", kind: $0 == 3 ? .video : .pin) }
        let single = try Self.requests(.postMetrics, posts: posts)
        #expect(single.count == 150 && single[7].path == "/v5/pins/7/analytics")
        #expect(single[7].metrics.count == 8 && single[3].metrics.count == 14)
        let many = try Self.requests(.postMetrics, posts: posts, version: "v5-beta")
        #expect(many.map(\.items.count) == [100, 50])
        #expect(many[0].path == "/v5/pins/analytics")
        let one = try Self.requests(.postMetrics, [.comments], posts: [posts[0]], version: "v5-beta")
        #expect(one.map(\.path) == ["/v5/pins/0/analytics"] && one[0].metrics == ["TOTAL_COMMENTS"])
    }

    @Test func `every request is recognised as what it was built for`() throws {
        for collect in Platform.pinterest.collections {
            let posts: [Assignment.Post] = [.init(externalID: "1"), .init(externalID: "2")]
            for request in try Self.requests(collect, posts: posts, version: "v5-beta") {
                let bare = PlatformRequest(origin: "o", path: request.path, query: request.query)
                let found = try #require(Platform.pinterest.recognise(bare, nil))
                #expect(found.purpose == request.purpose && found.endpoint == request.endpoint)
                #expect(found.items == request.items && found.window == request.window && found.post == request.post)
            }
        }
        #expect(Platform.pinterest.recognise(PlatformRequest(origin: "o", path: "/v5/boards"), nil) == nil)
        #expect(
            Exchanged(.pinterest, "/v5/oauth/token", method: .post, status: 401, #"{"code":1,"message":"m"}"#).error?
                .kind
                == .authInvalid
        )
    }
}
