import FleetCore
import Platforms
import Synchronization
import Testing

@testable import Simulator

@Suite struct SimulatedPinterestTests {
    static let settled = CivilDate("2026-11-10")!...CivilDate("2026-11-14")!

    @Test func `levels and settled days read as the truth`() throws {
        let played = Played(.pinterest)
        let read = try played.harvest(.accountDaily, days: Self.settled)
        let levels = read.totals(of: nil, .instant)
        #expect(levels.count == 4)
        for (metric, value) in levels { #expect(value == played.truth.level(7, metric, at: played.now)) }
        for day in Self.settled {
            let totals = read.totals(of: nil, .day, on: day)
            #expect(totals.count == 12)
            for (metric, value) in totals { #expect(value == played.truth.value(7, metric, on: day, at: played.now)) }
        }
    }

    @Test func `fresh days are processed, then estimated, then ready`() throws {
        var played = Played(.pinterest)
        let day = played.now.utcDate - 1
        func impressions() throws -> Int64? {
            try played.harvest(.accountDaily, days: day...day).totals(of: nil, .day)[.impressions]
        }
        #expect(try impressions() == nil)
        played.now = played.now + .seconds(86_400)
        let estimate = try #require(try impressions())
        played.now = played.now + .seconds(2 * 86_400)
        let ready = try #require(try impressions())
        #expect(estimate < ready && ready == played.truth.value(7, .impressions, on: day, at: played.now))
    }

    @Test func `parts of a split make up the total`() throws {
        let played = Played(.pinterest)
        let span = ["start_date": "2026-11-10", "end_date": "2026-11-10", "metric_types": "IMPRESSION"]
        func read(_ split: String) throws -> [Int64] {
            let query = KeyValuePairs(dictionaryLiteral: ("split_field", split)).map { Field($0.key, $0.value) }
            var request = played.written("/v5/user_account/analytics")
            request.query = span.map { Field($0.key, $0.value) } + query
            return try played.harvest([request]).page.samples.map(\.value)
        }
        let whole = try #require(try read("NO_SPLIT").first)
        for (split, count) in [("APP_TYPE", 3), ("PIN_FORMAT", 2), ("SOURCE", 2), ("OWNED_CONTENT", 2)] {
            let parts = try read(split)
            #expect(parts.count == count && parts.reduce(0, +) == whole)
        }
        #expect(throws: PlatformError.self) { try read("HAIR_COLOUR") }
    }

    @Test(arguments: ["v5", "v5-beta"])
    func `pins and their days read as the truth, one by one or many at once`(version: String) throws {
        var played = Played(.pinterest)
        played.version = version
        let listed = try played.harvest(.posts)
        let posts = played.posts
        #expect(listed.posts.map(\.externalID) == posts.map(\.id.externalID))
        #expect(listed.posts.map(\.publishedAt) == posts.map(\.publishedAt))
        for post in posts {
            let totals = listed.totals(of: post.id.externalID, .lifetime)
            #expect(totals.count == 6)
            for (metric, value) in totals { #expect(value == played.truth.value(post, metric, at: played.now)) }
        }
        let some = Array(posts.prefix(12))
        let read = try played.harvest(.postMetrics, days: Self.settled, posts: some)
        for post in some {
            for day in Self.settled {
                let totals = read.totals(of: post.id.externalID, .day, on: day)
                #expect(totals.count >= 6)
                for (metric, value) in totals { #expect(value == played.truth.gained(post, metric, on: day)) }
            }
            let reactions = played.truth.value(post, .reactions, at: played.now)
            #expect(read.totals(of: post.id.externalID, .lifetime)[.reactions] == reactions)
        }
    }

    @Test func `a listing goes on by bookmark`() throws {
        let played = Played(.pinterest)
        let request = played.written("/v5/pins", ["page_size": "7", "pin_metrics": "true"])
        let (page, calls) = try played.harvest([request])
        #expect(page.posts.map(\.externalID) == played.posts.map(\.id.externalID))
        #expect(calls == (played.posts.count + 6) / 7)
    }

    @Test func `the limit nearest to its end leads the header, which says when it ends`() throws {
        var played = Played(.pinterest)
        let requests = try played.requests(.accountDaily, days: Self.settled)
        for call in 1...60 {
            played.now = played.now + .milliseconds(100)
            let signal = Platform.pinterest.signals(requests[1], played.response(requests[1]), played.now).first
            if call > 20 { #expect(signal?.rule == "org_analytics" && signal?.remaining == Int64(60 - call)) }
        }
        let refused = try #require(played.error(requests[1]))
        #expect(refused.kind == .rateLimited && refused.retryAfter == 55)
        #expect(played.error(requests[0]) == nil)
        played.now = played.now + .seconds(55)
        #expect(played.error(requests[1]) == nil)
        for _ in 0..<98 { _ = played.reply(requests[0]) }
        let response = played.response(requests[0])
        #expect(Platform.pinterest.signals(requests[0], response, played.now).first?.rule == "safety_net")
    }

    @Test func `errors are Pinterest's own`() throws {
        var played = Played(.pinterest)
        func error(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> PlatformError.Class? {
            played.error(played.written(path, query))?.kind
        }
        #expect(error("/v5/pins/5/analytics", ["start_date": "2026-11-10", "end_date": "2026-11-11"]) == .malformed)
        #expect(
            error("/v5/user_account/analytics", ["start_date": "2026-01-10", "end_date": "2026-11-11"]) == .malformed
        )
        let types = "IMPRESSION"
        #expect(
            error(
                "/v5/pins/5/analytics",
                ["start_date": "2026-11-10", "end_date": "2026-11-11", "metric_types": types]
            )
                == .notFound
        )
        played.service.state.withLock { $0.credentials.setRemovedScopes(played.account, ["pins:read"]) }
        #expect(error("/v5/pins") == .permission && error("/v5/user_account") == nil)
        played.token = "wrong"
        #expect(error("/v5/user_account") == .authExpired)
    }
}
