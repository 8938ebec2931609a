/// Decides how many letters of a selection are sent now: at the operator's rate, a canary first, and the rest only when that
/// went well. No clock of its own, no input or output.
public struct ReplayPace: Sendable {
    /// How the letters that were sent as canary stand, and whether others wait.
    public struct Counts: Sendable, Equatable {
        public var hasWaiting: Bool
        /// Sent so far; exact up to the canary's size.
        public var sent: Int
        public var resolved: Int
        public var diedAgain: Int

        public init(hasWaiting: Bool, sent: Int = 0, resolved: Int = 0, diedAgain: Int = 0) {
            self.hasWaiting = hasWaiting
            self.sent = sent
            self.resolved = resolved
            self.diedAgain = diedAgain
        }
    }

    /// What the operator asked for.
    public struct Terms: Sendable, Equatable {
        /// Letters a second.
        public var rate: Double
        /// How many go first; 0 for none.
        public var canary: Int
        /// How many of them may die again.
        public var tolerance: Int

        public init(rate: Double, canary: Int = 0, tolerance: Int = 0) {
            self.rate = rate
            self.canary = canary
            self.tolerance = tolerance
        }
    }

    public enum Step: Sendable, Equatable {
        /// Send at most so many.
        case send(Int)
        /// Nothing now.
        case rest
        /// The canary went well: go on with the others.
        case pass
        /// The canary did not: put it off, and say why.
        case hold(String)
        /// All are sent.
        case finish
    }

    /// The longest time whose letters may be sent at once.
    private static let burst = 0.5
    private var allowance = 0.0
    private var last: Int64?

    public init() {}

    /// The next step.
    ///
    /// - Parameter now: nanoseconds of a clock that only goes forward.
    public mutating func step(_ state: SelectionState, _ counts: Counts, _ terms: Terms, now: Int64) -> Step {
        switch state {
        case .frozen, .paused, .stopped, .finished:
            (allowance, last) = (0, nil)
            return .rest
        case .running:
            return counts.hasWaiting ? send(Int.max, terms, now) : .finish
        case .canary:
            if counts.diedAgain > terms.tolerance {
                return .hold("the canary failed: \(counts.diedAgain) of \(counts.sent) died again")
            }
            if counts.sent < terms.canary, counts.hasWaiting { return send(terms.canary - counts.sent, terms, now) }
            return counts.resolved + counts.diedAgain >= counts.sent ? .pass : .rest
        }
    }

    private mutating func send(_ most: Int, _ terms: Terms, _ now: Int64) -> Step {
        let elapsed = last.map { Double(now - $0) / 1e9 } ?? 0.1
        last = now
        // More than one may be saved up, or what a turn has beyond a whole letter would be lost at low rates.
        allowance = min(allowance + terms.rate * elapsed, max(1.5, terms.rate * Self.burst))
        let count = min(Int(allowance), most)
        guard count > 0 else { return .rest }
        allowance -= Double(count)
        return .send(count)
    }
}
