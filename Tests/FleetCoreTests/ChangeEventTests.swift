import FleetCore
import JSON
import Testing

@Suite struct ChangeEventTests {
    static func bucket(_ cells: [RollupRow.Cell], generation: Int32 = 7) -> StoredBucket {
        StoredBucket(
            workspace: 3,
            platform: "instagram",
            scope: .account,
            account: 12,
            subject: 12,
            grain: .day,
            start: Instant("2026-11-18T08:00:00Z")!,
            end: Instant("2026-11-19T08:00:00Z")!,
            day: CivilDate("2026-11-18")!,
            generation: generation,
            changedAt: Instant("2026-11-20T01:02:03.000004Z")!,
            row: RollupRow(cells: cells, state: .provisional)
        )
    }

    static let event = ChangeEvent(bucket([.init(metric: .views, value: 18_234)]))

    @Test func `the id names workspace, bucket and generation, and the rest follows from the bucket`() {
        let event = Self.event
        #expect(event.id == "3/instagram/account/12/day/2026-11-18T08:00:00Z/7")
        #expect(event.partitionKey == "3/instagram/account/12/day/2026-11-18T08:00:00Z")
        #expect(event.routingKey == "3.instagram.day.account")
        #expect(event.source == "/flotilla/3" && event.subject == "12" && event.sequence == "0000000007")
        #expect(event == ChangeEvent(Self.bucket([.init(metric: .views, value: 18_234)])))
        #expect(event.id.utf8.count < 256)
    }

    @Test func `sequences of one bucket sort as its generations do`() {
        let generations: [Int32] = [1, 2, 9, 10, 99, 100, .max]
        let sequences = generations.map { ChangeEvent(Self.bucket([], generation: $0)).sequence }
        #expect(sequences == sequences.sorted())
    }

    @Test func `the data say state, coverage, unit, flags and exact values`() throws {
        var rate = RollupRow.Cell(metric: .engagementRateByViews, value: 123_456_789_012_345)
        (rate.sum, rate.weight) = (17, 138)
        var reach = RollupRow.Cell(metric: .reach, value: 900)
        (reach.count, reach.sum, reach.maximum, reach.flags) = (2, 1700, 900, [.undefined, .bounded])
        let data = try JSONValue(
            parsing: ChangeEvent(Self.bucket([.init(metric: .views, value: .max), reach, rate])).data()
        )
        #expect(data["state"]?.string == "provisional" && data["zone"]?.string == "America/Los_Angeles")
        let metrics = try #require(data["metrics"])
        #expect(metrics["views"]?["value"]?.int64 == .max && metrics["views"]?["coverage"]?.int64 == 1)
        #expect(metrics["views"]?["unit"]?.string == "count" && metrics["views"]?["sum"] == nil)
        #expect(metrics["reach"]?["value"] == .null)
        #expect(metrics["reach"]?["lower"]?.int64 == 900 && metrics["reach"]?["upper"]?.int64 == 1700)
        #expect(metrics["reach"]?["flags"]?.array?.compactMap(\.string) == ["undefined", "bounded"])
        #expect(metrics["engagement_rate_by_views"]?["value"]?.number?.text == "0.123456789012345")
        #expect(metrics["engagement_rate_by_views"]?["denominator"]?.int64 == 138)
    }

    @Test func `a bucket that is gone is told of as removed`() throws {
        let event = ChangeEvent(Self.bucket([]))
        #expect(event.kind == .removed)
        #expect(try JSONValue(parsing: event.data())["metrics"]?.object?.isEmpty == true)
    }

    @Test(arguments: [
        ("#", "3.x.day.account", true), ("3.#", "3.x.day.account", true), ("*.x.*.*", "3.x.day.account", true),
        ("3.*", "3.x.day.account", false), ("3.x.day.account.#", "3.x.day.account", true),
        ("#.account", "3.x.day.account", true),
        ("4.#", "3.x.day.account", false), ("*.#.post", "3.x.day.account", false), ("", "", true), ("*", "", true),
    ])
    func `patterns fit keys as topic exchanges decide`(_ pattern: String, _ key: String, _ fits: Bool) {
        #expect(TopicPattern(pattern).matches(key) == fits)
    }
}
