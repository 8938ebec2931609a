import FleetCore
import Platforms
import Testing

@testable import Simulator

@Suite struct WorldTests {
    static let day = CivilDate("2026-10-20")!
    static let late = Instant("2026-11-21T12:00:00Z")!

    @Test(arguments: PlatformName.allCases)
    func `every metric that a platform states has a true value`(platform: PlatformName) {
        let truth = World(SimulatorOptions(seed: 4))[platform]
        let served = ServedMetrics(platform)
        for account in 0..<20 {
            for metric in served.daily { #expect(truth.value(account, metric, on: Self.day, at: Self.late) != nil) }
            // A channel on YouTube may hide its subscribers, and a video its likes or comments.
            for metric in served.levels where platform != .youtube || !truth.hidesSubscribers(account) {
                #expect(truth.level(account, metric, at: Self.late) ?? -1 >= 0)
            }
            for metric in served.totals { #expect(truth.total(account, metric, at: Self.late) ?? -1 >= 0) }
            for post in truth.posts(SimulatedAccount(platform, number: account), limit: 5, at: Self.late) {
                for metric in served.ofPost where platform != .youtube || !truth.hides(metric, of: post.id) {
                    #expect(truth.value(post, metric, at: Self.late) ?? -1 >= 0)
                }
                for metric in served.ofPostDaily { #expect(truth.gained(post, metric, on: Self.day) ?? -1 >= 0) }
            }
        }
    }

    @Test(arguments: PlatformName.allCases)
    func `what is shown becomes the truth and stays it`(platform: PlatformName) {
        let truth = World(SimulatorOptions(seed: 4))[platform]
        let end = truth.zone.endOfDay(Self.day)
        for metric in ServedMetrics(platform).daily {
            let true1 = truth.value(3, metric, on: Self.day, at: Self.late)
            #expect(truth.shown(3, metric, on: Self.day, at: end + .hours(72)) == true1)
            #expect(truth.shown(3, metric, on: Self.day, at: end + .hours(900)) == true1)
            #expect(truth.shown(3, metric, on: Self.day, at: end - .hours(30)) == nil)
        }
        #expect(truth.settlement.isSettled(Self.day, at: end + .hours(72)))
        #expect(!truth.settlement.isSettled(Self.day, at: end))
    }

    @Test func `platforms say nothing of days that are too fresh`() {
        let world = World(SimulatorOptions())
        func shown(_ platform: PlatformName, _ metric: MetricID, hours: Int) -> Int64? {
            world[platform].shown(2, metric, on: Self.day, at: world[platform].zone.endOfDay(Self.day) + .hours(hours))
        }
        #expect(shown(.youtube, .views, hours: 47) == nil && shown(.youtube, .views, hours: 48) != nil)
        #expect(shown(.linkedin, .followersGained, hours: 47) == nil)
        #expect(
            shown(.linkedin, .followersGained, hours: 48) != nil && shown(.linkedin, .impressions, hours: 12) != nil
        )
        #expect(shown(.pinterest, .impressions, hours: 23) == nil && shown(.pinterest, .impressions, hours: 24) != nil)
        #expect(shown(.facebook, .views, hours: -1) != nil)
    }

    @Test func `distinct people of several days are between the largest day and the sum`() throws {
        let truth = World(SimulatorOptions(seed: 8))[.facebook]
        let days = Self.day...(Self.day + 6)
        for account in 0..<30 {
            let each = days.map { truth.value(account, .reach, on: $0, at: Self.late)! }
            let whole = try #require(truth.value(account, .reach, over: days, at: Self.late))
            #expect(each.max()! <= whole && whole <= each.reduce(0, +))
        }
    }

    @Test(arguments: PlatformName.allCases)
    func `posts are listed newest first, in pages, and none is missing`(platform: PlatformName) {
        let truth = World(SimulatorOptions(seed: 5))[platform]
        let account = SimulatedAccount(platform, number: 11)
        let count = truth.curves.published(11, until: Self.late)
        var listed: [TruePost] = []
        while true {
            let page = truth.posts(account, before: listed.last?.id.number, limit: 7, at: Self.late)
            listed += page
            if page.count < 7 { break }
        }
        #expect(listed.count == count && count > 20)
        #expect(truth.level(11, .posts, at: Self.late) == Int64(count))
        #expect(listed.map(\.publishedAt) == listed.map(\.publishedAt).sorted().reversed())
        #expect(listed.allSatisfy { $0.publishedAt <= Self.late })
        #expect(truth.curves.post(SimulatedPost(account, number: count)).publishedAt > Self.late)
    }

    @Test(arguments: PlatformName.allCases)
    func `figures of a post only grow, and its days add up to them`(platform: PlatformName) {
        let truth = World(SimulatorOptions(seed: 5))[platform]
        let account = SimulatedAccount(platform, number: 3)
        let post = truth.posts(account, limit: 30, at: Self.late).last!
        let first = truth.zone.date(at: post.publishedAt)
        for metric in ServedMetrics(platform).ofPost where MetricCatalogue[metric]!.isAmount {
            let readings = (0..<200).map { truth.value(post, metric, at: post.publishedAt + .hours($0))! }
            #expect(readings == readings.sorted())
            let days = (first...(first + 9)).map { truth.gained(post, metric, on: $0)! }
            #expect(days.reduce(0, +) == truth.value(post, metric, at: truth.zone.endOfDay(first + 9)))
        }
        #expect(truth.value(post, .likes, at: post.publishedAt - .seconds(1)) == nil)
    }

    @Test func `stories are there for a day and have numbers of their own`() {
        let truth = World(SimulatorOptions(seed: 5))[.instagram]
        let account = SimulatedAccount(number: 3)
        var seen: Set<SimulatedPost> = []
        for hour in 0..<240 {
            for story in truth.stories(account, at: Self.late + .hours(hour)) {
                #expect(story.kind == .story && story.publishedAt > Self.late + .hours(hour - 24))
                seen.insert(story.id)
            }
        }
        #expect(seen.count > 3 && seen.allSatisfy(\.isStory))
    }

    @Test func `a purge lowers levels and likes from its date`() {
        let purge = TrueCurves.Purge(date: Self.day, permille: 100)
        let (before, after) = (TrueCurves(seed: 5, .tiktok), TrueCurves(seed: 5, .tiktok, purge: purge))
        #expect(after.value(1, .followers, on: Self.day - 1) == before.value(1, .followers, on: Self.day - 1))
        #expect(after.value(1, .followers, on: Self.day)! == before.value(1, .followers, on: Self.day)! * 900 / 1000)
        #expect(after.value(1, .followersLost, on: Self.day)! > before.value(1, .followersLost, on: Self.day)!)
        var options = SimulatorOptions(seed: 5)
        options.purge = purge
        let truth = World(options)[.tiktok]
        let midnight = truth.zone.startOfDay(Self.day)
        #expect(truth.total(1, .likes, at: midnight)! < truth.total(1, .likes, at: midnight - .seconds(1))!)
        let post = truth.posts(SimulatedAccount(.tiktok, number: 1), limit: 1, at: midnight - .hours(24)).first!
        #expect(truth.value(post, .likes, at: midnight)! < truth.value(post, .likes, at: midnight - .seconds(60))!)
        let linkedin = TrueCurves(seed: 5, .linkedin, purge: purge)
        #expect(linkedin.value(1, .likes, on: Self.day)! < 0)
    }

    @Test func `a restatement changes the truth of its days from its moment`() {
        var world = World(SimulatorOptions(seed: 5))
        let moment = Instant("2026-11-10T00:00:00Z")!
        let was = world[.facebook].value(1, .views, on: Self.day, at: Self.late)!
        world.changes.restatements[.facebook] = [.init(days: Self.day...Self.day, permille: 1500, from: moment)]
        #expect(world[.facebook].shown(1, .views, on: Self.day, at: moment - .seconds(1)) == was)
        #expect(world[.facebook].shown(1, .views, on: Self.day, at: moment) == was * 1500 / 1000)
        #expect(world[.facebook].shown(1, .views, on: Self.day + 1, at: moment) != nil)
    }
}
