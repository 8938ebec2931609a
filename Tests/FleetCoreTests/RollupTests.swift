import FleetCore
import TestSupport
import Testing

@Suite("Current values and rollups")
struct RollupTests {
    private func source(_ time: Int64, _ job: UInt64 = 1) -> CurrentRow.Source {
        .init(fetchedAt: Instant(microseconds: time), job: UUID(high: job, low: 0))
    }

    @Test("the newest fetch wins, whatever the order of arrival", arguments: 0..<200)
    func newestWins(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var fetches: [(metrics: [MetricID], values: [Int64], source: CurrentRow.Source)] = []
        for index in 0..<12 {
            let metrics = (Int16(1)...8).map(MetricID.init(rawValue:)).filter { _ in Bool.random(using: &generator) }
            fetches.append(
                (
                    metrics, metrics.map { _ in Int64.random(in: 0...3, using: &generator) },
                    source(Int64.random(in: 0...5, using: &generator), UInt64(index))
                )
            )
        }
        var expected: [MetricID: (Int64, CurrentRow.Source)] = [:]
        for fetch in fetches.sorted(by: { $0.source < $1.source }) {
            for (metric, value) in zip(fetch.metrics, fetch.values) { expected[metric] = (value, fetch.source) }
        }
        var row = CurrentRow()
        for fetch in fetches.shuffled(using: &generator) + fetches.shuffled(using: &generator) {
            _ = row.merge(metrics: fetch.metrics, values: fetch.values, from: fetch.source)
        }
        #expect(row.entries.map(\.metric) == expected.keys.sorted())
        for entry in row.entries {
            #expect(entry.value == expected[entry.metric]?.0)
            #expect(entry.source == expected[entry.metric]?.1)
        }
    }

    @Test("the same reading again changes nothing and says so")
    func sameAgain() {
        var row = CurrentRow()
        let changes = [
            row.merge(metrics: [2, 1], values: [20, 10], from: source(5)),
            row.merge(metrics: [2, 1], values: [20, 10], from: source(5)),
            row.merge(metrics: [1], values: [99], from: source(4)),
            row.merge(metrics: [1], values: [11], from: source(6)),
        ]
        #expect(changes == [true, false, false, true])
        #expect(row.entries.map(\.metric) == [1, 2])
        #expect(row.sources == [source(5), source(6)])
    }

    @Test("a reading that names a metric twice keeps one of them")
    func twiceInOneReading() {
        var row = CurrentRow()
        _ = row.merge(metrics: [3, 1, 3], values: [1, 2, 5], from: source(1))
        #expect(row.entries.map(\.metric) == [1, 3])
        #expect(row.entries.map(\.value) == [2, 5])
    }

    @Test("a day shows the platform's own values, and last, least, most and sum of the levels read during it")
    func day() {
        var native = CurrentRow()
        _ = native.merge(metrics: [10, 11], values: [500, 0], from: source(2_000))
        var levels: [(start: Instant, row: CurrentRow)] = []
        for (time, value) in [(Int64(30), Int64(7)), (10, 9), (20, 4)] {
            var row = CurrentRow()
            _ = row.merge(metrics: [1, 10], values: [value, 1], from: source(time))
            levels.append((Instant(microseconds: time), row))
        }
        let rollup = RollupRow.day(native: native, levels: levels, end: Instant(microseconds: 1_000), lag: 500)
        #expect(rollup.state == .settled)
        #expect(rollup.cells.map(\.metric) == [1, 10, 11])
        let level = rollup.cells[0]
        #expect((level.value, level.count, level.sum, level.minimum, level.maximum) == (7, 3, 20, 4, 9))
        #expect(rollup.cells[1] == .init(metric: 10, value: 500))
        #expect(rollup.cells[2] == .init(metric: 11, value: 0))
    }

    @Test("a day is open until fetched after its end, provisional until fetched after the lag")
    func states() {
        let end = Instant(microseconds: 1_000)
        #expect(RollupRow.State(lastFetch: nil, end: end, lag: 500) == .open)
        #expect(RollupRow.State(lastFetch: Instant(microseconds: 999), end: end, lag: 500) == .open)
        #expect(RollupRow.State(lastFetch: Instant(microseconds: 1_000), end: end, lag: 500) == .provisional)
        #expect(RollupRow.State(lastFetch: Instant(microseconds: 1_499), end: end, lag: 500) == .provisional)
        #expect(RollupRow.State(lastFetch: Instant(microseconds: 1_500), end: end, lag: 500) == .settled)
    }

    @Test("a lone result is committed at once, a crowd waits for company, a full batch does not wait")
    func linger() {
        var policy = LingerPolicy(maximumBatch: 100, maximumLinger: 7, crowd: 500)
        #expect(policy.linger(waiting: 1) == 0)
        policy.committed(10, at: 0)
        policy.committed(10, at: 10_000_000)
        #expect(policy.linger(waiting: 1) == 7)
        #expect(policy.linger(waiting: 100) == 0)
        policy.committed(1, at: 30_000_000)
        #expect(policy.linger(waiting: 5) == 0)
    }
}
