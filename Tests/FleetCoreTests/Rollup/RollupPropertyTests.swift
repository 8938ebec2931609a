import FleetCore
import TestSupport
import Testing

/// Ten thousand generated histories, delivered in disorder, against a plain recomputation from the list of fetches.
@Suite struct RollupPropertyTests {
    private static let shards = 20
    private static let histories = 500

    @Test(arguments: 0..<shards)
    func `deliveries in any order, twice, late and through crashes give the rows of a plain recomputation`(shard: Int) {
        for index in 0..<Self.histories {
            let seed = UInt64(shard * Self.histories + index)
            if let fault = Self.fault(seed) {
                Issue.record("history \(seed): \(fault)")
                return
            }
        }
    }

    private static func fault(_ seed: UInt64) -> String? {
        var generator = SeededGenerator(seed: seed &+ 1 << 40)
        let history = GeneratedHistory(seed: seed)
        let plain = PlainRollup(history)
        var store = MemoryStore()
        store.deliver(history.fetches, &generator)
        let subject = SubjectFixture(history.platform, rows: store.rows, birth: history.birth)
        let all = (history.first - 1)...(history.first + history.days)
        let days = subject.days(all)
        let wanted = all.map { ($0, plain.day($0)) }.filter { !$0.1.cells.isEmpty }
        guard days.map(\.day) == wanted.map(\.0) else { return "other days have figures" }
        for ((day, row), (_, expected)) in zip(days, wanted) {
            if let fault = difference(row, expected) { return "\(day): \(fault)" }
        }
        let middle = history.first + history.days / 2
        let low = history.first + Int.random(in: 0..<history.days, using: &generator)
        let dates =
            switch seed % 10 {
            case 0: Grain.month.dates(around: middle)
            case 1: Grain.weekFromSunday.dates(around: middle)
            case 2...5: Grain.weekFromMonday.dates(around: middle)
            default: low...(low + Int.random(in: 0...4, using: &generator))
            }
        let natives: [MetricID: Int64] = Bool.random(using: &generator) && dates.count > 1 ? [.reach: 777] : [:]
        let row = RollupRow.period(days, dates: dates, natives: natives, rules: .of(history.platform))
        return difference(row, plain.period(dates, natives: natives)).map { "\(dates): \($0)" }
    }

    private static func difference(_ row: RollupRow, _ wanted: RollupRow) -> String? {
        if row == wanted { return nil }
        for cell in wanted.cells where row[cell.metric] != cell {
            return "\(cell.metric.name) is \(row[cell.metric].map { "\($0)" } ?? "missing"), should be \(cell)"
        }
        if row.cells.count != wanted.cells.count { return "there are \(row.cells.map(\.metric.name))" }
        return "state \(row.state) should be \(wanted.state), expected \(row.expected) should be \(wanted.expected)"
    }

    @Test(arguments: 0..<10)
    func `roll-ups of roll-ups equal roll-ups of raw readings for everything that adds up`(shard: Int) {
        for index in 0..<20 {
            let seed = UInt64(1_000_000 + shard * 20 + index)
            let first = CivilDate("2026-03-02")!
            let histories = (0..<3).map {
                GeneratedHistory(seed: seed &* 31 &+ UInt64($0), platform: .instagram, first: first, days: 12)
            }
            var generator = SeededGenerator(seed: seed)
            let dates = first...(first + 6)
            var rows: [RollupRow] = []
            var totals: [MetricID: Int64] = [:]
            for history in histories {
                var store = MemoryStore()
                store.deliver(history.fetches, &generator)
                let subject = SubjectFixture(.instagram, rows: store.rows, birth: history.birth)
                rows.append(subject.period(dates))
                for (metric, cell) in PlainRollup(history).stretch(dates, natives: [:]) {
                    totals[metric, default: 0] += cell.value
                }
            }
            let group = RollupRow.combined(rows, expected: 21, rules: .of(.instagram))
            for metric in [MetricID.views, .shares, .likes, .comments, .followers] {
                #expect(group.value(metric) == totals[metric], "history \(seed), \(metric.name)")
            }
            // Three groups of one are the same as one group of three.
            let nested = RollupRow.combined(
                rows.map { RollupRow.combined([$0], expected: 7, rules: .of(.instagram)) },
                expected: 21,
                rules: .of(.instagram)
            )
            for metric in [MetricID.views, .shares, .likes, .comments, .followers, .avgWatchSeconds] {
                #expect(nested[metric]?.value == group[metric]?.value)
            }
        }
    }

    @Test func `sums and quotients of fixed-point numbers are exact to the last digit`() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<2_000 {
            let numerator = Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)
            let denominator = Int64.random(in: 1...1_000_000, using: &generator)
            let exact = PlainRollup.nearest(Int128(numerator) * 1_000_000, Int128(denominator))
            #expect(FixedPoint.quotient(numerator, denominator, scale: 6) == exact)
            let mean = Int64.random(in: 0...1 << 50, using: &generator)
            let product = PlainRollup.nearest(Int128(mean) * Int128(denominator), 1_000_000)
            #expect(FixedPoint.product(mean: mean, scale: 9, weight: denominator) == product)
        }
        #expect(FixedPoint.quotient(1, 0, scale: 3) == nil)
        #expect(FixedPoint.quotient(1, -5, scale: 3) == nil)
        #expect(FixedPoint.quotient(.max, 1, scale: 15) == nil)
        #expect(FixedPoint.product(mean: .max, scale: 0, weight: .max) == nil)
        #expect(FixedPoint.product(mean: .max, scale: 12, weight: .max) == nil)
        #expect(FixedPoint.quotient(5, 10, scale: 0) == 0)
        #expect(FixedPoint.quotient(15, 10, scale: 0) == 2)
        #expect(FixedPoint.quotient(-15, 10, scale: 0) == -2)
    }
}
