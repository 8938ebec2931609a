import FleetCore
import Platforms
import Testing

@Suite struct YouTubeRequestTests {
    static let channel = "UCq7Zt9pWm3VxB0nR2sKdLhA"

    static func requests(
        _ collect: CollectionKind = .accountDaily,
        metrics: [MetricID] = [],
        externalID: String = channel,
        days: ClosedRange<CivilDate> = CivilDate("2026-11-15")!...CivilDate("2026-11-18")!,
        posts: [Assignment.Post] = [],
        refused: Set<String> = [],
        now: String? = nil,
        settings: PlatformSettings = PlatformSettings()
    ) throws(Death) -> [PlatformRequest] {
        let assignment = Assignment(
            collect: collect,
            externalID: externalID,
            days: days,
            metrics: metrics,
            posts: posts,
            refused: refused,
            now: now.flatMap { Instant($0) } ?? Instant(microseconds: 0)
        )
        return try Platform.youtube.requests(assignment, settings)
    }

    @Test func `a day or ninety are three calls, fast and slow figures apart`() throws {
        let last = CivilDate("2026-11-18")!
        for days in [last...last, (last - 89)...last] {
            let requests = try Self.requests(days: days)
            #expect(requests.map(\.endpoint) == ["channels", "reports", "reports"])
            #expect(requests.map(\.units) == [1, 0, 0])
            #expect(
                requests[1].metrics == [
                    "views", "engagedViews", "estimatedMinutesWatched", "averageViewDuration", "averageViewPercentage",
                ]
            )
            #expect(
                requests[2].metrics == [
                    "subscribersGained", "subscribersLost", "likes", "dislikes", "comments", "shares",
                ]
            )
            #expect(requests.allSatisfy { $0.window == nil || $0.window == days })
        }
    }

    @Test func `the addresses are those of the documentation`() throws {
        let requests = try Self.requests(metrics: [.followersGained, .followers])
        #expect(
            requests.map(\.url) == [
                "https://www.googleapis.com/youtube/v3/channels?part=statistics&id=UCq7Zt9pWm3VxB0nR2sKdLhA",
                "https://youtubeanalytics.googleapis.com/v2/reports?ids=channel%3D%3DMINE&startDate=2026-11-15"
                    + "&endDate=2026-11-18&dimensions=day&metrics=subscribersGained&sort=day",
            ]
        )
    }

    @Test func `a mean is asked for with its weight beside it`() throws {
        #expect(
            try Self.requests(metrics: [.avgViewPercentage]).map(\.metrics) == [["views", "averageViewPercentage"]]
        )
    }

    @Test func `a refused metric is left out, and a call of refused ones is not made`() throws {
        let some = try Self.requests(refused: ["shares", "dislikes"])
        #expect(some[2].metrics == ["subscribersGained", "subscribersLost", "likes", "comments"])
        let slow: Set = ["subscribersGained", "subscribersLost", "likes", "dislikes", "comments", "shares"]
        #expect(try Self.requests(refused: slow).count == 2)
        #expect(
            try Self.requests(metrics: [.avgWatchSeconds], refused: ["views"]).map(\.metrics) == [
                ["averageViewDuration"]
            ]
        )
    }

    @Test func `posts are found in the list of uploads, fifty to a page`() throws {
        #expect(
            try Self.requests(.posts).map(\.url) == [
                "https://www.googleapis.com/youtube/v3/playlistItems?part=contentDetails"
                    + "&playlistId=UUq7Zt9pWm3VxB0nR2sKdLhA&maxResults=50"
            ]
        )
    }

    @Test func `fifty videos are one call, and their day another`() throws {
        let posts = (0..<50).map { Assignment.Post(externalID: "video\(100_000 + $0)") }
        let day = CivilDate("2026-11-16")!
        let requests = try Self.requests(.postMetrics, days: day...day, posts: posts)
        #expect(requests.map(\.endpoint) == ["videos", "reports"])
        #expect(requests[0].items == posts.map(\.externalID))
        #expect(requests[1].queryValue("filters") == "video==" + posts.map(\.externalID).joined(separator: ","))
        #expect(
            requests[1].queryValue("startDate") == "2026-11-16" && requests[1].queryValue("endDate") == "2026-11-16"
        )
        #expect(Platform.youtube.postsPerJob == 50)
    }

    @Test func `only likes of videos cost no report, only their watch time no list`() throws {
        let posts = [Assignment.Post(externalID: "dQa1Zx7RtUo")]
        let day = CivilDate("2026-11-16")!
        let watch = try Self.requests(.postMetrics, metrics: [.watchTimeSeconds], days: day...day, posts: posts)
        #expect(watch.map(\.endpoint) == ["reports"])
    }

    @Test func `a table that cannot exist yet is asked for the newest day that can`() throws {
        let posts = [
            Assignment.Post(externalID: "old", publishedAt: Instant("2026-11-01T00:00:00Z")),
            Assignment.Post(externalID: "new", publishedAt: Instant("2026-11-20T00:00:00Z")),
        ]
        let today = CivilDate("2026-11-20")!
        // 06:00 UTC is still the nineteenth at the Pacific.
        let requests = try Self.requests(.postMetrics, days: today...today, posts: posts, now: "2026-11-20T06:00:00Z")
        #expect(requests[1].queryValue("startDate") == "2026-11-15")
        #expect(requests[1].items == ["old"])
        let young = try Self.requests(.postMetrics, days: today...today, posts: [posts[1]], now: "2026-11-20T06:00:00Z")
        #expect(young.map(\.endpoint) == ["videos"])
    }

    @Test func `demographics are the views by country of each day`() throws {
        let requests = try Self.requests(.demographics, days: CivilDate("2026-11-15")!...CivilDate("2026-11-16")!)
        #expect(requests.map { $0.queryValue("dimensions") } == ["country", "country"])
        #expect(requests.map { $0.queryValue("endDate") } == ["2026-11-15", "2026-11-16"])
    }

    @Test func `one origin takes the place of both hosts, and the version is the Data API's`() throws {
        let settings = PlatformSettings(origin: "http://127.0.0.1:16500", version: "v4")
        let paths = try Self.requests(settings: settings).map { $0.origin + $0.path }
        #expect(
            paths == [
                "http://127.0.0.1:16500/youtube/v4/channels", "http://127.0.0.1:16500/v2/reports",
                "http://127.0.0.1:16500/v2/reports",
            ]
        )
    }

    @Test(arguments: [
        "", "UC", "mine", "UCq7Zt9pWm3VxB0nR2sKdLh/", "UUq7Zt9pWm3VxB0nR2sKdLhA", "UCq7Zt9pWm3VxB0nR2sKdLhAA",
    ])
    func `an id that is no channel's reaches no address`(externalID: String) {
        do throws(Death) {
            _ = try Self.requests(externalID: externalID)
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .badExternalID)
        }
    }

    @Test(arguments: [CollectionKind.accountDaily, .posts, .postMetrics, .demographics])
    func `a metric that the collection does not offer is named`(collect: CollectionKind) {
        do throws(Death) {
            _ = try Self.requests(collect, metrics: [.reach])
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .unsupportedMetric && error.detail.contains("reach"))
        }
    }

    @Test func `every request that is built is recognised as what it is`() throws {
        let posts = [Assignment.Post(externalID: "dQa1Zx7RtUo"), Assignment.Post(externalID: "kL9mPq2wEsY")]
        for collect in Platform.youtube.collections {
            for request in try Self.requests(collect, posts: posts) {
                let bare = PlatformRequest(origin: request.origin, path: request.path, query: request.query)
                let known = try #require(Platform.youtube.recognise(bare, Self.channel))
                #expect(known.purpose == request.purpose && known.endpoint == request.endpoint)
                #expect(known.window == request.window && known.items == request.items && known.units == request.units)
            }
        }
    }

    @Test func `other calls of the interface are recognised, strangers are not`() {
        func known(_ path: String, _ method: PlatformRequest.Method = .get) -> PlatformRequest? {
            Platform.youtube.recognise(PlatformRequest(method, origin: "https://h", path: path), nil)
        }
        #expect(known("/youtube/v3/search")?.endpoint == "search")
        #expect(known("/v2/reports") != nil)
        #expect(known("/youtube/v3/videos", .post) == nil)
        #expect(known("/v25.0/1/insights") == nil)
        #expect(known("/") == nil)
    }
}
