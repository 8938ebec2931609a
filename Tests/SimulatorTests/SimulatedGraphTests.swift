import FleetCore
import Platforms
import Synchronization
import Testing

@testable import Simulator

/// Instagram, Facebook and Threads in the box against the fleet's own code: what is read must be the truth.
@Suite struct SimulatedGraphTests {
    static let graph: [PlatformName] = [.instagram, .facebook, .threads]
    static let days = CivilDate("2026-10-30")!...CivilDate("2026-11-05")!

    /// The number of an account that has the hundred followers that platforms want before they say much.
    static func large(_ name: PlatformName) -> Int {
        (0..<100).first { !SimulatedCollection(name).truth.curves.isSmall($0) }!
    }

    @Test(arguments: graph)
    func `settled days read as their truth, across a change of clocks`(name: PlatformName) throws {
        let box = SimulatedCollection(name, number: Self.large(name))
        let harvest = try box.harvest(.accountDaily, Self.days)
        for day in Self.days {
            for metric in ServedMetrics(name).daily {
                let truth = box.truth.value(box.account.number, metric, on: day, at: box.now)
                #expect(harvest.value(metric, day) == truth, "\(metric.name) \(day)")
            }
        }
        let levels = try #require(harvest.readings.first { $0.period == .instant })
        for metric in ServedMetrics(name).levels {
            #expect(levels.value(metric) == box.truth.level(box.account.number, metric, at: box.now), "\(metric.name)")
        }
        #expect(!harvest.isPartial)
    }

    @Test(arguments: graph)
    func `all posts are discovered over short pages, each once`(name: PlatformName) throws {
        let box = SimulatedCollection(name)
        var failures: [PlatformError] = []
        let harvest = try box.harvest(.posts, failures: &failures)
        let posts = box.truth.posts(box.account, limit: 10_000, at: box.now)
        #expect(posts.count > 40)
        #expect(harvest.posts.map(\.externalID) == posts.map(\.id.externalID))
        #expect(harvest.posts.map(\.publishedAt) == posts.map(\.publishedAt))
        let kinds = zip(harvest.posts, posts).filter { $0.kind != $1.kind }
        // A reel of a page is listed as a video.
        #expect(kinds.allSatisfy { name == .facebook && $0.kind == .video && $1.kind == .reel })
        #expect(failures.isEmpty)
    }

