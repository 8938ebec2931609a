import FleetCore
import JSON
import Platforms
import Synchronization
import Testing

@testable import Simulator

@Suite struct SimulatedXTests {
    @Test(arguments: [4, 5, 6, 7], ["2.166", "2.167"])
    func `levels, posts and their numbers read as the truth, in old names and new ones`(
        seed: UInt64,
        version: String
    ) throws {
        var played = Played(.x, SimulatorOptions(seed: seed))
        played.version = version
        let levels = try played.harvest(.accountDaily).totals(of: nil, .instant)
        #expect(levels.count == 4)
        for (metric, value) in levels { #expect(value == played.truth.level(7, metric, at: played.now)) }

        let listed = try played.harvest(.posts)
        let recent = played.posts.filter { $0.publishedAt >= TimeZoneRules.utc.startOfDay(played.now.utcDate - 90) }
        #expect(listed.posts.map(\.externalID) == recent.map(\.id.externalID))
        #expect(listed.posts.map(\.publishedAt) == recent.map(\.publishedAt))

        let read = try played.harvest(.postMetrics, posts: recent)
        #expect(read.itemErrors.isEmpty)
        for post in recent {
            let isYoung = played.now - post.publishedAt < XLimit.privateAge
            let totals = read.totals(of: post.id.externalID, .lifetime)
            #expect(totals.count == (isYoung ? 9 : 6))
            for (metric, value) in totals { #expect(value == played.truth.value(post, metric, at: played.now)) }
        }
    }

    enum XLimit { static let privateAge = Duration.seconds(30 * 86_400) }

    @Test(arguments: [4, 6])
    func `days of posts read as the truth in either shape of analytics`(seed: UInt64) throws {
        let played = Played(.x, SimulatorOptions(seed: seed))
        let days = CivilDate("2026-11-10")!...CivilDate("2026-11-12")!
        let posts = Array(played.posts.prefix(30))
        let read = try played.harvest(.postMetrics, days: days, posts: posts)
        for post in posts {
            for day in days {
                let totals = read.totals(of: post.id.externalID, .day, on: day)
                #expect(totals.count == 7)
                for (metric, value) in totals { #expect(value == played.truth.gained(post, metric, on: day)) }
            }
        }
    }

    @Test func `a listing comes in pages of a hundred at most and over the days that are named`() throws {
        let played = Played(.x)
        let days = TrueCurves.origin...played.now.utcDate
        let (page, calls) = try played.harvest(try played.requests(.posts, days: days))
        #expect(page.posts.map(\.externalID) == played.posts.map(\.id.externalID))
        #expect(calls == max(1, (played.posts.count + 99) / 100))
        var small = try #require(try played.requests(.posts, days: days).first)
        small = small.following(.query([Field("max_results", "5")]))
        #expect(try played.harvest([small]).page.posts.map(\.externalID) == page.posts.map(\.externalID))
        let early = try played.harvest(.posts, days: CivilDate("2024-01-01")!...CivilDate("2024-02-01")!)
        #expect(early.posts.isEmpty && early.samples.isEmpty)
    }

    @Test func `what is gone, another's or too old fails alone`() throws {
        let played = Played(.x)
        let own = try #require(played.posts.first)
        let old = try #require(played.posts.last)
        let other = try #require(played.truth.posts(SimulatedAccount(.x, number: 8), limit: 1, at: played.now).first)
        let ids = [own, old, other].map(\.id.externalID) + ["1990999999999999999"]
        let request = played.written(
            "/2/tweets",
            ["ids": ids.joined(separator: ","), "tweet.fields": "public_metrics,non_public_metrics"]
        )
        guard case .page(let page) = played.read(request) else { throw PlatformError(.unclassified) }
        #expect(Set(page.samples.compactMap(\.post)) == Set(ids.prefix(3)))
        #expect(
            page.itemErrors.map { "\($0.error.kind) \($0.item)" } == [
                "notFound \(ids[3])", "permission \(ids[1])", "permission \(ids[2])",
            ]
        )
        guard case .page(let single) = played.read(played.written("/2/tweets/1990999999999999999")) else { return }
        #expect(single.samples.isEmpty && single.itemErrors.map(\.error.kind) == [.notFound])
    }

    @Test func `a resource costs once a day, whoever reads it`() throws {
        let played = Played(.x)
        let posts = Array(played.posts.prefix(3))
        func spent() -> Int64 { played.service.state.withLock { $0.ledger[.x].total.microDollars } }
        _ = try played.harvest(.accountDaily)
        #expect(spent() == 10_000)
        for _ in 0..<3 { _ = try played.harvest(.postMetrics, posts: posts) }
        #expect(spent() == 25_000)
        var later = played
        later.now = TimeZoneRules.utc.startOfDay(played.now.utcDate + 1)
        _ = try later.harvest(.postMetrics, posts: posts)
        #expect(spent() == 40_000)
    }

    @Test func `money that is spent is refused with 402, a month that is full without a time`() throws {
        let played = Played(.x)
        let post = try #require(played.posts.first)
        func set(_ rule: BudgetRule) { played.service.state.withLock { $0.limits[PlatformName.x.place].set(rule) } }
        set(BudgetRule("money", .workspace, unit: .microDollars, limit: 5000, window: .month))
        let request = try #require(try played.requests(.postMetrics, posts: [post]).first)
        #expect(played.error(request) == nil)
        #expect(played.error(request)?.kind == .creditsExhausted)
        set(BudgetRule("money", .workspace, unit: .microDollars, limit: nil, window: .month))
        set(BudgetRule("post_reads", .app, unit: .units, limit: 1, window: .month))
        #expect(played.error(request)?.reason == "usage_capped")
        #expect(played.error(request)?.retryAfter == nil)
    }

    @Test func `a family's window is counted by user and ends when its headers say`() throws {
        var played = Played(.x)
        let request = try #require(try played.requests(.accountDaily).first)
        var signal: LimitSignal?
        for _ in 0..<75 {
            let response = played.response(request)
            #expect(response.status == 200)
            signal = Platform.x.signals(request, response, played.now).first
        }
        #expect(signal?.rule == "users_me_user" && signal?.limit == 75 && signal?.remaining == 0)
        played.now = played.now + .seconds(100)
        let refused = try #require(played.error(request))
        #expect(refused.kind == .rateLimited)
        let wait = try #require(refused.retryAfter)
        #expect((800...801).contains(wait))
        played.now = played.now + .seconds(wait)
        #expect(played.error(request) == nil)
        #expect(played.error(try #require(try played.requests(.posts).first)) == nil)
    }

    @Test func `tokens and wrong requests are refused in X's words`() throws {
        var played = Played(.x)
        let request = try #require(try played.requests(.accountDaily).first)
        #expect(played.error(played.written("/2/users/7/tweets", ["max_results": "4"]))?.kind == .malformed)
        #expect(played.error(played.written("/2/tweets", ["tweet.fields": "public_metrics"]))?.kind == .malformed)
        #expect(played.error(played.written("/2/tweets/analytics", ["ids": "1"]))?.kind == .malformed)
        played.service.state.withLock { $0.credentials.setRemovedScopes(played.account, ["users.read"]) }
        #expect(played.error(request)?.kind == .permission)
        played.service.state.withLock { $0.credentials.revoke(played.account) }
        #expect(played.error(request)?.kind == .authExpired)
        for token in ["", "x", "sim-x-7-0-0000000000000000"] {
            played.token = token
            #expect(played.error(request)?.kind == .authExpired)
        }
    }

    @Test func `counters of media are texts, and totals come without buckets`() throws {
        let played = Played(.x)
        let videos = played.posts.filter(\.isVideo)
        let video = try #require(videos.first)
        let span: KeyValuePairs = [
            "media_keys": "13_\(video.id.externalID)", "start_time": "2026-11-10T00:00:00Z",
            "end_time": "2026-11-11T00:00:00Z",
        ]
        let media = try played.harvest([played.written("/2/media/analytics", span)])
        #expect(media.page.samples.map(\.metric) == [.mediaViews])
        #expect(
            media.page.samples.first?.value == played.truth.gained(video, .mediaViews, on: CivilDate("2026-11-10")!)
        )
        let body = try JSONValue(parsing: played.reply(played.written("/2/media/analytics", span)).body)
        let item = (body["data"]?["data"] ?? body["data"])?[0]
        #expect(item?["timestamped_metrics"]?[0]?["metrics"]?["video_views"]?.string != nil)
        let total = played.written(
            "/2/tweets/analytics",
            [
                "ids": video.id.externalID, "granularity": "total", "start_time": "2026-11-10T00:00:00Z",
                "end_time": "2026-11-12T00:00:00Z",
            ]
        )
        let sums = try played.harvest([total]).page.totals(of: video.id.externalID, .range)
        #expect(sums.count == 16)
    }
}
