import FleetCore
import Testing

/// What the detector says, and what it keeps to itself.
@Suite struct AnomalyTests {
    private static let first = CivilDate("2026-01-05")!
    private static let detector = AnomalyDetector()

    /// So many days of a steady habit: half as much on Sundays, a little up and down.
    private static func steady(_ days: Int, level: Int64 = 100) -> [Int64?] {
        (0..<days).map { day in
            let habit = day % 7 == 6 ? level / 2 : level
            return habit + Int64(day * 7 % 11) - 5
        }
    }

    private static func found(_ values: [Int64?]) -> [Anomaly] {
        detector.anomalies(in: DailySeries(first: first, values: values))
    }

    @Test func `a steady habit is not unusual, Sundays neither`() {
        #expect(Self.found(Self.steady(180)).isEmpty)
    }

    @Test func `a day of four times as many is found, with what was expected`() throws {
        var values = Self.steady(90)
        values[80] = 400
        let anomaly = try #require(Self.found(values).first)
        #expect(Self.found(values).count == 1)
        #expect(anomaly.kind == .day)
        #expect(anomaly.days == (Self.first + 80)...(Self.first + 80))
        #expect(anomaly.observed == 400)
        #expect((90...110).contains(anomaly.expected))
        #expect(anomaly.severity == .paged)
        #expect(anomaly.change! > 2)
    }

    @Test func `four weeks of history come before the first judgement`() {
        var values = Self.steady(28)
        values[27] = 900
        #expect(Self.found(values).isEmpty)
        values = Self.steady(29)
        values[28] = 900
        #expect(Self.found(values).count == 1)
    }

    @Test func `a gap is not a fall, and gaps are no history`() {
        var values = Self.steady(90)
        for index in 70..<80 { values[index] = nil }
        #expect(Self.found(values).isEmpty)
        for index in 40..<80 { values[index] = nil }
        values[85] = 900
        #expect(Self.found(values).isEmpty)
    }

    @Test func `an anomaly of the past does not make the next one usual`() {
        var values = Self.steady(120)
        for index in [80, 87, 94, 101] { values[index] = 500 }
        #expect(Self.found(values).count == 4)
        var once = Self.steady(120)
        once[80] = 5_000
        #expect(Self.found(once).count == 1)
    }

    @Test func `effects below a quarter and below ten are not told, whatever the deviations`() {
        let steady = [Int64?](repeating: 1_000_000, count: 60)
        #expect(Self.found(steady + [1_240_000]).isEmpty)
        #expect(Self.found(steady + [1_400_000]).count == 1)
        let few = [Int64?](repeating: 12, count: 60)
        #expect(Self.found(few + [3]).isEmpty)
    }

    @Test func `below ten a day, weeks are judged instead of days`() throws {
        var values = (0..<98).map { Int64?(Int64($0 * 3 % 5)) }
        values[93] = 9
        #expect(Self.found(values).isEmpty)
        for index in 91..<98 { values[index] = 9 }
        let anomaly = try #require(Self.found(values).first)
        #expect(anomaly.kind == .week)
        #expect(anomaly.days == (Self.first + 91)...(Self.first + 97))
        #expect(anomaly.observed == 63)
    }

    @Test func `a slow drift is told once, until it has calmed`() {
        var values = Self.steady(70, level: 1000)
        for day in 0..<30 {
            let factor = max(1 - 0.015 * Double(day + 1), 0.78)
            values.append(Int64(Double(day % 7 == 6 ? 500 : 1000) * factor))
        }
        let drifts = Self.found(values).filter { $0.kind == .drift }
        #expect(drifts.count == 1)
        #expect(drifts.allSatisfy { $0.score < 0 })
    }

    @Test func `a purge is far below zero, and levels are judged by their changes`() throws {
        var level: Int64 = 100_000
        var levels: [Int64?] = []
        for day in 0..<60 {
            level += 40 + Int64(day * 7 % 11)
            if day == 55 { level -= 19_000 }
            levels.append(level)
        }
        let changes = DailySeries(first: Self.first, values: levels).changes
        let anomaly = try #require(Self.detector.anomalies(in: changes).first)
        #expect(anomaly.days.lowerBound == Self.first + 55)
        #expect(anomaly.observed < -18_000)
        #expect(anomaly.severity == .paged)
    }

    @Test func `days that are given in any order make a series with gaps`() {
        let days: [(day: CivilDate, value: Int64)] = [(Self.first + 2, 7), (Self.first, 5)]
        let series = DailySeries(days)
        #expect(series == DailySeries(first: Self.first, values: [5, nil, 7]))
        #expect(series?.changes.values == [nil, nil, nil])
        #expect(DailySeries(days.filter { $0.value > 9 }) == nil)
    }
}
