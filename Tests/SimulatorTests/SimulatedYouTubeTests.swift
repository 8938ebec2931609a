import FleetCore
import Platforms
import Synchronization
import Testing

@testable import Simulator

@Suite struct SimulatedYouTubeTests {
    static let served = ServedMetrics(.youtube)

    static func days(_ first: String, _ last: String) -> ClosedRange<CivilDate> {
        CivilDate(first)!...CivilDate(last)!
    }

    @Test(arguments: [
        ("2026-10-25", "2026-11-10"), ("2026-03-01", "2026-03-15"), ("2025-12-20", "2026-01-10"),
    ])
    func `settled days read as their truth, metric by metric, across changes of clocks`(first: String, last: String)
        throws
    {
        for number in [0, 7, 19, 230] {
            let lab = PlatformLab(.youtube, number: number, at: "2026-11-20T12:00:00Z")
            let days = Self.days(first, last)
            let harvest = try lab.harvest(days: days)
            #expect(harvest.requests == 3)
            let readings = harvest.readings.filter { $0.period == .day }
            #expect(readings.map(\.start) == days.map { .date($0) })
            for (reading, day) in zip(readings, days) {
                #expect(Set(reading.metrics) == Set(Self.served.daily))
                for (metric, value) in zip(reading.metrics, reading.values) {
                    #expect(value == lab.truth.value(number, metric, on: day, at: lab.now), "\(metric.name) \(day)")
                }
            }
        }
    }

    @Test func `levels and the running total are those of the moment, hidden subscribers are silence`() throws {
        var hidden = 0
        for number in 0..<80 {
            let lab = PlatformLab(.youtube, number: number, at: "2026-11-20T12:00:00Z")
            let harvest = try lab.harvest(metrics: [.followers, .posts])
            let levels = try #require(harvest.readings.first { $0.period == .instant })
            for (metric, value) in zip(levels.metrics, levels.values) {
                #expect(value == lab.truth.level(number, metric, at: lab.now))
            }
            let hides = lab.truth.level(number, .followers, at: lab.now) == nil
            #expect(levels.metrics == (hides ? [.posts] : [.followers, .posts]))
            hidden += hides ? 1 : 0
        }
        #expect(hidden > 0 && hidden < 20)
        let lab = PlatformLab(.youtube, at: "2026-11-20T12:00:00Z")
        let total = try lab.harvest(metrics: [.views]).readings.first { $0.period == .lifetime }
        #expect(total?.values == lab.truth.total(7, .views, at: lab.now).map { [$0] })
    }

    @Test func `a table ends two days back, with a slow figure in it three`() throws {
        var lab = PlatformLab(.youtube, at: "2026-11-20T12:00:00Z")
        func last(_ metric: MetricID) throws -> [CivilDate] {
            try lab.harvest(days: Self.days("2026-11-10", "2026-11-20"), metrics: [metric]).readings
                .compactMap { reading in
                    if reading.period == .day, case .date(let date) = reading.start { date } else { nil }
                }
        }
        #expect(try last(.engagedViews).last == CivilDate("2026-11-17"))
        #expect(try last(.shares).last == CivilDate("2026-11-16"))
        lab.now = lab.now + .hours(24)
        #expect(try last(.shares).last == CivilDate("2026-11-17"))
        let mixed = PlatformRequest(
            origin: "",
            path: "/v2/reports",
            query: [
                Field("ids", "channel==MINE"), Field("startDate", "2026-11-10"), Field("endDate", "2026-11-30"),
                Field("dimensions", "day"), Field("metrics", "engagedViews,shares"),
            ]
        )
        guard case .page(let page) = lab.answer(Platform.youtube.recognise(mixed, nil)!) else {
            Issue.record("an error")
            return
        }
        #expect(page.samples.last?.start == .date(CivilDate("2026-11-17")!))
    }

    @Test func `young days are restated until they are settled`() throws {
        var lab = PlatformLab(.youtube, at: "2026-11-20T09:00:00Z")
        let day = CivilDate("2026-11-17")!
        let early = try lab.harvest(days: day...day, metrics: [.engagedViews]).readings.first?.values.first
        lab.now = lab.now + .hours(48)
        let late = try lab.harvest(days: day...day, metrics: [.engagedViews]).readings.first?.values.first
        #expect(try #require(early) < (try #require(late)))
        #expect(late == lab.truth.value(7, .engagedViews, on: day, at: lab.now))
    }

    @Test func `uploads are found whole, newest first, page by page`() throws {
        let lab = PlatformLab(.youtube, number: 3, at: "2026-11-20T12:00:00Z")
        let harvest = try lab.harvest(.posts)
        let all = lab.truth.posts(lab.account, limit: 10_000, at: lab.now)
        #expect(harvest.posts.map(\.externalID) == all.map(\.id.externalID))
        #expect(harvest.posts.map(\.publishedAt) == all.map { Optional($0.publishedAt) })
        #expect(harvest.requests == (all.count + 49) / 50)
    }

