import FleetCore
import Testing

/// What may be added and what may not: kinds, distinct people, rates, levels, posts and accounts.
@Suite struct CombinationTrapTests {
    private static func week(_ values: [[MetricID: Int64]], _ platform: PlatformName = .instagram) -> SubjectFixture {
        var subject = SubjectFixture(platform)
        let monday = CivilDate("2026-03-02")!
        for (index, values) in values.enumerated() where !values.isEmpty {
            subject.read((monday + index).description, values)
        }
        return subject
    }

    private static let first = "2026-03-02"
    private static let last = "2026-03-08"

    @Test func `the catalogue says for every metric whether it adds up over time and over subjects`() {
        for metric in MetricCatalogue.all {
            switch metric.kind {
            case .delta, .money:
                #expect(metric.additiveOverTime && metric.additiveOverSubjects)
            case .gauge, .cumulative:
                #expect(!metric.additiveOverTime && metric.additiveOverSubjects)
            case .unique, .ratio, .weightedMean, .breakdown:
                #expect(!metric.additiveOverTime && !metric.additiveOverSubjects)
            }
        }
    }

    @Test func `a flow that is read as a running total is differenced, never summed`() {
        #expect(MetricCatalogue[.likes]?.kind(over: .day) == .delta)
        #expect(MetricCatalogue[.likes]?.kind(over: .lifetime) == .cumulative)
        #expect(MetricCatalogue[.reach]?.kind(over: .lifetime) == .unique)
        var subject = SubjectFixture(.x)
        for hour in 0...24 {
            let moment = subject.zone.startOfDay(CivilDate("2026-03-02")!) + .seconds(hour * 3600)
            subject.read(at: moment, [.likes: 1000 + Int64(hour), .reach: 5])
        }
        #expect(subject.day("2026-03-02").value(.likes) == 24)
        #expect(subject.day("2026-03-02")[.reach] == nil)
    }

    // MARK: Distinct people

    @Test func `distinct people are never summed: bounds, or the platform's own figure`() {
        let subject = Self.week((0..<7).map { [.reach: 100 + Int64($0)] })
        let without = subject.period(Self.first, Self.last)
        #expect(without.value(.reach) == nil)
        #expect(without.bounds(of: .reach) == .init(lower: 106, upper: 721))
        let native = subject.period(Self.first, Self.last, natives: [.reach: 420])
        #expect(native.value(.reach) == 420)
        #expect(native[.reach]?.flags == [.native])
        #expect(native.bounds(of: .reach) == nil)
    }

    @Test func `with a day missing there is no upper bound`() {
        var values: [[MetricID: Int64]] = (0..<7).map { [.reach: 100 + Int64($0)] }
        values[3] = [:]
        let week = Self.week(values).period(Self.first, Self.last)
        #expect(week.bounds(of: .reach) == .init(lower: 106, upper: nil))
    }

    @Test func `a native figure stands also where no day has one`() {
        let week = Self.week([[.views: 5]]).period(Self.first, Self.last, natives: [.reach: 420])
        #expect(week.value(.reach) == 420)
        #expect(week[.reach]?.count == 7)
    }

    @Test func `for YouTube there is a native figure or nothing`() {
        let subject = Self.week((0..<7).map { _ in [.reach: 100] }, .youtube)
        let week = subject.period(Self.first, Self.last)
        #expect(week.value(.reach) == nil)
        #expect(week.bounds(of: .reach) == nil)
        #expect(week[.reach]?.flags == [.undefined])
        #expect(week[.reach]?.value == 0)
    }

    @Test func `people of several accounts are bounded by the largest and by the sum`() {
        let rows = [420, 300].map { reach in
            Self.week((0..<7).map { _ in [.reach: 100] }).period(Self.first, Self.last, natives: [.reach: reach])
        }
        let group = RollupRow.combined(rows, expected: 14, rules: .of(.instagram))
        #expect(group.value(.reach) == nil)
        #expect(group.bounds(of: .reach) == .init(lower: 420, upper: 720))
    }

    @Test func `a single day's own figure is a figure, and several accounts' days are bounded`() {
        let days = [[MetricID.reach: Int64(70)], [.reach: 90]].map { Self.week([$0]).period(Self.first, Self.first) }
        #expect(days.map { $0.value(.reach) } == [70, 90])
        let group = RollupRow.combined(days, expected: 2, rules: .of(.instagram))
        #expect(group.bounds(of: .reach) == .init(lower: 90, upper: 160))
    }

