import FleetCore
import Testing

@Suite struct RollupGroupTests {
    private let rules = MetricRules.of(.instagram)
    private let day = CivilDate("2026-11-18")!

    private func row(_ values: [MetricID: Int64], expected: Int32 = 1) -> RollupRow {
        let cells = values.keys.sorted().map { RollupRow.Cell(metric: $0, value: values[$0]!) }
        return RollupRow(cells: cells, state: .settled, expected: expected)
    }

    @Test func `a workspace expects a day of every account, whether it has figures or not`() {
        let rows = [row([.views: 5]), row([.views: 7])]
        let group = RollupRow.workspace(rows, level: .subject, dates: day...day, accounts: 3, rules: rules)
        #expect(group[.views]?.value == 12)
        #expect((group[.views]?.count, group.expected) == (2, 3))
        let week = RollupRow.workspace(rows, level: .subject, dates: day...day + 6, accounts: 3, rules: rules)
        #expect(week.expected == 21)
    }

    @Test func `distinct people of several accounts are bounds, never a sum`() {
        let rows = [row([.reach: 80]), row([.reach: 50])]
        let group = RollupRow.workspace(rows, level: .subject, dates: day...day, accounts: 2, rules: rules)
        #expect(group[.reach]?.known == nil)
        #expect((group[.reach]?.maximum, group[.reach]?.sum) == (80, 130))
        let youtube = MetricRules.of(.youtube)
        let without = RollupRow.workspace(rows, level: .subject, dates: day...day, accounts: 2, rules: youtube)
        #expect(without[.reach]?.flags.contains(.bounded) == false)
    }

    @Test func `of a day's levels a group takes the last one`() {
        var level = row([.followers: 30])
        level.cells[0].count = 3
        (level.cells[0].sum, level.cells[0].minimum) = (80, 20)
        let group = RollupRow.workspace(
            [level, row([.followers: 5])],
            level: .subject,
            dates: day...day,
            accounts: 2,
            rules: rules
        )
        #expect(group[.followers]?.value == 35)
        #expect(group[.followers]?.count == 2, "two days, not four readings")
    }

    @Test func `posts published are counted beside the figures of posts, and alone`() {
        let both = RollupRow.posts([row([.views: 5])], dates: day...day, published: 2, rules: rules)
        #expect(both[.postsPublished]?.value == 2 && both[.views]?.value == 5)
        let alone = RollupRow.posts([], dates: day...day + 6, published: 1, rules: rules)
        #expect((alone[.postsPublished]?.count, alone.expected) == (7, 7))
        #expect(RollupRow.posts([], dates: day...day, published: 0, rules: rules).cells.isEmpty)
    }

    @Test func `posts without figures are not expected to have any`() {
        let rows = [row([.views: 5], expected: 7), row([.views: 5], expected: 7)]
        let group = RollupRow.posts(rows, dates: day...day + 6, published: 0, rules: rules)
        #expect(group.expected == 14)
    }

    @Test func `the roller waits for calm, but not for ever`() {
        let pace = RollupPace(calm: 10, linger: 100)
        #expect(pace.wait(first: 0, last: 0, now: 4) == 6)
        #expect(pace.wait(first: 0, last: 50, now: 55) == 5)
        #expect(pace.wait(first: 0, last: 99, now: 99) == 1)
        #expect(pace.wait(first: 0, last: 500, now: 500) <= 0)
    }

    @Test func `a bucket that differs from its members is found`() {
        var audit = GroupAudit(.workspace(3, .subject), .instagram, .day, day)
        audit.members = [row([.views: 5])]
        audit.count = 1
        func report() -> AuditReport {
            var report = AuditReport()
            audit.examine(into: &report)
            return report
        }
        #expect(report().problems == ["different: the rollup of workspace 3 for 2026-11-18 is missing"])
        audit.stored = RollupRow.workspace(audit.members, level: .subject, dates: day...day, accounts: 1, rules: rules)
        #expect(report().isClean)
        audit.stored?.expected = 2
        #expect(report().different == 1)
        audit.members = []
        #expect(report().problems == ["different: the rollup of workspace 3 for 2026-11-18 rests on no figures"])
    }
}
