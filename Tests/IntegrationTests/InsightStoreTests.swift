import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import TestSupport
import Testing

/// What is unusual, and posts at equal age, from a real database.
@Suite(.enabled(if: OperatorLab.isAvailable)) struct InsightStoreTests {
    private static let first = CivilDate("2026-07-06")!
    private static let last = first + 99

    /// A hundred settled days of a steady habit for each account, with changes by account and day.
    private static func fill(
        _ world: RollerTests.World,
        _ change: (_ account: Int, _ day: Int) -> Int64?
    ) async throws {
        for (index, account) in world.accounts.enumerated() {
            let readings = (0..<100).compactMap { day -> Reading? in
                let usual = 200 + Int64((day * 7 + index * 3) % 11) - (day % 7 == 6 ? 80 : 0)
                guard let value = change(index, day) ?? usual as Int64? else { return nil }
                return value < 0 ? nil : RollerTests.window((first + day).description, [.views: value])
            }
            let fetched = RollerTests.zone.endOfDay(last) + .seconds(5 * 86_400)
            try await world.store(world.result(index, account, at: fetched, readings))
        }
        try await world.roll()
    }

    @Test func `an unusual day of one account is found, and its gap is not`() async throws {
        try await RollerTests.world(accounts: 2) { world in
            try await Self.fill(world) { account, day in
                if account == 0, day == 95 { return 1500 }
                return account == 1 && day == 96 ? -1 : nil
            }
            let answer = await world.lab("anomalies --to \(Self.last) --days 14 --json")
            #expect(answer.code == .ok)
            let findings = try #require(try answer.json["findings"]?.array)
            // Engagement has no part here, so that views are all there is.
            #expect(findings.count == 1)
            #expect(findings[0]["account"]?.int64 == world.accounts[0])
            #expect(findings[0]["first_day"]?.string == (Self.first + 95).description)
            #expect(findings[0]["severity"]?.string == "paged")
            #expect(findings[0]["found"]?.int64 == 1500)
            #expect(try answer.json["accounts"]?.int64 == 2)
            let table = await world.lab("anomalies --to \(Self.last) --days 14")
            #expect(table.output.contains("1,500"))
            let earlier = await world.lab("anomalies --to \(Self.first + 90) --days 14")
            #expect(earlier.error.contains("nothing unusual") || earlier.output.contains("nothing unusual"))
        }
    }

    @Test func `a day that hits all accounts of a platform is one incident`() async throws {
        try await RollerTests.world(accounts: 6) { world in
            try await Self.fill(world) { _, day in day == 97 ? 20 : nil }
            let answer = await world.lab("anomalies --to \(Self.last) --days 7 --json")
            #expect(try answer.json["findings"]?.array?.isEmpty == true)
            let incidents = try #require(try answer.json["incidents"]?.array)
            #expect(incidents.count == 1)
            #expect(incidents[0]["accounts"]?.int64 == 6)
            #expect(incidents[0]["direction"]?.string == "low")
            #expect(incidents[0]["day"]?.string == (Self.first + 97).description)
        }
    }

    @Test func `posts are compared at equal age, each with those of its kind`() async throws {
        try await RollerTests.world { world in
            let account = world.accounts[0]
            let now = try await world.lab.pool.query("select now()").only().timestamp(0)
            let born = Instant(microseconds: now) - .seconds(40 * 86_400)
            var listing = world.result(1, account, at: born + .seconds(7 * 3600))
            listing.collect = .posts
            listing.posts = (0..<7).map {
                DiscoveredPost(
                    externalID: "p\($0)",
                    publishedAt: born + .seconds($0 * 60),
                    kind: $0 < 6 ? .reel : .image
                )
            }
            try await world.store(listing)
            for (number, hours) in [24, 168, 672].enumerated() {
                var result = world.result(10 + number, account, at: born + .seconds(hours * 3600))
                result.collect = .postMetrics
                result.postReadings = (0..<7).map { post in
                    let moment = born + .seconds(hours * 3600 + post * 60)
                    let likes = Int64((post + 1) * 100 * (number + 1))
                    return PostReadings(
                        post: "p\(post)",
                        readings: [RollerTests.moment(.lifetime, moment, [.likes: likes])]
                    )
                }
                try await world.store(result)
            }
            try await world.roll()
            let answer = await world.lab("posts compare --account \(account) --metric likes --json")
            #expect(answer.code == .ok)
            let posts = try #require(try answer.json.array)
            #expect(posts.count == 7)
            // Newest first: the image, then the reel that had most.
            #expect(posts[0]["kind"]?.string == "image")
            #expect(posts[0]["ages"]?["24h"]?["percentile"] == .null)
            let best = try #require(posts[1]["ages"])
            #expect(best["1h"]?["state"]?.string == "missing")
            #expect(best["24h"]?["value"]?.int64 == 600)
            #expect(best["7d"]?["value"]?.int64 == 1200)
            #expect(best["28d"]?["percentile"]?.int64 == 100)
            #expect(await world.lab("posts compare --account 99").code == .notFound)
        }
    }
}
