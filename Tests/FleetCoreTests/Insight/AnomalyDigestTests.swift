import FleetCore
import Testing

/// What people are told of many anomalies.
@Suite struct AnomalyDigestTests {
    private static let day = CivilDate("2026-03-04")!

    private static func finding(
        _ account: Int64,
        workspace: Int64 = 1,
        _ metric: MetricID = .views,
        score: Double = -7,
        platform: PlatformName = .instagram,
        day: CivilDate = day
    ) -> AnomalyDigest.Finding {
        AnomalyDigest.Finding(
            account: account,
            workspace: workspace,
            platform: platform,
            metric: metric,
            anomaly: Anomaly(kind: .day, days: day...day, observed: 10, expected: 100, score: score)
        )
    }

    private static let judged = [AnomalyDigest.Population(platform: .instagram, day: day): 500]

    @Test func `a day that hits five hundred accounts is one incident, not five hundred alerts`() {
        let findings = (1...500).map { Self.finding($0, workspace: $0 % 7, $0 % 2 == 0 ? .views : .likes) }
        let digest = AnomalyDigest(findings, judged: Self.judged)
        #expect(digest.findings.isEmpty)
        #expect(digest.omitted == 0)
        #expect(digest.incidents.count == 1)
        #expect(digest.incidents[0].accounts == 500)
        #expect(digest.incidents[0].metrics == [.views, .likes])
        #expect(digest.incidents[0].isFall)
        #expect(digest.incidents[0].severity == .paged)
    }

    @Test func `what few of many accounts have stays with them, and so does what goes the other way`() {
        let few = AnomalyDigest((1...90).map { Self.finding($0, workspace: $0) }, judged: Self.judged)
        #expect(few.incidents.isEmpty)
        #expect(few.findings.count == 90)
        let falls = (1...200).map { Self.finding($0) }
        let others = [Self.finding(7, score: 5), Self.finding(8, platform: .x), Self.finding(9, day: Self.day + 1)]
        let mixed = AnomalyDigest(falls + others, judged: Self.judged)
        #expect(mixed.incidents.count == 1)
        #expect(mixed.findings.map(\.account) == [8, 7, 9])
    }

    @Test func `four accounts are no platform`() {
        let digest = AnomalyDigest((1...4).map { Self.finding($0) }, judged: [:])
        #expect(digest.incidents.isEmpty)
    }

    @Test func `a workspace hears the most important of a day, headline figures first`() {
        var options = AnomalyDigest.Options()
        options.mostPerDay = 2
        let findings = [
            Self.finding(1, .linkClicks, score: 30), Self.finding(2, .views, score: -5),
            Self.finding(3, .views, score: 9),
            Self.finding(4, workspace: 2, .linkClicks, score: 4.5),
        ]
        let digest = AnomalyDigest(findings, judged: Self.judged, options: options)
        #expect(digest.findings.map(\.account) == [3, 2, 4])
        #expect(digest.findings.map(\.severity) == [.paged, .notified, .listed])
        #expect(digest.omitted == 1)
    }

    @Test func `a purge of nineteen percent is one event with what was lost`() {
        let changes = (Int64(1)...40).map { account in
            PurgeDay.Change(
                account: account,
                platform: .instagram,
                metric: .followers,
                day: Self.day,
                opening: 1000,
                change: account <= 30 ? -190 : 3
            )
        }
        let purges = PurgeDay.all(in: changes)
        #expect(purges.count == 1)
        #expect(purges[0].accounts == 30)
        #expect(purges[0].known == 40)
        #expect(purges[0].opening == 30_000)
        #expect(purges[0].lost == 5_700)
        #expect(PurgeDay.all(in: changes.filter { $0.account > 28 }).isEmpty)
    }
}
