import FleetCore
import Platforms
import Testing

@Suite struct XRequestTests {
    static let now = Instant("2026-11-20T06:00:00Z")!

    static func requests(
        _ collect: CollectionKind,
        _ metrics: [MetricID] = [],
        days: (String, String) = ("2026-11-19", "2026-11-19"),
        posts: [Assignment.Post] = [],
        refused: Set<String> = [],
        version: String? = nil
    ) throws(Death) -> [PlatformRequest] {
        let assignment = Assignment(
            collect: collect,
            externalID: "1730046152",
            days: CivilDate(days.0)!...CivilDate(days.1)!,
            metrics: metrics,
            posts: posts,
            refused: refused,
            now: now
        )
        return try Platform.x.requests(assignment, PlatformSettings(version: version))
    }

    static func posts(_ count: Int, age days: Int) -> [Assignment.Post] {
        (0..<count).map { .init(externalID: "\(days)\($0)", publishedAt: now - .seconds(days * 86_400)) }
    }

    @Test func `an account's levels are one call for one user`() throws {
        let requests = try Self.requests(.accountDaily)
        #expect(requests.map(\.url) == ["https://api.x.com/2/users/me?user.fields=public_metrics"])
        #expect(requests[0].items == ["1730046152"] && requests[0].endpoint == "users_me")
        #expect(requests[0].microDollars == 10_000 && requests[0].units == 0)
        #expect(try Self.requests(.accountDaily, [.listed]).count == 1)
        #expect(throws: Death.self) { try Self.requests(.accountDaily, [.reach]) }
    }

    @Test func `a listing goes back as far as posts are collected, or over the days that are named`() throws {
        let daily = try Self.requests(.posts)
        #expect(
            daily.map(\.url) == [
                "https://api.x.com/2/users/1730046152/tweets?max_results=100"
                    + "&tweet.fields=created_at,referenced_tweets,public_metrics&exclude=retweets"
                    + "&start_time=2026-08-21T00:00:00Z"
            ]
        )
        #expect(daily[0].microDollars == 500_000 && daily[0].units == 100)
        let back = try Self.requests(.posts, days: ("2026-01-01", "2026-03-31"), version: "2.167")[0]
        #expect(back.queryValue("start_time") == "2026-01-01T00:00:00Z")
        #expect(back.queryValue("end_time") == "2026-04-01T00:00:00Z")
        #expect(back.queryValue("post.fields") == "created_at,referenced_posts,public_metrics")
        let current = try Self.requests(.posts, days: ("2026-11-01", "2026-11-20"))[0]
        #expect(current.queryValue("end_time") == nil)
    }

    @Test func `private numbers are asked of posts under thirty days only`() throws {
        let posts = Self.posts(101, age: 2) + Self.posts(3, age: 31) + [.init(externalID: "77")]
        let requests = try Self.requests(.postMetrics, posts: posts)
        let lookups = requests.filter { $0.path == "/2/tweets" }
        #expect(lookups.map(\.items.count) == [100, 1, 4])
        #expect(
            lookups.map { $0.queryValue("tweet.fields") } == [
                "public_metrics,non_public_metrics,organic_metrics",
                "public_metrics,non_public_metrics,organic_metrics",
                "public_metrics",
            ]
        )
        #expect(lookups[2].items.last == "77")
        #expect(lookups.map(\.microDollars) == [500_000, 5000, 20_000])
        #expect(lookups.map(\.units) == [100, 1, 4])
        #expect(Set(lookups.map(\.endpoint)) == ["tweets"])
    }

    @Test func `analytics are asked for what nothing else serves, up to the present`() throws {
        let requests = try Self.requests(
            .postMetrics,
            days: ("2026-11-18", "2026-11-20"),
            posts: Self.posts(2, age: 1)
        )
        let analytics = try #require(requests.last)
        #expect(analytics.path == "/2/tweets/analytics" && requests.count == 2)
        #expect(analytics.queryValue("end_time") == "2026-11-20T05:59:50Z")
        #expect(
            analytics.queryValue("analytics.fields")
                == "id,timestamped_metrics,shares,permalink_clicks,hashtag_clicks,detail_expands,media_views,follows,unfollows"
        )
        #expect(analytics.window == CivilDate("2026-11-18")!...CivilDate("2026-11-20")!)
        #expect(try Self.requests(.postMetrics, [.likes], posts: Self.posts(2, age: 1)).map(\.path) == ["/2/tweets"])
        #expect(
            try Self.requests(.postMetrics, [.followersGained], posts: Self.posts(1, age: 1)).map(\.metrics) == [
                ["follows"]
            ]
        )
        #expect(
            try Self.requests(.postMetrics, [.shares], days: ("2026-11-21", "2026-11-21"), posts: Self.posts(1, age: 1))
                .isEmpty
        )
    }

    @Test func `what is refused is left out`() throws {
        let requests = try Self.requests(
            .postMetrics,
            posts: Self.posts(1, age: 1),
            refused: ["organic_metrics", "shares", "follows"]
        )
        #expect(requests[0].queryValue("tweet.fields") == "public_metrics,non_public_metrics")
        #expect(
            requests[1].metrics == ["permalink_clicks", "hashtag_clicks", "detail_expands", "media_views", "unfollows"]
        )
        #expect(try Self.requests(.accountDaily, refused: ["public_metrics"]).isEmpty)
    }

    @Test func `every request is recognised as what it was built for`() throws {
        for collect in Platform.x.collections {
            for request in try Self.requests(collect, posts: Self.posts(120, age: 3)) {
                var bare = request
                bare.purpose = 0
                bare.endpoint = ""
                bare.units = 1
                bare.microDollars = 0
                let found = try #require(Platform.x.recognise(bare, "1730046152"))
                #expect(found.purpose == request.purpose && found.endpoint == request.endpoint)
                #expect(found.microDollars == request.microDollars && found.units == request.units)
                #expect(found.items == request.items && found.metrics == request.metrics)
            }
        }
    }

    @Test func `forms that the fleet does not send are recognised too`() {
        func endpoint(_ path: String, _ method: PlatformRequest.Method = .get) -> String? {
            Platform.x.recognise(PlatformRequest(method, origin: "o", path: path), nil)?.endpoint
        }
        #expect(endpoint("/2/users/7") == "users")
        #expect(endpoint("/2/posts/7") == "tweet")
        #expect(endpoint("/2/usage/tweets") == "usage_tweets")
        #expect(endpoint("/2/media/analytics") == "media_analytics")
        #expect(endpoint("/2/oauth2/token", .post) == "oauth2_token")
        #expect(endpoint("/2/tweets", .post) == nil)
        #expect(endpoint("/2/tweets/counts/recent") == nil)
        #expect(endpoint("/2/insights/28hr") == nil)
    }

    @Test(arguments: ["", "abc", "12345678901234567890", "1/2"])
    func `an id of another form is refused`(id: String) {
        let assignment = Assignment(externalID: id, date: CivilDate("2026-11-19")!)
        #expect(throws: Death.self) { try Platform.x.requests(assignment, PlatformSettings()) }
    }
}
