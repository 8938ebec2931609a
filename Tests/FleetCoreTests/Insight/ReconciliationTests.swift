import FleetCore
import Testing

/// Figures that come from different places and should agree.
@Suite struct ReconciliationTests {
    private static let monday = CivilDate("2026-03-02")!
    private static let week = monday...(monday + 6)

    private static func account(_ platform: PlatformName = .x) -> Reconciliation {
        Reconciliation(platform: platform, dates: (monday - 3)...(monday + 12))
    }

    private static func days(_ values: [Int64]) -> [CivilDate: Int64] {
        Dictionary(uniqueKeysWithValues: values.enumerated().map { (monday + $0.offset, $0.element) })
    }

    private static func levels(
        _ platform: PlatformName,
        _ opening: Int64,
        _ closing: Int64,
        late hours: Int = 0
    ) -> [Reconciliation.Level] {
        [(monday, opening), (monday + 7, closing)].map { date, value in
            Reconciliation.Level(at: platform.dayZone.startOfDay(date) + .seconds(hours * 3600), value: value)
        }
    }

    private static func only(_ account: Reconciliation) -> Reconciliation.Finding? {
        account.findings.count == 1 ? account.findings[0] : nil
    }

    @Test func `the days of a counter add up to the difference of its total`() throws {
        var account = Self.account()
        account.days[.views] = Self.days([100, 100, 100, 100, 100, 100, 100])
        account.levels[.views] = Self.levels(.x, 5000, 5700)
        let right = try #require(Self.only(account))
        #expect(right.check == .total && right.remainder == 0 && !right.isMismatch)
        account.days[.views]![Self.monday + 2] = 400
        let wrong = try #require(Self.only(account))
        #expect(wrong.days == Self.week)
        #expect(wrong.remainder == 300 && wrong.isMismatch)
    }

    @Test func `readings away from the boundary allow for what happened meanwhile`() throws {
        var account = Self.account()
        account.days[.views] = Self.days([100, 100, 100, 100, 100, 100, 100])
        account.levels[.views] = Self.levels(.x, 5030, 5650, late: 6)
        let finding = try #require(Self.only(account))
        #expect(finding.remainder == 80)
        #expect(finding.tolerance == 6 + 10 + 50)
        account.levels[.views] = Self.levels(.x, 5030, 5650, late: 25)
        #expect(account.findings.isEmpty)
    }

    @Test func `a week with a gap is not compared`() {
        var account = Self.account()
        account.days[.views] = Self.days([100, 100, 100, 100, 100, 100])
        account.levels[.views] = Self.levels(.x, 0, 9000)
        #expect(account.findings.isEmpty)
    }

    @Test func `follows less unfollows are the change of followers, the rest is the platform's correction`() throws {
        var account = Self.account(.facebook)
        account.days[.followersGained] = Self.days([10, 10, 10, 10, 10, 10, 10])
        account.days[.followersLost] = Self.days([1, 1, 1, 1, 1, 1, 1])
        account.levels[.followers] = Self.levels(.facebook, 10_000, 10_058)
        let small = try #require(Self.only(account))
        #expect(small.check == .followers)
        #expect(small.found == 63 && small.lower == 58 && small.remainder == 5)
        #expect(!small.isMismatch)
        account.levels[.followers] = Self.levels(.facebook, 10_000, 8_100)
        let purge = try #require(Self.only(account))
        #expect(purge.remainder == 63 + 1900 && purge.isMismatch)
    }

    @Test func `without unfollows nothing is said, except where follows are net`() {
        var account = Self.account(.instagram)
        account.days[.followersGained] = Self.days([10, 10, 10, 10, 10, 10, 10])
        account.levels[.followers] = Self.levels(.instagram, 100, 170)
        #expect(account.findings.isEmpty)
        var net = Self.account(.linkedin)
        net.days[.followersGained] = Self.days([10, -10, 10, 10, 10, 10, 10])
        net.levels[.followers] = Self.levels(.linkedin, 100, 150)
        #expect(Self.only(net)?.remainder == 0)
    }

    @Test func `people of a week are at least those of the best day and at most those of all days`() throws {
        var account = Self.account(.instagram)
        account.days[.reach] = Self.days([100, 200, 300, 100, 100, 100, 100])
        account.natives = [.init(metric: .reach, days: Self.week, value: 640)]
        #expect(try #require(Self.only(account)).isMismatch == false)
        account.natives[0].value = 250
        let low = try #require(Self.only(account))
        #expect(low.remainder == -50 && low.isMismatch)
        account.natives[0].value = 1200
        #expect(try #require(Self.only(account)).remainder == 200)
    }

    @Test func `posts have no more than their account, and less is no fault`() throws {
        var account = Self.account(.instagram)
        account.days[.views] = Self.days([100, 100, 100, 100, 100, 100, 100])
        account.posts[.views] = Self.days([60, 60, 60, 60, 60, 60, 60])
        let residual = try #require(Self.only(account))
        #expect(residual.upper - residual.found == 280)
        #expect(residual.remainder == 0)
        account.posts[.views] = Self.days([300, 300, 300, 300, 300, 300, 300])
        let wrong = try #require(Self.only(account))
        #expect(wrong.remainder == 1400 && wrong.isMismatch)
    }

    // MARK: Repairs

    private static func mismatch(_ first: CivilDate, repairs: Int = 0, on day: CivilDate? = nil) -> RepairPlan.Case {
        let finding = Reconciliation.Finding(
            check: .total,
            metric: .views,
            days: first...(first + 6),
            found: 1,
            lower: 100,
            upper: 100,
            tolerance: 10
        )
        return RepairPlan.Case(finding: finding, repairs: repairs, repairedOn: day)
    }

    private static func plan(_ cases: [RepairPlan.Case], perJob: Int = 30, history: Int = 400) -> [RepairPlan.Order] {
        RepairPlan(cases, today: monday + 20, daysPerJob: perJob, historyDays: history).orders
    }

    @Test func `two mismatches of a week are one job for its days`() {
        let orders = Self.plan([Self.mismatch(Self.monday), Self.mismatch(Self.monday)])
        #expect(orders.map(\.last) == [Self.monday + 6])
        #expect(orders.map(\.days) == [7])
        #expect(orders.map(\.cases) == [[0, 1]])
    }

    @Test func `a job covers no more days than the platform's calls do`() {
        let orders = Self.plan([Self.mismatch(Self.monday)], perJob: 3)
        #expect(orders.map(\.days) == [3, 3, 1])
        #expect(orders.map(\.last) == [2, 5, 6].map { Self.monday + $0 })
    }

    @Test func `each mismatch is asked for once a day, and five times at most`() {
        #expect(Self.plan([Self.mismatch(Self.monday, repairs: 1, on: Self.monday + 20)]).isEmpty)
        #expect(Self.plan([Self.mismatch(Self.monday, repairs: 1, on: Self.monday + 19)]).count == 1)
        #expect(Self.plan([Self.mismatch(Self.monday, repairs: 5, on: Self.monday + 10)]).isEmpty)
    }

    @Test func `days that the platform forgot, and today, are not asked for`() {
        #expect(Self.plan([Self.mismatch(Self.monday)], history: 10).isEmpty)
        let partly = Self.plan([Self.mismatch(Self.monday)], history: 17)
        #expect(partly.map(\.last) == [Self.monday + 6])
        #expect(partly.map(\.days) == [4])
        #expect(Self.plan([Self.mismatch(Self.monday + 16)]).map(\.last) == [Self.monday + 19])
    }
}
