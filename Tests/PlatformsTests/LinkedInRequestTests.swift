import FleetCore
import Platforms
import Testing

@Suite struct LinkedInRequestTests {
    static let page = "urn:li:organization:90417755"

    static func requests(
        _ collect: CollectionKind = .accountDaily,
        metrics: [MetricID] = [],
        externalID: String = page,
        days: ClosedRange<CivilDate> = CivilDate("2026-11-16")!...CivilDate("2026-11-17")!,
        posts: [String] = [],
        refused: Set<String> = [],
        settings: PlatformSettings = PlatformSettings()
    ) throws(Death) -> [PlatformRequest] {
        let assignment = Assignment(
            collect: collect,
            externalID: externalID,
            days: days,
            metrics: metrics,
            posts: posts.map { Assignment.Post(externalID: $0) },
            refused: refused
        )
        return try Platform.linkedin.requests(assignment, settings)
    }

    @Test func `four calls fetch every day of a page, written as Rest li wants it`() throws {
        let intervals = "&timeIntervals=(timeRange:(start:1794787200000,end:1794960000000),timeGranularityType:DAY)"
        let urn = "urn%3Ali%3Aorganization%3A90417755"
        let rest = "https://api.linkedin.com/rest/"
        #expect(
            try Self.requests().map(\.url) == [
                rest + "organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=\(urn)"
                    + intervals,
                rest + "organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity=\(urn)"
                    + intervals,
                rest + "organizationPageStatistics?q=organization&organization=\(urn)" + intervals,
                rest + "networkSizes/\(urn)?edgeType=COMPANY_FOLLOWED_BY_MEMBER",
            ]
        )
    }

    @Test func `every request names the version and the protocol`() throws {
        let old = PlatformSettings(origin: "http://127.0.0.1:1", version: "202607")
        for (settings, version) in [(PlatformSettings(), "202609"), (old, "202607")] {
            for collect in Platform.linkedin.collections {
                for request in try Self.requests(collect, posts: ["urn:li:share:1"], settings: settings) {
                    #expect(
                        request.headers == [
                            Field("LinkedIn-Version", version), Field("X-Restli-Protocol-Version", "2.0.0"),
                        ]
                    )
                    #expect(request.origin == settings.origin ?? "https://api.linkedin.com")
                }
            }
        }
    }

    @Test func `the default version is known, the table has every sunset and no December`() {
        let versions = Platform.linkedin.versions
        #expect(versions.contains { $0.name == Platform.linkedin.defaultVersion && $0.sunset == nil })
        #expect(!versions.contains { $0.name == "202512" })
        #expect(versions.first { $0.name == "202603" }?.sunset == CivilDate("2027-03-16"))
        #expect(versions.map(\.name) == versions.map(\.name).sorted())
    }

    @Test func `posts of the two kinds are asked for in lists of their own`() throws {
        let posts = ["urn:li:share:1", "urn:li:ugcPost:2", "urn:li:share:3", "nonsense", "urn:li:comment:9"]
        let requests = try Self.requests(.postMetrics, posts: posts)
        #expect(requests.map(\.items) == [["urn:li:share:1", "urn:li:share:3"], ["urn:li:ugcPost:2"]])
        #expect(requests[0].url.hasSuffix("&shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A3)"))
        #expect(requests[1].queryValue("ugcPosts") == "List(urn:li:ugcPost:2)")
        let many = (0..<50).map { "urn:li:share:\(7_264_101_234_567_890_000 + $0)" }
        #expect(try Self.requests(.postMetrics, posts: many).count == 1)
    }

    @Test func `a subset asks only what it needs, and a kind of statistics that is refused is not asked`() throws {
        #expect(try Self.requests(metrics: [.followers]).map(\.endpoint) == ["networkSizes"])
        #expect(
            try Self.requests(metrics: [.profileViews, .likes]).map(\.endpoint) == [
                "organizationalEntityShareStatistics", "organizationPageStatistics",
            ]
        )
        #expect(
            try Self.requests(refused: ["followerGains", "likeCount"]).map(\.endpoint) == [
                "organizationalEntityShareStatistics", "organizationPageStatistics", "networkSizes",
            ]
        )
    }

    @Test func `a listing starts at the newest post`() throws {
        let request = try #require(try Self.requests(.posts).first)
        #expect(
            request.url == "https://api.linkedin.com/rest/posts?q=author"
                + "&author=urn%3Ali%3Aorganization%3A90417755&count=100&start=0&sortBy=CREATED"
        )
    }

    @Test(arguments: ["90417755", "urn:li:organization:90417755"])
    func `a bare number is a company`(externalID: String) throws {
        let request = try #require(try Self.requests(.posts, externalID: externalID).first)
        #expect(request.queryValue("author") == Self.page)
    }

    @Test(arguments: [
        "", "urn:li:person:1", "urn:li:organization:", "urn:li:organization:1)", "urn:li:organization:a", "1/2",
    ])
    func `an id that is no page's reaches no address`(externalID: String) {
        do throws(Death) {
            _ = try Self.requests(externalID: externalID)
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .badExternalID)
        }
    }

    @Test func `a metric that LinkedIn does not serve is named`() {
        do throws(Death) {
            _ = try Self.requests(metrics: [.views])
            Issue.record("accepted")
        } catch {
            #expect(error.cause == .unsupportedMetric && error.detail.contains("views"))
        }
    }

    @Test func `every request that is built is recognised as what it is`() throws {
        for collect in Platform.linkedin.collections {
            for request in try Self.requests(collect, posts: ["urn:li:share:1", "urn:li:ugcPost:2"]) {
                let bare = PlatformRequest(
                    origin: request.origin,
                    path: request.path,
                    query: request.query.map { Field($0.name, $0.value) },
                    headers: request.headers
                )
                let known = try #require(Platform.linkedin.recognise(bare, Self.page))
                #expect(known.purpose == request.purpose && known.endpoint == request.endpoint)
                #expect(known.window == request.window && known.items == request.items)
            }
        }
    }

    @Test func `the dotted form of the older protocol is understood`() throws {
        let request = PlatformRequest(
            origin: "https://api.linkedin.com",
            path: "/v2/organizationalEntityShareStatistics",
            query: [
                Field("timeIntervals.timeRange.start", "1794787200000"),
                Field("timeIntervals.timeRange.end", "1794960000000"),
                Field("timeIntervals.timeGranularityType", "DAY"), Field("shares[0]", "urn:li:share:1"),
                Field("shares[1]", "urn:li:share:2"),
            ]
        )
        let known = try #require(Platform.linkedin.recognise(request, nil))
        #expect(known.window == CivilDate("2026-11-16")!...CivilDate("2026-11-17")!)
        #expect(known.items == ["urn:li:share:1", "urn:li:share:2"])
    }
}
