import FleetCore
import Platforms
import Synchronization
import Testing

@testable import Simulator

@Suite struct SimulatedLinkedInTests {
    static let served = ServedMetrics(.linkedin)

    @Test(arguments: [("2026-10-25", "2026-11-10"), ("2026-03-01", "2026-03-31")])
    func `settled days read as their truth, metric by metric`(first: String, last: String) throws {
        for number in [0, 7, 23, 120] {
            let lab = PlatformLab(.linkedin, number: number, at: "2026-11-20T12:00:00Z")
            let days = CivilDate(first)!...CivilDate(last)!
            let harvest = try lab.harvest(days: days)
            #expect(harvest.requests == 4)
            let readings = harvest.readings.filter { $0.period == .day }
            #expect(readings.map(\.start) == days.map { .date($0) })
            for (reading, day) in zip(readings, days) {
                #expect(Set(reading.metrics) == Set(Self.served.daily))
                for (metric, value) in zip(reading.metrics, reading.values) {
                    #expect(value == lab.truth.value(number, metric, on: day, at: lab.now), "\(metric.name) \(day)")
                }
            }
            let level = harvest.readings.first { $0.period == .instant }
            #expect(level?.values == [lab.truth.level(number, .followers, at: lab.now)!])
            let gains = harvest.breakdowns.filter { $0.metric == .followersGained }
            #expect(gains.count == days.count && gains.allSatisfy { $0.dimensions == ["follow_source"] })
        }
    }

    @Test func `followers come two days late, the rest half a day, and both are restated`() throws {
        let lab = PlatformLab(.linkedin, at: "2026-11-20T13:00:00Z")
        let days = CivilDate("2026-11-14")!...CivilDate("2026-11-20")!
        func last(_ metric: MetricID) throws -> Reading.Start? {
            try lab.harvest(days: days, metrics: [metric]).readings.filter { $0.period == .day }.last?.start
        }
        #expect(try last(.followersGained) == .date(CivilDate("2026-11-17")!))
        #expect(try last(.impressions) == .date(CivilDate("2026-11-19")!))
        #expect(try last(.profileViews) == .date(CivilDate("2026-11-19")!))
    }

    @Test func `likes that were withdrawn are negative and kept`() throws {
        let purge = TrueCurves.Purge(date: CivilDate("2026-11-10")!, permille: 190)
        let lab = PlatformLab(.linkedin, at: "2026-11-20T12:00:00Z", SimulatorOptions(seed: 5, purge: purge))
        let likes = try lab.harvest(days: purge.date...purge.date, metrics: [.likes])
        let reading = try #require(likes.readings.first)
        let value = try #require(zip(reading.metrics, reading.values).first { $0.0 == .likes }?.1)
        #expect(value < 0 && value == lab.truth.value(7, .likes, on: purge.date, at: lab.now))
    }

    @Test func `posts are found whole, and their figures are two calls of fifty`() throws {
        let lab = PlatformLab(.linkedin, number: 3, at: "2026-11-20T12:00:00Z")
        let found = try lab.harvest(.posts)
        let all = lab.truth.posts(lab.account, limit: 10_000, at: lab.now)
        #expect(found.posts.map(\.externalID) == all.map(\.id.externalID))
        #expect(found.posts.map(\.publishedAt) == all.map { Optional($0.publishedAt) })
        #expect(found.requests == (all.count + 99) / 100)
        let posts = Array(found.posts.prefix(50))
        let harvest = try lab.harvest(.postMetrics, posts: posts)
        #expect(harvest.requests == 2 && harvest.missingPosts.isEmpty)
        for post in posts {
            let truly = try #require(lab.service.world.post(.linkedin, post.externalID, at: lab.now))
            guard lab.truth.value(truly, .impressions, at: lab.now)! > 0 else { continue }
            let readings = try #require(harvest.postReadings.first { $0.post == post.externalID }?.readings)
            #expect(readings.count == 1 && Set(readings[0].metrics) == Set(Self.served.ofPost))
            for (metric, value) in zip(readings[0].metrics, readings[0].values) {
                #expect(value == lab.truth.value(truly, metric, at: lab.now), "\(metric.name)")
            }
        }
    }

    @Test func `nothing is kept beyond twelve months`() throws {
        let lab = PlatformLab(.linkedin, at: "2026-11-20T12:00:00Z")
        let days = CivilDate("2025-11-01")!...CivilDate("2025-11-30")!
        let readings = try lab.harvest(days: days, metrics: [.impressions]).readings
        #expect(readings.first { $0.period == .day }?.start == .date(CivilDate("2025-11-20")!))
    }

