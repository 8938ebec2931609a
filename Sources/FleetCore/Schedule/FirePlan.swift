/// Decides what becomes of the fires of one schedule that are due or were asked for: each runs, is skipped, is merged into a
/// later one, or is left for the next look. Nothing is decided twice: what is decided here is entered into the ledger.
public struct FirePlan: Equatable, Sendable {
    /// What to do about fires that were missed: no dispatcher ran, the schedule was paused, or a run was waited for.
    public enum CatchUp: String, Sendable, CaseIterable {
        /// Missed fires are dropped.
        case skip
        /// All missed fires become one run, at the time of the latest.
        case once
        /// Every missed fire runs.
        case each
    }

    /// What to do when a fire is due while an earlier run of the schedule is not over.
    public enum Overlap: String, Sendable, CaseIterable {
        /// It runs beside the other.
        case allow
        /// It is dropped.
        case skip
        /// It is looked at again when the run is over; what came due meanwhile counts as missed.
        case wait
        /// The earlier run is cancelled.
        case cancel
    }

    /// Who wants the fire.
    public enum Trigger: String, Sendable, CaseIterable {
        /// The schedule's own expression.
        case cron
        /// A caller of the database's function, such as pg_cron.
        case driven
        /// A person, now.
        case asked
        /// A person, for a time that is past.
        case backfill

        /// Whether the clock is behind it, so that it can be late.
        var isTimed: Bool { self == .cron || self == .driven }
    }

    public enum Verdict: String, Sendable, CaseIterable {
        /// In the ledger, and not looked at to the end.
        case waiting
        case run, skipped, merged
        /// A person took it back before it ran.
        case withdrawn
    }

    /// Why a fire did not run.
    public enum Reason: String, Sendable {
        case none = ""
        /// It was later than its grace.
        case late
        /// A later one runs in its place.
        case caughtUp = "caught_up"
        /// An earlier run was not over.
        case overlap
    }

    /// How a schedule wants it.
    public struct Policy: Equatable, Sendable {
        /// A fire this late still counts as on time.
        public var grace: Duration
        public var catchUp: CatchUp
        public var overlap: Overlap

        public init(grace: Duration = .seconds(3600), catchUp: CatchUp = .once, overlap: Overlap = .wait) {
            (self.grace, self.catchUp, self.overlap) = (grace, catchUp, overlap)
        }
    }

    /// A fire that nobody has decided.
    public struct Pending: Equatable, Sendable {
        public var at: Instant
        public var trigger: Trigger

        public init(at: Instant, trigger: Trigger = .cron) {
            (self.at, self.trigger) = (at, trigger)
        }
    }

    /// Runs of the schedule that are not over. Backfills stand in a line of their own, so that they never hold up the present.
    public struct OpenRuns: Equatable, Sendable {
        public var present: Int
        public var backfills: Int

        public init(present: Int = 0, backfills: Int = 0) {
            (self.present, self.backfills) = (present, backfills)
        }
    }

    /// A fire that is decided.
    public struct Fire: Equatable, Sendable {
        public var at: Instant
        public var trigger: Trigger
        public var verdict: Verdict
        public var reason: Reason

        public init(at: Instant, trigger: Trigger, verdict: Verdict, reason: Reason = .none) {
            (self.at, self.trigger, self.verdict, self.reason) = (at, trigger, verdict, reason)
        }
    }

    /// What is decided, oldest first; what is not in it stays as it is until the next look.
    public private(set) var fires: [Fire] = []
    /// Whether the schedule's open runs, but for backfills, end by this.
    public private(set) var cancelsOpenRuns = false

    /// The most fires that are looked at together.
    public static let limit = 500

    /// - Parameters:
    ///   - pending: the fires up to now that were not decided yet, in any order.
    ///   - isWhole: whether there are no further ones that are due.
    public init(pending: [Pending], isWhole: Bool = true, open: OpenRuns = OpenRuns(), now: Instant, policy: Policy) {
        let pending = pending.sorted { $0.at < $1.at }
        if open.backfills == 0, let first = pending.first(where: { $0.trigger == .backfill }) { decide(first, .run) }
        if policy.overlap == .wait, open.present > 0 { return }
        let present = pending.filter { $0.trigger != .backfill }
        let latest = isWhole ? present.last { $0.trigger.isTimed }?.at : nil
        // When each run cancels the one before, only the last of several can live.
        let survivor = policy.overlap == .cancel ? present.last { policy.refusal(of: $0, latest, now) == nil } : nil
        var open = open.present
        for fire in present {
            if let (verdict, reason) = policy.refusal(of: fire, latest, now) {
                decide(fire, verdict, reason)
            } else if let survivor, fire != survivor {
                decide(fire, .merged, .overlap)
            } else if policy.overlap == .wait, open > 0 {
                break
            } else if policy.overlap == .skip, open > 0 {
                decide(fire, .skipped, .overlap)
            } else {
                cancelsOpenRuns = policy.overlap == .cancel && open > 0
                decide(fire, .run)
                open += 1
            }
        }
        fires.sort { $0.at < $1.at }
    }

    private mutating func decide(_ fire: Pending, _ verdict: Verdict, _ reason: Reason = .none) {
        fires.append(Fire(at: fire.at, trigger: fire.trigger, verdict: verdict, reason: reason))
    }
}

extension FirePlan.Policy {
    /// Why a fire does not run even if nothing is in its way; nil when it does.
    fileprivate func refusal(
        of fire: FirePlan.Pending,
        _ latest: Instant?,
        _ now: Instant
    ) -> (FirePlan.Verdict, FirePlan.Reason)? {
        guard fire.trigger.isTimed else { return nil }
        switch catchUp {
        case .each: return nil
        case .skip: return now - fire.at > grace ? (.skipped, .late) : nil
        case .once: return fire.at == latest ? nil : (.merged, .caughtUp)
        }
    }
}
