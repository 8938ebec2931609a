/// Decides what happens to the fires of a schedule that are due: each runs, is skipped or is merged into a later one.
public struct FirePlan: Equatable, Sendable {
    /// What to do about fires that were missed while no dispatcher ran.
    public enum CatchUp: String, Sendable, CaseIterable {
        /// Missed fires are dropped.
        case skip
        /// All missed fires become one run, at the time of the latest.
        case once
        /// Every missed fire runs.
        case each
    }

    public enum Verdict: String, Sendable {
        case run, skipped, merged
    }

    public struct Fire: Equatable, Sendable {
        public var at: Instant
        public var verdict: Verdict
    }

    /// Oldest first.
    public var fires: [Fire]

    /// The most fires decided at once; the rest is decided in the next round.
    public static let limit = 100

    /// - Parameters:
    ///   - due: the fires up to now that were not decided yet, oldest first.
    ///   - grace: a fire this late still counts as on time.
    public init(due: [Instant], now: Instant, grace: Duration, catchUp: CatchUp) {
        let (seconds, attoseconds) = grace.components
        let grace = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        fires = due.prefix(Self.limit).map { fire in
            let onTime = now.microseconds - fire.microseconds <= grace
            switch catchUp {
            case .each: return Fire(at: fire, verdict: .run)
            case .skip: return Fire(at: fire, verdict: onTime ? .run : .skipped)
            case .once: return Fire(at: fire, verdict: fire == due.prefix(Self.limit).last ? .run : .merged)
            }
        }
    }
}
