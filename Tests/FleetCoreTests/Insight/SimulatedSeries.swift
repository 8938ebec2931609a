import FleetCore
import Glibc
import TestSupport

/// Made-up daily counts: a habit of the week, a level that wanders slowly, noise of 22 percent, and counting noise.
struct SimulatedSeries {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func normal() -> Double {
        let first = Double.random(in: 1e-12..<1, using: &generator)
        let second = Double.random(in: 0..<1, using: &generator)
        return (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
    }

    /// The next series, of so many days.
    mutating func next(mean: Double, days: Int) -> [Int64] {
        var level = log(mean)
        let habit = (0..<7).map { _ in 0.3 * normal() }
        return (0..<days).map { day in
            level += 0.02 * normal()
            let expected = exp(level + habit[day % 7] + 0.22 * normal())
            return Int64(max(0, expected + expected.squareRoot() * normal()).rounded())
        }
    }
}
