/// How often one key may ask: a bucket that fills evenly and holds the questions of one minute.
struct RateBucket: Sendable {
    /// What a bucket says to a question.
    struct Verdict: Equatable {
        var isAllowed: Bool
        /// Questions left at this moment.
        var remaining: Int
        /// Seconds until there is one more.
        var wait: Int
    }

    let perMinute: Int
    private var level: Int64
    private var filledAt: Int64

    /// One question, in the unit that the level is kept in: whole numbers even when it fills slowly.
    private static let unit: Int64 = 60_000_000

    init(perMinute: Int, now: Int64) {
        self.perMinute = perMinute
        level = Int64(perMinute) * Self.unit
        filledAt = now
    }

    /// - Parameter now: microseconds of a clock that never goes back.
    mutating func take(now: Int64) -> Verdict {
        let most = Int64(perMinute) * Self.unit
        let passed = min(max(0, now - filledAt), 60_000_000)
        level = min(most, level + passed * Int64(perMinute))
        filledAt = max(filledAt, now)
        let isAllowed = level >= Self.unit
        if isAllowed { level -= Self.unit }
        let missing = max(0, Self.unit - level)
        let wait = (missing + Int64(perMinute) * 1_000_000 - 1) / (Int64(perMinute) * 1_000_000)
        return Verdict(isAllowed: isAllowed, remaining: Int(level / Self.unit), wait: Int(wait))
    }
}
