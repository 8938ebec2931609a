import FleetCore
import JSON
import TestSupport
import Testing

@testable import Platforms

/// What the Graph family's code asks, and that it understands its own questions when they are written down.
@Suite struct GraphRequestTests {
    static let account = "318806641290577"
    static let now = Instant("2026-11-20T06:00:00Z")!

    static func requests(
        _ platform: Platform,
        _ collect: CollectionKind,
        from first: String = "2026-11-17",
        to last: String = "2026-11-17",
        metrics: [MetricID] = [],
        posts: [Assignment.Post] = [],
        refused: Set<String> = []
    ) throws(Death) -> [PlatformRequest] {
        try platform.requests(
            Assignment(
                collect: collect,
                externalID: account,
                days: CivilDate(first)!...CivilDate(last)!,
                metrics: metrics,
                posts: posts,
                refused: refused,
                now: now
            ),
            PlatformSettings()
        )
    }

    static func posts(_ count: Int, _ kind: PostKind = .image) -> [Assignment.Post] {
        (0..<count).map { Assignment.Post(externalID: "\(account)_\($0 + 1)", kind: kind) }
    }

    static let graph: [Platform] = [.instagram, .facebook, .threads]

    @Test(arguments: graph.flatMap { platform in platform.collections.map { (platform.name, $0) } })
    func `what is asked is recognised when it is written down`(name: PlatformName, collect: CollectionKind) throws {
        let platform = PlatformRegistry[name]!
        let requests = try Self.requests(platform, collect, posts: Self.posts(3))
        #expect(!requests.isEmpty)
        for request in requests {
            let written = PlatformRequest(
                request.method,
                origin: request.origin,
                path: request.path,
                query: request.query,
                headers: request.headers,
                body: request.body
            )
            var known = try #require(platform.recognise(written, Self.account))
            known.window = request.window
            if known.items.isEmpty, let post = known.post { known.items = [post] }
            #expect(known.purpose == request.purpose && known.post == request.post && known.items == request.items)
            #expect(known.endpoint == request.endpoint && known.units == request.units)
            #expect(!request.endpoint.isEmpty)
        }
    }

    @Test(arguments: [(0, [Int]()), (1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
    func `fifty posts are one call`(posts: Int, calls: [Int]) throws {
        for platform in [Platform.instagram, .facebook] {
            let requests = try Self.requests(platform, .postMetrics, posts: Self.posts(posts))
            #expect(requests.map(\.items.count) == calls && requests.map(\.units) == calls)
            #expect(requests.allSatisfy { $0.method == .post && $0.path == "/" && $0.endpoint == "batch" })
        }
    }

    @Test func `each kind of Instagram post is asked for its own metrics`() throws {
        let kinds: [PostKind] = [.image, .reel, .story]
        let posts = kinds.enumerated().map { Assignment.Post(externalID: "\($0.offset + 1)", kind: $0.element) }
        let request = try #require(try Self.requests(.instagram, .postMetrics, posts: posts).first)
        let parts = GraphBatch.parts(of: request, InstagramMetrics.dialect) { !request.items.contains($0) }
        #expect(
            parts.map { $0.metrics.joined(separator: ",") } == [
                "reach,views,shares,reposts,total_interactions,likes,comments,saved,follows,profile_visits,profile_activity",
                "reach,views,shares,reposts,total_interactions,likes,comments,saved,ig_reels_avg_watch_time,"
                    + "ig_reels_video_view_total_time,reels_skip_rate",
                "reach,views,shares,reposts,total_interactions,follows,profile_visits,profile_activity,replies,navigation,"
                    + "link_clicks",
            ]
        )
        #expect(parts.map(\.path) == ["/v25.0/1/insights", "/v25.0/2/insights", "/v25.0/3/insights"])
    }

    @Test func `what the platform refuses at present is left out everywhere`() throws {
        let refused: Set<String> = ["views", "follows_and_unfollows", "post_media_view", "page_follows", "like_count"]
        for platform in Self.graph {
            for collect in platform.collections {
                for request in try Self.requests(platform, collect, posts: Self.posts(2), refused: refused) {
                    #expect(refused.isDisjoint(with: request.metrics))
                    let asked =
                        request.query.flatMap { GraphFields.names($0.value) }
                        + GraphFields.names(String(formPart: Array(request.body)))
                    #expect(refused.isDisjoint(with: asked))
                }
            }
        }
    }

    @Test func `only what is wanted is asked for`() throws {
        #expect(
            try Self.requests(.facebook, .accountDaily, metrics: [.pageLikes]).map(\.path) == ["/v25.0/\(Self.account)"]
        )
        let reach = try Self.requests(.facebook, .accountDaily, metrics: [.reach])
        #expect(reach.map(\.metrics) == [["page_total_media_view_unique"]])
        let likes = try Self.requests(.facebook, .posts, metrics: [.likes])
        #expect(likes[0].queryValue("fields") == "id,created_time,status_type,likes.limit(0).summary(total_count)")
        #expect(
            try Self.requests(.threads, .accountDaily, metrics: [.followers]).map(\.metrics) == [["followers_count"]]
        )
        #expect(throws: Death.self) { try Self.requests(.threads, .accountDaily, metrics: [.reach]) }
    }

    @Test func `ninety days of a page are one call, unless a day of 25 hours makes them too long`() throws {
        let spring = try Self.requests(
            .facebook,
            .accountDaily,
            from: "2026-02-01",
            to: "2026-05-01",
            metrics: [.views]
        )
        #expect(spring.count == 1)
        let autumn = try Self.requests(
            .facebook,
            .accountDaily,
            from: "2026-08-20",
            to: "2026-11-17",
            metrics: [.views]
        )
        #expect(autumn.map { $0.window!.count } == [89, 1])
        for request in spring + autumn {
            let (since, until) = (Int(request.queryValue("since")!)!, Int(request.queryValue("until")!)!)
            #expect(until - since <= 90 * 86_400)
        }
    }

    @Test func `totals of a window are asked for day by day`() throws {
        let instagram = try Self.requests(
            .instagram,
            .accountDaily,
            from: "2026-10-31",
            to: "2026-11-02",
            metrics: [.views]
        )
        #expect(instagram.map { $0.window!.count } == [1, 1, 1])
        let threads = try Self.requests(.threads, .accountDaily, from: "2026-10-31", to: "2026-11-02")
        #expect(threads.count == 3)
        #expect(threads.map { $0.metrics.contains("followers_count") } == [false, false, true])
    }

    @Test func `Threads is not asked about days before its interface knows any`() throws {
        let requests = try Self.requests(.threads, .accountDaily, from: "2024-04-11", to: "2024-04-14")
        #expect(requests.map { $0.queryValue("since") } == ["1712991600", "1713078000"])
    }

    @Test func `a post's id that is no id never reaches a path`() {
        for platform in Self.graph {
            #expect(throws: Death.self) {
                try Self.requests(platform, .postMetrics, posts: [Assignment.Post(externalID: "1/../2")])
            }
        }
    }

    @Test func `stories are listed once without figures, so that none can spoil the list`() throws {
        let requests = try Self.requests(.instagram, .stories)
        #expect(requests.map { $0.path.hasSuffix("/stories") } == [true, true])
        #expect(requests.map { $0.queryValue("fields")!.contains("insights") } == [false, true])
    }

    @Test func `an audience is cut in four ways`() throws {
        #expect(
            try Self.requests(.instagram, .demographics).map { $0.queryValue("breakdown") } == [
                "age", "city", "country", "gender",
            ]
        )
        #expect(try Self.requests(.threads, .demographics).count == 4)
    }
}
