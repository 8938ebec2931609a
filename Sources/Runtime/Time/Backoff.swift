/// How long to wait before trying again: a curve that grows to a cap, and full jitter under it.
///
/// Pure: the attempt's number and the random generator are passed in.
public struct Backoff: Sendable, Equatable {
    /// The curve's value for the first attempt.
    public let base: Duration
    /// What each further attempt multiplies it by, at least 1.
    public let factor: Double
    /// The curve's highest value.
    public let cap: Duration
    /// The shortest wait, however the dice fall.
    public let floor: Duration

    /// Traps unless 0 ≤ `floor` ≤ `base` ≤ `cap` and `factor` ≥ 1.
    public init(base: Duration, factor: Double = 2, cap: Duration, floor: Duration = .zero) {
        precondition(
            floor >= .zero && floor <= base && base <= cap,
            "a backoff needs floor, base and cap in this order"
        )
        precondition(factor >= 1, "a backoff that shrinks would end in a storm")
        self.base = base
        self.factor = factor
        self.cap = cap
        self.floor = floor
    }

    /// For connections to our own services: 100 ms doubling to 30 s.
    public static let connection = Backoff(base: .milliseconds(100), cap: .seconds(30), floor: .milliseconds(20))

    /// The longest wait before attempt `attempt` (1 is the first retry); never falls as attempts grow.
    public func curve(attempt: Int) -> Duration {
        var value = base.inSeconds
        let limit = cap.inSeconds
        for _ in 1..<max(attempt, 1) {
            value *= factor
            if value >= limit || factor == 1 { break }
        }
        return value >= limit ? cap : .nanoseconds(Int64(value * 1e9))
    }

    /// The wait before attempt `attempt`: evenly spread between `floor` and the curve.
    public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let longest = curve(attempt: attempt).wholeNanoseconds
        return .nanoseconds(Int64.random(in: min(floor.wholeNanoseconds, longest)...longest, using: &generator))
    }
}
