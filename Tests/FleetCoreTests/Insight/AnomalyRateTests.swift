import FleetCore
import TestSupport
import Testing

/// How often methods call a day unusual that is not, and how often they find one that is, on made-up years. The rates are
/// those that docs/anomalies.md quotes.
@Suite struct AnomalyRateTests {
    private static let warmUp = 84
    private static let year = 364
    private static let count = 60
    private static let first = CivilDate("2025-01-01")!

    /// Always the same series, half of them of about 60 a day and half of about 300.
    private static let all: [[Int64]] = {
        var simulation = SimulatedSeries(seed: 7)
        return (0..<count).map { simulation.next(mean: $0 % 2 == 0 ? 60 : 300, days: warmUp + year) }
    }()

    /// Counts what reaches 4, 5 and 6 deviations.
    private static func tally(_ anomaly: Anomaly, into counts: inout [Double]) {
        guard anomaly.kind == .day else { return }
        for threshold in 4...6 where abs(anomaly.score) >= Double(threshold) { counts[threshold - 4] += 1 }
    }

    @Test func `false alarms per series and year stay at the measured rates`() {
        var counts = [0.0, 0, 0]
        for values in Self.all {
            let series = DailySeries(first: Self.first, values: values)
            for anomaly in AnomalyDetector().anomalies(in: series, from: Self.first + Self.warmUp) {
                Self.tally(anomaly, into: &counts)
            }
        }
        let rates = counts.map { $0 / Double(Self.count) }
        #expect((1.7...3.6).contains(rates[0]), "4 deviations: \(rates[0])")
        #expect((0.25...1.1).contains(rates[1]), "5 deviations: \(rates[1])")
        #expect((0...0.3).contains(rates[2]), "6 deviations: \(rates[2])")
    }

    /// The share of changed days that are found at 4, 5 and 6 deviations.
    private static func found(_ change: (Int64) -> Int64) -> [Double] {
        var counts = [0.0, 0, 0]
        var trials = 0.0
        for values in all.prefix(30) {
            for index in stride(from: warmUp + 5, to: values.count, by: 41) {
                let window = index - 63
                var changed = Array(values[window...index])
                changed[63] = change(values[index])
                let series = DailySeries(first: first + window, values: changed)
                trials += 1
                for anomaly in AnomalyDetector().anomalies(in: series, from: first + index) {
                    tally(anomaly, into: &counts)
                }
            }
        }
        return counts.map { $0 / trials }
    }

    @Test func `a day of three times as many is found at the measured rates`() {
        let shares = Self.found { $0 * 3 }
        #expect((0.6...0.93).contains(shares[0]), "\(shares)")
        #expect((0.35...0.75).contains(shares[1]), "\(shares)")
        #expect((0.15...0.55).contains(shares[2]), "\(shares)")
    }

    @Test func `a fall to a fifth and a day of nothing are nearly always found`() {
        let fifth = Self.found { $0 / 5 }
        #expect(fifth[0] >= 0.94, "\(fifth)")
        #expect(fifth[1] >= 0.82, "\(fifth)")
        #expect((0.6...0.96).contains(fifth[2]), "\(fifth)")
        #expect(Self.found { _ in 0 } == [1, 1, 1])
    }

    // MARK: What others do

    private static func isFar(_ value: Double, _ window: [Double]) -> Bool {
        let mean = window.reduce(0, +) / Double(window.count)
        let squares = window.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return abs(value - mean) > 3 * (squares / Double(window.count - 1)).squareRoot()
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private static func isFarFromWeekday(_ value: Double, _ window: [Double]) -> Bool {
        let centre = median(window)
        return abs(value - centre) > 3.5 * 1.4826 * median(window.map { abs($0 - centre) })
    }

    /// Alarms per series and year, and the shares found of tripled days, of fifths and of zeros.
    private static func rates(
        _ isUnusual: (Int, Double, [Double]) -> Bool
    ) -> (alarms: Double, triple: Double, fifth: Double, zero: Double) {
        var counts = [0.0, 0, 0, 0]
        var days = 0.0
        for values in all {
            let values = values.map { Double($0) }
            for index in warmUp..<values.count {
                days += 1
                let changes = [values[index], values[index] * 3, values[index] / 5, 0]
                for (position, value) in changes.enumerated() where isUnusual(index, value, values) {
                    counts[position] += 1
                }
            }
        }
        return (counts[0] / Double(count), counts[1] / days, counts[2] / days, counts[3] / days)
    }

    @Test func `mean and deviation miss most falls`() {
        let rates = Self.rates { Self.isFar($1, Array($2[($0 - 28)..<$0])) }
        #expect((2.8...5.6).contains(rates.alarms), "\(rates)")
        #expect((0.65...0.9).contains(rates.triple), "\(rates)")
        #expect((0.02...0.2).contains(rates.fifth), "\(rates)")
        #expect((0.2...0.7).contains(rates.zero), "\(rates)")
    }

    @Test func `a tested day inside its own window hides itself`() {
        let rates = Self.rates { index, value, values in
            Self.isFar(value, Array(values[(index - 27)..<index]) + [value])
        }
        #expect((0.6...2.6).contains(rates.alarms), "\(rates)")
        #expect(rates.fifth < 0.03, "\(rates)")
        #expect(rates.zero < 0.12, "\(rates)")
    }

    @Test func `eight days of a weekday cry wolf`() {
        let rates = Self.rates { index, value, values in
            Self.isFarFromWeekday(value, stride(from: index - 56, to: index, by: 7).map { values[$0] })
        }
        #expect((16...26).contains(rates.alarms), "\(rates)")
        #expect((0.85...0.98).contains(rates.triple), "\(rates)")
    }
}