    @Test func `fifty videos and their newest whole day are two calls, and read as their truth`() throws {
        let lab = PlatformLab(.youtube, number: 3, at: "2026-11-20T12:00:00Z")
        let posts = Array(try lab.harvest(.posts).posts.prefix(50))
        let harvest = try lab.harvest(.postMetrics, posts: posts)
        #expect(harvest.requests == 2 && harvest.missingPosts.isEmpty)
        let day = CivilDate("2026-11-16")!
        for post in posts {
            let readings = harvest.postReadings.first { $0.post == post.externalID }?.readings ?? []
            let truly = try #require(lab.service.world.post(.youtube, post.externalID, at: lab.now))
            let lifetime = try #require(readings.first { $0.period == .lifetime })
            let wanted = Self.served.ofPost.filter { lab.truth.value(truly, $0, at: lab.now) != nil }
            #expect(Set(lifetime.metrics) == Set(wanted))
            for (metric, value) in zip(lifetime.metrics, lifetime.values) {
                #expect(value == lab.truth.value(truly, metric, at: lab.now))
            }
            let ofDay = readings.first { $0.period == .day }
            #expect((ofDay == nil) == (truly.publishedAt >= TimeZoneRules.pacific.endOfDay(day)))
            for (metric, value) in zip(ofDay?.metrics ?? [], ofDay?.values ?? []) {
                #expect(value == lab.truth.gained(truly, metric, on: day), "\(metric.name)")
            }
        }
    }

    @Test func `a deleted video is left out in silence and named as missing`() throws {
        let lab = PlatformLab(.youtube, number: 3, at: "2026-11-20T12:00:00Z")
        let posts = Array(try lab.harvest(.posts).posts.prefix(3))
        let gone = try #require(SimulatedPost(.youtube, externalID: posts[1].externalID))
        lab.service.state.withLock { _ = $0.world.changes.deletedPosts.insert(gone) }
        let harvest = try lab.harvest(.postMetrics, metrics: [.likes, .views], posts: posts)
        #expect(harvest.missingPosts == [posts[1].externalID])
        #expect(!(try lab.harvest(.posts).posts.contains { $0.externalID == posts[1].externalID }))
    }

    @Test func `views by country are parts that add up to the day`() throws {
        let lab = PlatformLab(.youtube, number: 3, at: "2026-11-20T12:00:00Z")
        let harvest = try lab.harvest(.demographics)
        let views = try #require(harvest.breakdowns.first { $0.metric == .views })
        #expect(views.dimensions == ["country"] && views.start == .date(CivilDate("2026-11-17")!))
        let total = lab.truth.shown(3, .views, on: CivilDate("2026-11-17")!, at: lab.now)
        #expect(views.parts.reduce(0) { $0 + $1.value } == total)
        #expect(harvest.readings.isEmpty)
    }

    @Test func `every error is YouTube's own and is understood`() throws {
        var lab = PlatformLab(.youtube, at: "2026-11-20T12:00:00Z")
        let channel = try lab.requests(metrics: [.followers])[0]
        let report = try lab.requests(metrics: [.shares])[0]
        #expect(lab.error(channel, token: "")?.kind == .authExpired)
        #expect(lab.error(channel, token: "sim-youtube-1-0-0000000000000000")?.kind == .authExpired)
        lab.service.state.withLock {
            $0.credentials.setRemovedScopes(lab.account, ["https://www.googleapis.com/auth/yt-analytics.readonly"])
        }
        #expect(lab.error(report)?.reason == "scope_missing" && lab.error(channel) == nil)
        lab.service.state.withLock { $0.credentials.forget(nil) }
        func changed(_ request: PlatformRequest, _ field: Field) -> PlatformError? {
            lab.error(request.following(.query([field])))
        }
        #expect(changed(report, Field("dimensions", "day,video"))?.reason == "invalid_request")
        #expect(changed(report, Field("metrics", "shares,cardClicks"))?.kind == .malformed)
        #expect(changed(report, Field("ids", "channel==UCother"))?.kind == .permission)
        #expect(changed(report, Field("startDate", "2026-11-21"))?.kind == .malformed)
        #expect(changed(channel, Field("id", "UCsimulated9999999999999"))?.kind == .notFound)
        let uploads = try lab.requests(.posts)[0]
        #expect(changed(uploads, Field("playlistId", "UUnone"))?.kind == .notFound)
        #expect(changed(uploads, Field("maxResults", "51"))?.kind == .malformed)
        lab.service.state.withLock {
            $0.world.changes.retirements[WorldChanges.Retired(.youtube, "shares")] = lab.now
        }
        #expect(lab.error(report)?.kind == .malformed)
        lab.now = lab.now - .seconds(1)
        #expect(lab.error(report) == nil)
    }

    @Test func `the day's units are used up by lists alone, until Pacific midnight`() throws {
        var lab = PlatformLab(.youtube, at: "2026-11-20T20:15:00Z")
        let rule = BudgetRule("units", .app, unit: .units, limit: 5, window: .day)
        lab.service.state.withLock { $0.limits[PlatformName.youtube.place].set(rule) }
        let channel = try lab.requests(metrics: [.followers])[0]
        let report = try lab.requests(metrics: [.shares])[0]
        for _ in 0..<5 { #expect(lab.error(channel) == nil) }
        let error = lab.error(channel)
        #expect(error?.kind == .rateLimited && error?.retryAfter == 42_300 && error?.scope == .app)
        #expect(lab.error(report) == nil)
        lab.now = Instant("2026-11-21T08:00:00Z")!
        #expect(lab.error(channel) == nil)
    }

    @Test func `no answer speaks of limits, every one is marked as simulated`() throws {
        let lab = PlatformLab(.youtube, at: "2026-11-20T12:00:00Z")
        let names = lab.reply(try lab.requests()[0]).headers.map { $0.name.lowercased() }
        #expect(!names.contains { $0.contains("limit") || $0.contains("retry") })
        #expect(names.contains("x-flotilla-simulated"))
    }
}
