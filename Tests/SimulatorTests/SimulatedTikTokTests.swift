import FleetCore
import Platforms
import Synchronization
import Testing

@testable import Simulator

@Suite struct SimulatedTikTokTests {
    @Test(arguments: ["v2", "v1.3"])
    func `levels, videos and their numbers read as the truth in both interfaces`(version: String) throws {
        var played = Played(.tiktok)
        played.version = version
        let account = try played.harvest(.accountDaily)
        let levels = account.totals(of: nil, .instant)
        #expect(Set(levels.keys) == (version == "v2" ? [.followers, .following, .posts] : [.followers, .posts]))
        for (metric, value) in levels { #expect(value == played.truth.level(7, metric, at: played.now)) }
        #expect(account.totals(of: nil, .lifetime) == [.likes: played.truth.total(7, .likes, at: played.now)!])

        let posts = played.posts
        let (listed, calls) = try played.harvest(try played.requests(.posts))
        #expect(listed.posts.map(\.externalID) == posts.map(\.id.externalID))
        #expect(calls == (posts.count + 19) / 20 && posts.count > 40)
        #expect(
            listed.posts.map(\.publishedAt).first
                == (version == "v2" ? posts.first?.publishedAt : posts.first?.publishedAt)
        )

        let read = try played.harvest(.postMetrics, posts: posts)
        for post in posts {
            for page in [listed, read] {
                let totals = page.totals(of: post.id.externalID, .lifetime)
                #expect(totals.count == 4)
                for (metric, value) in totals { #expect(value == played.truth.value(post, metric, at: played.now)) }
            }
        }
    }

    @Test func `videos that are gone or another's are missing from a query`() throws {
        let played = Played(.tiktok)
        let other = played.truth.posts(SimulatedAccount(.tiktok, number: 8), limit: 2, at: played.now)
        let read = try played.harvest(.postMetrics, posts: Array(played.posts.prefix(2)) + other)
        #expect(read.itemErrors.map(\.item) == other.map(\.id.externalID))
        #expect(Set(read.samples.compactMap(\.post)).count == 2)
    }

    @Test(arguments: ["v2", "v1.3"])
    func `a minute has six hundred calls of one family, and no header says so`(version: String) throws {
        var played = Played(.tiktok)
        played.version = version
        let request = try #require(try played.requests(.accountDaily).first)
        for _ in 0..<600 { #expect(played.reply(request).status == 200) }
        let refused = try #require(played.error(request))
        #expect(refused.kind == .rateLimited && refused.retryAfter == 60)
        #expect(Platform.tiktok.signals(request, played.response(request), played.now).isEmpty)
        #expect(played.error(try #require(try played.requests(.posts).first)) == nil)
        played.now = played.now + .seconds(60)
        #expect(played.error(request) == nil)
    }

    @Test func `errors are TikTok's own in both interfaces`() throws {
        var played = Played(.tiktok)
        let user = try #require(try played.requests(.accountDaily).first)
        var list = try #require(try played.requests(.posts).first)
        list.headers = []
        #expect(played.error(list)?.kind == .malformed)
        #expect(played.error(played.written("/v2/user/info/", ["fields": "shoe_size"]))?.kind == .malformed)
        #expect(played.reply(played.written("/v2/user/info")).status == 404)
        played.service.state.withLock { $0.credentials.setRemovedScopes(played.account, ["user.info.stats"]) }
        #expect(played.error(user)?.kind == .permission)
        played.version = "v1.3"
        let business = try #require(try played.requests(.accountDaily).first)
        #expect(played.error(business)?.kind == .permission && played.reply(business).status == 200)
        played.service.state.withLock { $0.credentials.expire(played.account, at: played.now) }
        #expect(played.error(business)?.kind == .authExpired)
        #expect(played.error(user)?.kind == .authExpired)
        played.service.state.withLock { $0.credentials.revoke(played.account) }
        #expect(played.error(business)?.kind == .authInvalid)
    }
}
