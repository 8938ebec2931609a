import FleetCore
import Testing

/// Posts at equal age.
@Suite struct PostComparisonTests {
    private static let born = Instant("2026-03-01T10:00:00Z")!
    private static let now = Instant("2026-05-01T10:00:00Z")!

    private static func curve(
        _ points: [(hours: Double, value: Int64)],
        post: Int64 = 1,
        kind: PostKind = .reel,
        born: Instant = born
    ) -> PostCurve {
        let points = points.map {
            PostCurve.Point(at: born + .seconds(Int64($0.hours * 3600)), value: $0.value)
        }
        return PostCurve(post: post, kind: kind, publishedAt: born, points: points)
    }

    @Test func `between two readings the count lies on the straight line`() {
        let curve = Self.curve([(0.5, 100), (1.5, 300), (20, 1000), (26, 1600), (100, 2000), (200, 3000)])
        #expect(curve.figure(at: .hour, now: Self.now) == .missing)
        #expect(Self.curve([(0.8, 100), (1.2, 300)]).figure(at: .hour, now: Self.now) == .value(200))
        #expect(curve.figure(at: .day, now: Self.now) == .value(1400))
        #expect(curve.figure(at: .week, now: Self.now) == .value(2680))
    }

    @Test func `a reading at that very age is the count`() {
        #expect(Self.curve([(1, 77), (24, 90)]).figure(at: .hour, now: Self.now) == .value(77))
        #expect(Self.curve([(1, 77), (24, 90)]).figure(at: .day, now: Self.now) == .value(90))
    }

    @Test func `without a reading near, or one after, there is none`() {
        #expect(Self.curve([(10, 10), (40, 40)]).figure(at: .day, now: Self.now) == .missing)
        #expect(Self.curve([(23, 10)]).figure(at: .day, now: Self.now) == .missing)
        #expect(Self.curve([]).figure(at: .day, now: Self.now) == .missing)
        #expect(Self.curve([(1, 5)]).figure(at: .week, now: Self.born + .seconds(86_400)) == .young)
    }

    @Test func `at publication there was nothing, which is no reading that is near`() {
        #expect(Self.curve([(1.1, 110)]).figure(at: .hour, now: Self.now) == .value(100))
        #expect(Self.curve([(5, 110)]).figure(at: .hour, now: Self.now) == .missing)
        #expect(Self.curve([(-3, 5), (1.1, 110)]).points.count == 1)
    }

    @Test func `a count that falls between readings falls on the line`() {
        #expect(Self.curve([(0.9, 1000), (1.1, 800)]).figure(at: .hour, now: Self.now) == .value(900))
    }

    private static func posts(_ counts: [Int64], kind: PostKind = .reel) -> [PostCurve] {
        counts.enumerated().map { index, count in
            curve(
                [(1, count), (24, count * 4), (168, count * 8), (672, count * 10)],
                post: Int64(index + 1),
                kind: kind,
                born: born + .seconds(Int64(index) * 3600)
            )
        }
    }

    @Test func `a post stands among the others of its kind`() throws {
        let posts = Self.posts([10, 20, 30, 40, 50, 60]) + Self.posts([1, 2], kind: .image)
        let lines = PostComparison(posts, now: Self.now).lines
        let best = try #require(lines.first { $0.post == 6 })
        #expect(best.standings[.day]?.hundredths == 10_000)
        #expect(best.standings[.day]?.others == 5)
        let worst = try #require(lines.first { $0.post == 1 && $0.kind == .reel })
        #expect(worst.standings[.hour]?.hundredths == 0)
        let image = try #require(lines.first { $0.kind == .image })
        #expect(image.standings.isEmpty)
        #expect(lines.first?.post == 6)
    }

    @Test func `equal posts stand in the middle`() {
        let lines = PostComparison(Self.posts([10, 10, 10, 10, 10, 10]), now: Self.now).lines
        #expect(lines.allSatisfy { $0.standings[.week]?.hundredths == 5_000 })
    }

    @Test func `a young post is estimated by the way that others went, and says from how many`() throws {
        var posts = Self.posts((1...10).map { $0 * 100 })
        // Others grew by ten from the first hour on, and by two and a half from the first day.
        let born = Self.now - .seconds(30 * 3600)
        posts.append(Self.curve([(1, 50), (24, 120), (25, 130)], post: 99, born: born))
        let line = try #require(PostComparison(posts, now: Self.now).lines.first)
        #expect(line.post == 99)
        let estimate = try #require(line.estimate)
        #expect(estimate.from == .day)
        #expect(estimate.others == 10)
        #expect((estimate.low, estimate.middle, estimate.high) == (300, 300, 300))
        #expect(PostComparison(posts.suffix(5), now: Self.now).lines[0].estimate == nil)
    }

    @Test func `a post that is old enough needs no estimate`() {
        let lines = PostComparison(Self.posts((1...10).map { $0 * 100 }), now: Self.now).lines
        #expect(lines.allSatisfy { $0.estimate == nil })
    }

    @Test func `the estimate's interval is as wide as the others' ways differ`() throws {
        var posts = (0..<11).map { index -> PostCurve in
            Self.curve([(24, 100), (672, 100 + Int64(index) * 10)], post: Int64(index))
        }
        posts.append(Self.curve([(24, 1000)], post: 99, born: Self.now - .seconds(40 * 3600)))
        let estimate = try #require(PostComparison(posts, now: Self.now).lines.first?.estimate)
        #expect((estimate.low, estimate.middle, estimate.high) == (1100, 1500, 1900))
    }

    @Test func `ages have names`() {
        for age in Age.allCases { #expect(Age(name: age.name) == age) }
        #expect(Age.allCases.map(\.name) == ["1h", "24h", "7d", "28d"])
    }
}
