internal import Synchronization

/// A number that only grows. Names end in `_total`.
public final class Counter: Sendable {
    private let whole = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    init() {}

    /// Adds a count. Traps on a negative one.
    public func increment(by count: Int = 1) {
        precondition(count >= 0, "a counter cannot fall")
        whole.wrappingAdd(Int64(count), ordering: .relaxed)
    }

    /// Adds a span of time, for counters of seconds.
    public func add(_ duration: Duration) { fraction.add(max(0, duration.inSeconds)) }

    /// The sum so far.
    public var value: Double { Double(whole.load(ordering: .relaxed)) + fraction.value }
}

/// A number that rises and falls.
public final class Gauge: Sendable {
    private let stored = AtomicDouble()

    init() {}

    /// Takes a new value.
    public func set(_ value: Double) { stored.store(value) }

    /// Takes a new value.
    public func set(_ value: Int) { stored.store(Double(value)) }

    /// Adds to the value; a negative amount takes away.
    public func add(_ amount: Int) { stored.add(Double(amount)) }

    /// The value now.
    public var value: Double { stored.value }
}

/// Counts observations by size, so that quantiles can be estimated over all processes.
public final class Histogram: Sendable {
    /// The most bounds a histogram can have.
    public static let mostBounds = 31
    /// For requests and statements: 5 ms to 10 min, in seconds.
    public static let latency: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
    ]
    /// For waits in queues: 0.1 s to 24 h, in seconds.
    public static let waiting: [Double] = [
        0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
    ]

    let bounds: [Double]
    /// One more than the bounds: the last counts what is larger than all of them.
    private let counts = InlineArray<32, Atomic<UInt64>> { _ in Atomic(0) }
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
    }

    /// Counts a value.
    public func observe(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Counts a span of time, in seconds.
    public func observe(_ duration: Duration) { observe(duration.inSeconds) }

    /// How many values were counted so far.
    public var count: UInt64 { cumulative().last ?? 0 }

    /// The sum of the values counted so far.
    public var sum: Double { total.value }

    /// For each bound how many values were at most that, and at the end how many there were.
    func cumulative() -> [UInt64] {
        var sum: UInt64 = 0
        return (0...bounds.count).map { index in
            sum += counts[index].load(ordering: .relaxed)
            return sum
        }
    }
}