    @Test func `the older protocol is answered in its own writing`() throws {
        let lab = PlatformLab(.linkedin, at: "2026-11-20T12:00:00Z")
        let request = PlatformRequest(
            origin: "http://sim",
            path: "/rest/organizationalEntityShareStatistics",
            query: [
                Field("q", "organizationalEntity"), Field("organizationalEntity", lab.account.externalID),
                Field("timeIntervals.timeRange.start", "1794787200000"),
                Field("timeIntervals.timeRange.end", "1794960000000"),
                Field("timeIntervals.timeGranularityType", "DAY"),
            ],
            headers: [Field("LinkedIn-Version", "202609")]
        )
        guard case .page(let page) = lab.answer(Platform.linkedin.recognise(request, nil)!) else {
            Issue.record("an error")
            return
        }
        #expect(page.samples.count == 14)
    }

    @Test func `every error is LinkedIn's own and is understood`() throws {
        let lab = PlatformLab(.linkedin, at: "2026-11-20T12:00:00Z")
        let shares = try lab.requests(metrics: [.impressions])[0]
        #expect(lab.error(shares) == nil)
        #expect(lab.error(shares, token: "")?.reason == "empty_token")
        #expect(lab.error(shares, token: "nonsense")?.kind == .authInvalid)
        #expect(lab.error(shares, token: SimulatedAccount(.linkedin, number: 8).token)?.kind == .permission)
        var plain = shares
        plain.headers = [Field("X-Restli-Protocol-Version", "2.0.0")]
        #expect(lab.error(plain)?.kind == .malformed)
        for dead in ["202510", "202512", "202611", "2026"] {
            plain.headers = [Field("LinkedIn-Version", dead), Field("X-Restli-Protocol-Version", "2.0.0")]
            #expect(lab.error(plain)?.kind == .apiVersionSunset)
        }
        plain.headers = [Field("LinkedIn-Version", "202609")]
        #expect(lab.error(plain)?.kind == .malformed)
        var unencoded = shares
        unencoded.query = shares.query.map { Field($0.name, $0.value) }
        #expect(lab.error(unencoded)?.kind == .malformed)
        lab.service.state.withLock { $0.credentials.setRemovedScopes(lab.account, ["r_organization_social"]) }
        #expect(lab.error(try lab.requests(.posts)[0])?.kind == .permission && lab.error(shares) == nil)
        lab.service.state.withLock { $0.credentials.revoke(lab.account) }
        #expect(lab.error(shares)?.reason == "revoked")
        lab.service.state.withLock {
            $0.credentials.forget(nil)
            $0.credentials.expire(lab.account, at: lab.now)
        }
        #expect(lab.error(shares)?.kind == .authExpired)
    }

    @Test(arguments: [BudgetRule.Subject.app, .account])
    func `a day's limit is told in words only and holds until midnight UTC`(subject: BudgetRule.Subject) throws {
        var lab = PlatformLab(.linkedin, at: "2026-11-20T21:30:00Z")
        let request = try lab.requests(.posts)[0]
        let rule = BudgetRule("tight", subject, endpoint: request.endpoint, limit: 2, window: .day)
        lab.service.state.withLock { $0.limits[PlatformName.linkedin.place].set(rule) }
        for _ in 0..<2 { #expect(lab.error(request) == nil) }
        let error = lab.error(request)
        #expect(error?.kind == .rateLimited && error?.retryAfter == 9000)
        #expect(error?.scope == (subject == .app ? .app : .account))
        let headers = lab.reply(request).headers.map { $0.name.lowercased() }
        #expect(!headers.contains { $0.contains("limit") || $0.contains("retry") })
        #expect(lab.error(try lab.requests(metrics: [.followers])[0]) == nil)
        lab.now = Instant("2026-11-21T00:00:00Z")!
        #expect(lab.error(request) == nil)
    }

    @Test func `the roles name the page that the member administers`() throws {
        let lab = PlatformLab(.linkedin, at: "2026-11-20T12:00:00Z")
        var request = try lab.requests(.posts)[0]
        request.path = "/rest/organizationAcls"
        request.query = [Field("q", "roleAssignee"), Field("role", "ADMINISTRATOR"), Field("state", "APPROVED")]
        let body = String(decoding: lab.reply(request).body, as: UTF8.self)
        #expect(body.contains(#""organization":"\#(lab.account.externalID)""#))
    }
}