    @Test(arguments: graph)
    func `figures of posts read as their truth, by kind`(name: PlatformName) throws {
        let box = SimulatedCollection(name, number: 3)
        let posts = Array(box.truth.posts(box.account, limit: 60, at: box.now))
        let harvest = try box.harvest(.postMetrics, posts: posts)
        let calls = [PlatformName.instagram: 2, .facebook: 2, .threads: posts.count { $0.kind != .repost }]
        #expect(posts.count == 60 || posts.count > 25)
        if posts.count == 60 { #expect(harvest.requests == calls[name]) }
        for post in posts {
            for metric in ServedMetrics(name).ofPost(post.kind) {
                let truth = box.truth.value(post, metric, at: box.now)
                #expect(harvest.value(metric, of: post) == truth, "\(metric.name) of a \(post.kind)")
            }
        }
        #expect(!harvest.isPartial && harvest.missingPosts.isEmpty)
    }

    @Test func `stories are swept with their figures`() throws {
        var box = SimulatedCollection(.instagram, number: 3)
        var seen: Set<SimulatedPost> = []
        for hour in stride(from: 0, to: 24 * 10, by: 7) {
            box.now = Instant("2026-11-01T12:00:00Z")! + .seconds(hour * 3600)
            let stories = box.truth.stories(box.account, at: box.now)
            var failures: [PlatformError] = []
            let harvest = try box.harvest(.stories, failures: &failures)
            #expect(Set(harvest.posts.map(\.externalID)) == Set(stories.map(\.id.externalID)))
            #expect(harvest.posts.allSatisfy { $0.kind == .story })
            #expect(failures.allSatisfy { $0.kind == .privacyFloor })
            guard failures.isEmpty else { continue }
            for story in stories {
                seen.insert(story.id)
                for metric in ServedMetrics(.instagram).ofPost(.story) {
                    #expect(harvest.value(metric, of: story) == box.truth.value(story, metric, at: box.now))
                }
            }
        }
        #expect(seen.count > 3)
    }

    @Test(arguments: [PlatformName.instagram, .threads])
    func `the audience reads in parts that make up the followers`(name: PlatformName) throws {
        let box = SimulatedCollection(name, number: Self.large(name))
        let harvest = try box.harvest(.demographics)
        let followers = harvest.breakdowns.filter { $0.metric == .followers }
        #expect(followers.map { $0.dimensions.last }.count == 4)
        #expect(Set(followers.compactMap(\.dimensions.last)) == ["age", "city", "country", "gender"])
        let level = box.truth.level(box.account.number, .followers, at: box.now)
        for breakdown in followers { #expect(breakdown.parts.reduce(0) { $0 + $1.value } == level) }
    }

    @Test func `an audience below a hundred is silence`() throws {
        for name in [PlatformName.instagram, .threads] {
            let small = (0..<100).first { SimulatedCollection(name).truth.curves.isSmall($0) }!
            let harvest = try SimulatedCollection(name, number: small).harvest(.demographics)
            #expect(harvest.breakdowns.allSatisfy { $0.metric != .followers })
        }
        let small = (0..<100).first { SimulatedCollection(.facebook).truth.curves.isSmall($0) }!
        let page = try SimulatedCollection(.facebook, number: small).harvest(.accountDaily, Self.days)
        #expect(page.readings.map(\.period) == [.instant] && page.skipped.isEmpty)
    }

    @Test(arguments: [PlatformName.instagram, .facebook])
    func `a deleted post in a batch is missing, and the others are read`(name: PlatformName) throws {
        let box = SimulatedCollection(name, number: 3)
        let posts = box.truth.posts(box.account, limit: 4, at: box.now)
        box.service.state.withLock { $0.world.changes.deletedPosts = [posts[1].id] }
        var failures: [PlatformError] = []
        let harvest = try box.harvest(.postMetrics, posts: posts, failures: &failures)
        #expect(failures.map(\.kind) == [.notFound])
        #expect(harvest.missingPosts == [posts[1].id.externalID] && harvest.postReadings.count == 3)
        if name == .instagram {
            let ids = posts.map(\.id.externalID)
            let fields = [
                Field("ids", ids.joined(separator: ",")), Field("fields", "like_count,insights.metric(reach)"),
            ]
            guard case .error(let error)? = box.answer("/v25.0/", fields) else {
                Issue.record("one bad id must fail the whole call")
                return
            }
            #expect(error.kind == .notFound)
            let rest = [Field("ids", [ids[0], ids[2]].joined(separator: ",")), fields[1]]
            guard case .page(let page)? = box.answer("/v25.0/", rest) else {
                Issue.record("no page")
                return
            }
            #expect(Set(page.samples.compactMap(\.post)) == [ids[0], ids[2]])
        }
    }

    @Test func `media from before the business has no figures, and is not gone`() throws {
        let box = SimulatedCollection(.instagram, number: 3)
        let first = box.truth.posts(box.account, limit: 10_000, at: box.now).last!
        #expect(first.id.number == 0)
        var failures: [PlatformError] = []
        let harvest = try box.harvest(.postMetrics, posts: [first], failures: &failures)
        #expect(failures.map(\.reason) == ["insights_unavailable"] && harvest.missingPosts.isEmpty)
    }

    @Test(arguments: [
        (PlatformName.instagram, "/v25.0/me/insights", "impressions", ["impressions"]),
        (.facebook, "/v25.0/me/insights", "page_impressions_unique", ["page_impressions_unique"]),
        (.facebook, "/v25.0/me/insights", "page_mystery", []),
        (.threads, "/v1.0/me/threads_insights", "mystery", ["mystery"]),
    ])
    func `a metric that is not served is refused as each platform words it`(
        name: PlatformName,
        path: String,
        metric: String,
        named: [String]
    ) {
        let box = SimulatedCollection(name)
        let query = [Field("metric", (name == .facebook ? "page_media_view," : "likes,") + metric)]
        guard case .error(let error)? = box.answer(path, query + [Field("metric_type", "total_value")]) else {
            Issue.record("no error")
            return
        }
        #expect(error.kind == .deprecatedMetric && error.metrics == named)
    }

    @Test func `a metric of another kind of post is refused`() {
        let box = SimulatedCollection(.instagram, number: 3)
        let image = box.truth.posts(box.account, limit: 50, at: box.now).first { $0.kind == .image }!
        let path = "/v25.0/\(image.id.externalID)/insights"
        guard case .error(let error)? = box.answer(path, [Field("metric", "reach,navigation")]) else {
            Issue.record("no error")
            return
        }
        #expect(error.kind == .deprecatedMetric && error.metrics == ["navigation"])
    }

    @Test func `a page's ninety-first day is refused, and since alone reaches up to now`() throws {
        let box = SimulatedCollection(.facebook, number: Self.large(.facebook))
        let start = box.truth.zone.startOfDay(CivilDate("2026-05-01")!).seconds
        let query = [Field("metric", "page_media_view"), Field("period", "day"), Field("since", String(start))]
        guard
            case .error(let error)? = box.answer(
                "/v25.0/me/insights",
                query + [Field("until", String(start + 91 * 86_400))]
            ),
            case .page(let page)? = box.answer("/v25.0/me/insights", query)
        else {
            Issue.record("wrong answers")
            return
        }
        #expect(error.kind == .malformed && error.subcode == 1_504_016)
        #expect(page.samples.count == CivilDate("2026-11-21")! - CivilDate("2026-05-01")!)
    }

    @Test(arguments: ["week", "days_28", "total_over_range"])
    func `distinct people of a page come by trailing window and by range`(period: String) throws {
        let box = SimulatedCollection(.facebook, number: Self.large(.facebook))
        let zone = box.truth.zone
        let query = [
            Field("metric", "page_total_media_view_unique"), Field("period", period),
            Field("since", String(zone.startOfDay(Self.days.lowerBound).seconds)),
            Field("until", String(zone.endOfDay(Self.days.upperBound).seconds)),
        ]
        guard case .page(let page)? = box.answer("/v25.0/me/insights", query) else {
            Issue.record("no page")
            return
        }
        func truth(_ days: ClosedRange<CivilDate>) -> Int64? {
            box.truth.value(box.account.number, .reach, over: days, at: box.now)
        }
        switch period {
        case "total_over_range":
            #expect(page.samples.map(\.value) == [truth(Self.days)])
            #expect(page.samples[0].start == .date(Self.days.lowerBound))
            #expect(page.samples[0].lastDay == Self.days.upperBound)
        default:
            let length = period == "week" ? 6 : 27
            #expect(page.samples.map(\.value) == Self.days.map { truth(($0 - length)...$0) })
            #expect(page.samples.map(\.start) == Self.days.map { .date($0) })
        }
    }

    @Test func `breakdown rows of a page add up to its total`() throws {
        let box = SimulatedCollection(.facebook, number: Self.large(.facebook))
        let day = Self.days.lowerBound
        let query = [
            Field("metric", "page_media_view"), Field("breakdown", "is_from_ads"),
            Field("since", String(box.truth.zone.startOfDay(day).seconds)),
            Field("until", String(box.truth.zone.endOfDay(day).seconds)),
        ]
        guard case .page(let page)? = box.answer("/v25.0/me/insights", query) else {
            Issue.record("no page")
            return
        }
        let total = page.samples.first { $0.dimensions.isEmpty }?.value
        #expect(total == box.truth.value(box.account.number, .views, on: day, at: box.now))
        #expect(page.samples.count == 3)
    }

    @Test(arguments: [
        (PlatformName.instagram, "instagram_manage_insights", PlatformError.Class.permission),
        (.facebook, "pages_read_engagement", .permission), (.threads, "threads_manage_insights", .permission),
    ])
    func `a lost scope is refused`(name: PlatformName, scope: String, kind: PlatformError.Class) throws {
        let box = SimulatedCollection(name)
        box.service.state.withLock { $0.credentials.setRemovedScopes(box.account, [scope]) }
        var failures: [PlatformError] = []
        _ = try box.harvest(.accountDaily, failures: &failures)
        #expect(!failures.isEmpty && failures.allSatisfy { $0.kind == kind })
    }

    @Test func `without the scope for insights a page is silent and says no error`() throws {
        let box = SimulatedCollection(.facebook, number: Self.large(.facebook))
        box.service.state.withLock { $0.credentials.setRemovedScopes(box.account, ["read_insights"]) }
        let harvest = try box.harvest(.accountDaily, Self.days)
        #expect(harvest.readings.map(\.period) == [.instant])
    }

    @Test(arguments: graph)
    func `a token that was taken back is refused everywhere`(name: PlatformName) throws {
        let box = SimulatedCollection(name)
        box.service.state.withLock { $0.credentials.revoke(box.account) }
        var failures: [PlatformError] = []
        _ = try box.harvest(.accountDaily, failures: &failures)
        #expect(!failures.isEmpty && failures.allSatisfy { $0.kind == .authInvalid })
    }

    @Test func `a part of a batch whose server fails is not there`() throws {
        let service = SimulatedService(SimulatorOptions(seed: 5, failMillionths: 300_000))
        let box = SimulatedCollection(.facebook, number: 3, service: service)
        let posts = box.truth.posts(box.account, limit: 40, at: box.now)
        var failures: [PlatformError] = []
        let harvest = try box.harvest(.postMetrics, posts: posts, failures: &failures)
        #expect(failures.allSatisfy { $0.kind == .transient })
        #expect(failures.contains { $0.reason == "part_timed_out" })
        #expect(harvest.postReadings.count + failures.count == posts.count)
    }
}
