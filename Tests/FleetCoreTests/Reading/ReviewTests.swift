import FleetCore
import Testing

@Suite("Freshness, restatements, best and worst")
struct ReviewTests {
    private typealias Fixture = ReadingFixture

    @Test("freshness names the last try, the last success, the newest day and how far it is settled")
    func freshness() {
        let archive = [
            Fixture.daily(Fixture.day, [.views: 1], hours: 60, job: 1),
            Fixture.daily(Fixture.day + 1, [.views: 2], hours: 49, job: 2),
            Fixture.daily(Fixture.day + 2, [.views: 3], hours: 10, job: 3),
            Fixture.moment(Fixture.day + 3, hour: 8, [.followers: 9], job: 4),
        ]
        let readings = SubjectReadings(Fixture.account, archive.currentRows())
        let failed = archive[1].fetchedAt + .seconds(3600)
        let note = GapNote(
            metric: .views,
            reason: .permissionMissing,
            said: "permission",
            start: archive[2].start,
            end: archive[2].start,
            fetchedAt: failed,
            job: nil
        )
        let found = Freshness.all(of: readings, notes: [note])
        #expect(found.map(\.metric) == [.followers, .views])
        let views = found[1]
        #expect(views.newest == Fixture.day + 2 && views.settledThrough == Fixture.day + 1)
        #expect(views.lastSuccess == archive[1].fetchedAt && views.lastTry == failed)
        #expect(views.reason == .permissionMissing)
        #expect(found[0].settledThrough == nil && found[0].newest == Fixture.day + 3 && found[0].reason == nil)
    }

    @Test("a day that is not settled ends the row of those that are, whatever comes after it")
    func settledThrough() {
        let archive = [(0, 60), (1, 5), (2, 60)].map { day, hours in
            Fixture.daily(Fixture.day + day, [.views: 1], hours: hours, job: day + 1)
        }
        let readings = SubjectReadings(Fixture.account, archive.currentRows())
        #expect(Freshness.all(of: readings, notes: []).first?.settledThrough == Fixture.day)
    }

    @Test("a change of a settled figure counts when it passes both parts of the threshold")
    func threshold() {
        let threshold = Restatement.Threshold.standard
        let cases: [(MetricID, Int64, Int64, Bool)] = [
            (.views, 1000, 1050, false), (.views, 1000, 1051, true), (.views, 1000, 949, true), (.views, 10, 20, false),
            (.views, 0, 11, true), (.views, .max, .min, true), (.watchTimeSeconds, 100_000, 110_000, false),
            (.watchTimeSeconds, 100_000, 110_001, true), (.engagementRate, 1_000_000, 1_060_000, true),
        ]
        for (metric, before, after, wanted) in cases {
            #expect(
                threshold.isPassed(by: metric, from: before, to: after) == wanted,
                "\(metric.name) \(before) \(after)"
            )
        }
        let settled = Fixture.zone.endOfDay(Fixture.day) + .seconds(48 * 3600)
        let rows = [(47, 100), (49, 200), (60, 300)].map { hours, value in
            [Fixture.daily([.views: Int64(value)], hours: hours, job: hours)].currentRows()[0].row
        }
        #expect(Restatement.between(rows[0], rows[1], settled: settled).isEmpty)
        let moved = Restatement.between(rows[1], rows[2], settled: settled)
        #expect(moved.count == 1 && moved[0].before.value == 200 && moved[0].after.value == 300)
    }

    @Test("the mean of the posts' rates is named so and is another number than their rate together")
    func means() {
        func post(_ id: Int64, views: Int64, likes: Int64, published: Int) -> SubjectReadings {
            let at = Fixture.zone.startOfDay(Fixture.day + published) + .seconds(60)
            let subject = FigureSubject(
                id: id,
                account: 7,
                workspace: 3,
                platform: .instagram,
                kind: .post(.reel),
                publishedAt: at,
                trackedSince: Fixture.zone.startOfDay(Fixture.day - 30)
            )
            let total = Fixture.moment(
                Fixture.day + 5,
                hour: 2,
                [.views: views, .likes: likes, .comments: 0, .shares: 0, .saves: 0, .reposts: 0],
                period: .lifetime
            )
            return SubjectReadings(subject, [total].currentRows())
        }
        let posts = [post(1, views: 100, likes: 50, published: 0), post(2, views: 10_000, likes: 10, published: 1)]
        let old = post(3, views: 7, likes: 7, published: -20)
        let review = PostReview(posts + [old], dates: Fixture.day...Fixture.day + 3, mode: .published, metric: .views)
        #expect(review.ranking.map(\.post.id) == [2, 1] && review.published == [.reel: 2])
        #expect(review.meanOfPostRates == 250_500_000_000_000)
        #expect(review.rates.first?.numerator == 60 && review.rates.first?.denominator == 10_100)
        #expect(review.rates.first?.value == 5_940_594_059_406)
        let activity = PostReview(posts + [old], dates: Fixture.day...Fixture.day + 5, mode: .activity, metric: .likes)
        // The old post is not new, and all the same something happened to it.
        #expect(activity.ranking.map(\.post.id) == [1, 2, 3])
    }

    @Test("days are ranked by their numbers, and only settled ones unless the others are asked for")
    func days() {
        let archive = [(0, 5, 60), (1, 9, 60), (2, 50, 3), (3, 0, 60)].map { day, views, hours in
            Fixture.daily(Fixture.day + day, [.views: Int64(views)], hours: hours, job: day + 1)
        }
        let series = Fixture.series(archive, Fixture.day...Fixture.day + 5)
        #expect(series.ranking(by: .views).map(\.dates.lowerBound) == [1, 0, 3].map { Fixture.day + $0 })
        #expect(series.ranking(by: .views, settledOnly: false).first?.dates.lowerBound == Fixture.day + 2)
    }
}