    // MARK: Rates

    @Test func `a mean of rates is not the rate: sums are divided`() {
        let week = Self.week(
            [[.likes: 50, .views: 100], [.likes: 10, .views: 10_000]],
            .youtube
        ).period(Self.first, Self.last)
        // 60 of 10,100: 0.594 percent, not 25.
        #expect(week[.engagementRateByViews]?.sum == 60)
        #expect(week[.engagementRateByViews]?.weight == 10_100)
        #expect(week.value(.engagementRateByViews) == 5_940_594_059_406)
        #expect(MetricCatalogue.scale(of: .engagementRateByViews) == 15)
    }

    @Test func `a day without views does not lend its likes to the rate`() {
        let week = Self.week([[.likes: 50, .views: 100], [.likes: 70]], .youtube).period(Self.first, Self.last)
        #expect(week.value(.engagementTotal) == 120)
        #expect(week.value(.engagementRateByViews) == 500_000_000_000_000)
        #expect(week[.engagementRateByViews]?.count == 1)
    }

    @Test func `a rate without its denominator is not there, and no other takes its place`() {
        var subject = Self.week([[.likes: 50, .impressions: 100]])
        subject.read(at: "2026-03-02T20:00:00Z", [.followers: 200], period: .instant)
        let day = subject.period(Self.first, Self.first)
        #expect(day[.engagementRateByViews] == nil)
        #expect(day[.engagementRateByReach] == nil)
        #expect(day.value(.engagementRateByFollowers) == 250_000_000_000_000)
        let zero = Self.week([[.likes: 50, .views: 0]]).period(Self.first, Self.first)
        #expect(zero[.engagementRateByViews] == nil)
    }

    @Test func `the rate by reach of a week needs the week's own reach`() {
        let subject = Self.week((0..<7).map { _ in [.likes: 10, .reach: 100] })
        #expect(subject.period(Self.first, Self.last)[.engagementRateByReach] == nil)
        let native = subject.period(Self.first, Self.last, natives: [.reach: 350])
        #expect(native.value(.engagementRateByReach) == 200_000_000_000_000)
        let both = RollupRow.combined([native, native], expected: 14, rules: .of(.instagram))
        #expect(both[.engagementRateByReach] == nil)
        #expect(both.value(.engagementTotal) == 140)
    }

    @Test func `engagement counts every act once by the platform's definition, and says when a part is missing`() {
        let facebook = Self.week([[.reactions: 10, .likes: 8, .comments: 3, .shares: 2]], .facebook)
            .period(Self.first, Self.first)
        #expect(facebook.value(.engagementTotal) == 15)
        #expect(facebook[.engagementTotal]?.flags == [])
        let partial = Self.week([[.reactions: 10]], .facebook).period(Self.first, Self.first)
        #expect(partial[.engagementTotal]?.flags == [.partial])
    }

    @Test func `means of watch time weigh as much as the views behind them`() {
        let second: Int64 = 1_000_000_000
        let week = Self.week(
            [[.avgWatchSeconds: 10 * second, .views: 300], [.avgWatchSeconds: 40 * second, .views: 100]],
            .youtube
        ).period(Self.first, Self.last)
        #expect(week.value(.avgWatchSeconds) == 17_500_000_000)
        let alone = Self.week(
            [[.avgWatchSeconds: 10 * second], [.avgWatchSeconds: 40 * second, .views: 100]],
            .youtube
        )
        .period(Self.first, Self.last)
        #expect(alone.value(.avgWatchSeconds) == 40 * second)
        #expect(alone[.avgWatchSeconds]?.flags == [.partial])
    }

    // MARK: Levels

    private static func followers(_ levels: [Int64?]) -> SubjectFixture {
        var subject = SubjectFixture(.x)
        for (index, level) in levels.enumerated() {
            guard let level else { continue }
            let noon = subject.zone.startOfDay(CivilDate("2026-03-01")! + index) + .seconds(43_200)
            subject.read(at: noon, [.followers: level], period: .instant)
        }
        return subject
    }

