import FleetCore
import Testing

@testable import Platforms

@Suite struct HarvestTests {
    static let now = Reading.Start.moment(Instant("2026-11-20T06:00:00Z")!)

    static func sample(
        _ metric: MetricID,
        _ value: Int64,
        post: String? = nil,
        _ dimensions: [Sample.Dimension] = []
    ) -> Sample {
        Sample(
            metric: metric,
            kind: .cumulative,
            value: value,
            period: .lifetime,
            start: now,
            post: post,
            dimensions: dimensions
        )
    }

    @Test func `totals of the account, totals of posts and parts go to three places`() {
        var page = SamplePage()
        page.samples = [
            Self.sample(.followers, 10), Self.sample(.likes, 3, post: "b"), Self.sample(.likes, 2, post: "a"),
            Self.sample(.views, 7, post: "b"), Self.sample(.clicks, 5, post: "b", [Field("click_type", "link")]),
            Self.sample(.clicks, 6, post: "b", [Field("click_type", "photo")]),
            Self.sample(.clicks, 1, post: "a", [Field("click_type", "link")]),
        ]
        var harvest = Harvest()
        harvest.add(page, to: PlatformRequest(origin: "", path: "/"))
        #expect(harvest.readings == [Reading(period: .lifetime, start: Self.now, metrics: [.followers], values: [10])])
        #expect(harvest.postReadings.map(\.post) == ["b", "a"])
        #expect(harvest.postReadings[0].readings.map(\.metrics) == [[.views, .likes]])
        #expect(harvest.postReadings[0].readings.map(\.values) == [[7, 3]])
        #expect(harvest.breakdowns.map(\.post) == ["b", "a"])
        #expect(harvest.breakdowns[0].parts == [.init(names: ["link"], value: 5), .init(names: ["photo"], value: 6)])
        #expect(!harvest.isPartial)
    }

    @Test func `a post that was asked for and is unknown is missing, others only failed`() {
        var page = SamplePage()
        page.itemErrors = [
            .init(error: PlatformError(.notFound), item: "1"),
            .init(error: PlatformError(.notFound), item: "unasked"),
            .init(error: PlatformError(.notFound, reason: "insights_unavailable"), item: "2"),
            .init(error: PlatformError(.permission, reason: "field_unavailable"), item: "3"),
        ]
        var harvest = Harvest()
        let request = PlatformRequest(origin: "", path: "/", items: ["1", "2", "3"])
        harvest.add(page, to: request)
        #expect(!harvest.isPartial)
        harvest.add(page.itemErrors, of: request)
        #expect(harvest.missingPosts == ["1"])
        #expect(harvest.isPartial)
        #expect(
            harvest.skipped.map(\.reason) == ["not_found", "not_found", "insights_unavailable", "field_unavailable"]
        )
        #expect(harvest.skipped.map(\.item) == ["1", "unasked", "2", "3"])
    }

    @Test func `of two values of one part the later is kept, and no text is one that a database cannot hold`() {
        var page = SamplePage()
        page.samples = [
            Self.sample(.followers, 5, [Field("country", "D\0E")]),
            Self.sample(.followers, 6, [Field("country", "D\0E")]),
            Self.sample(.likes, 7, post: "a\0"), Self.sample(.likes, 8, post: "a"),
        ]
        page.posts = [DiscoveredPost(externalID: "a\0"), DiscoveredPost(externalID: "a")]
        var harvest = Harvest()
        harvest.add(page, to: PlatformRequest(origin: "", path: "/"))
        #expect(harvest.breakdowns.map(\.parts) == [[.init(names: ["D\u{FFFD}E"], value: 6)]])
        #expect(harvest.posts.map(\.externalID) == ["a"] && harvest.postReadings.map(\.post) == ["a"])
    }

    @Test func `the same skip of many posts is said once`() {
        var page = SamplePage()
        page.skipped = Array(repeating: .init(metric: "views", reason: "null"), count: 100)
        var harvest = Harvest()
        harvest.add(page, to: PlatformRequest(origin: "", path: "/"))
        #expect(harvest.skipped == [.init(metric: "views", reason: "null")])
    }
}

@Suite struct ConsequenceTests {
    @Test(arguments: PlatformError.Class.allCases)
    func `every class has a consequence, an advice, and a class of the contract`(kind: PlatformError.Class) {
        let error = PlatformError(kind, metrics: ["reach"])
        let contract: Set<PlatformError.Class> = [
            .rateLimited, .authExpired, .authInvalid, .permission, .notFound, .deprecatedMetric, .transient, .malformed,
        ]
        #expect(contract.contains(error.contractClass))
        let advice = error.advice(platform: "Instagram", permissions: ["read_insights"])
        #expect(advice.hasSuffix(".") && advice.contains(" "))
        let ends = error.outcome(detail: "x") != nil
        #expect(ends == (error.consequence != .partial && error.consequence != .quarantine))
    }

    @Test func `limits and used-up credits burn no attempt`() {
        #expect(
            PlatformError(.rateLimited, retryAfter: 7).outcome(detail: "x")
                == .snooze(.rateLimitedTooOften, detail: "x", wait: .seconds(7))
        )
        #expect(
            PlatformError(.creditsExhausted).outcome(detail: "x")
                == .snooze(.creditsExhausted, detail: "x", wait: .seconds(3600))
        )
    }

    @Test func `what may pass by itself is doubted before it is believed`() {
        for error in [
            PlatformError(.notFound), PlatformError(.authExpired),
            PlatformError(.malformed, reason: "unparseable_body"),
        ] {
            guard case .doubt(let death, _) = error.outcome(detail: "x") else {
                Issue.record("\(error.kind) is believed at once")
                continue
            }
            #expect(death.cause == error.deadCause)
        }
        #expect(PlatformError(.malformed).outcome(detail: "x") == .dead(Death(.invalidRequest, "x")))
    }

    @Test func `operators hear of what only they can mend`() {
        let alarming = PlatformError.Class.allCases.filter { PlatformError($0).isAlarming }
        #expect(alarming == [.creditsExhausted, .apiVersionSunset, .unclassified])
    }
}