    @Test func `growth of followers does not change while its end points are known`() {
        let full: [Int64?] = [100, 104, 109, 111, 140, 133, 150, 155, 160]
        let whole = Self.followers(full).period(Self.first, Self.last)[.followers]?.growth
        #expect(whole == .init(opening: 100, change: 55, isPartial: false))
        #expect(whole?.rate == 550_000_000_000_000)
        for mask in 0..<64 {
            let holed = full.enumerated().map { index, level in
                (1...6).contains(index) && mask >> (index - 1) & 1 == 1 ? nil : level
            }
            #expect(Self.followers(holed).period(Self.first, Self.last)[.followers]?.growth == whole)
        }
    }

    @Test func `growth without a level near an end is that of the known days, and says so`() {
        let late = Self.followers([nil, nil, nil, nil, 140, 133, 150, 155]).period(Self.first, Self.last)
        #expect(late[.followers]?.growth == .init(opening: 140, change: 15, isPartial: true))
        let early = Self.followers([100, 104, 109]).period(Self.first, Self.last)
        #expect(early[.followers]?.growth == .init(opening: 100, change: 9, isPartial: true))
        let lone = Self.followers([nil, nil, 109]).period(Self.first, Self.last)
        #expect(lone[.followers]?.growth == nil)
    }

    @Test func `growth from nothing has no rate`() {
        let growth = Self.followers([0, 5, 9, 9, 9, 9, 9, 9]).period(Self.first, Self.last)[.followers]?.growth
        #expect(growth?.change == 9)
        #expect(growth?.rate == nil)
    }

    @Test func `a level of several days is the last one, with the least and the most`() {
        let week = Self.followers([100, 104, 90, 111, 140, 133, 150, 155]).period(Self.first, Self.last)
        let cell = week[.followers]
        #expect(cell?.value == 155)
        #expect(cell?.minimum == 90)
        #expect(cell?.maximum == 155)
        #expect(cell?.meanLevel == 126)
    }

    @Test func `sums of opening levels need every member's`() {
        let rows = [[100, 104, 109, 111, 140, 133, 150, 155], [nil, 10]].map {
            Self.followers($0).period(Self.first, Self.last)
        }
        let group = RollupRow.combined(rows, expected: 14, rules: .of(.x))
        #expect(group[.followers]?.value == 165)
        #expect(group[.followers]?.growth == nil)
    }

    // MARK: Posts and accounts

    @Test func `activity in a period is not the life of what was published in it`() {
        var old = SubjectFixture(.x)
        old.read(at: "2026-03-01T23:59:00Z", [.likes: 900])
        old.read(at: "2026-03-08T23:59:00Z", [.likes: 950])
        var young = SubjectFixture(.x, birth: Instant("2026-03-05T12:00:00Z"))
        young.read(at: "2026-03-08T23:59:00Z", [.likes: 70])
        young.read(at: "2026-03-20T23:59:00Z", [.likes: 170])
        let activity = RollupRow.combined(
            [old, young].map { $0.period(Self.first, Self.last) },
            expected: 14,
            rules: .of(.x)
        )
        #expect(activity.value(.likes) == 120)
        // The life of the one that was published in the week is its newest total.
        #expect(young.period("2026-03-05", "2026-03-20").value(.likes) == 170)
    }

    @Test func `an account's own figures and its posts' stay apart, and leave a remainder`() {
        // Adding them would count every view of a post twice.
        var account = SubjectFixture(.linkedin)
        account.read("2026-03-02", [.impressions: 1000])
        var post = SubjectFixture(.linkedin)
        post.read("2026-03-02", [.impressions: 800])
        let posts = RollupRow.combined([post.period(Self.first, Self.first)], expected: 1, rules: .of(.linkedin))
        let own = account.period(Self.first, Self.first)
        #expect(own.value(.impressions) == 1000)
        #expect(posts.value(.impressions) == 800)
        #expect(own.value(.impressions)! - posts.value(.impressions)! == 200)
    }

    @Test func `counts beyond two to the 31st and exact decimals survive every step`() {
        let large: Int64 = 4_000_000_000_000_000
        let week = Self.week((0..<7).map { _ in [.views: large, .watchTimeSeconds: 1_500] }, .youtube)
            .period(Self.first, Self.last)
        #expect(week.value(.views) == 7 * large)
        #expect(week.value(.watchTimeSeconds) == 10_500)
    }
}
