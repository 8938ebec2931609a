/// Which part of a budget units come from.
public enum BudgetPot: UInt8, Sendable, CaseIterable {
    /// For every lane.
    case general
    /// Only for jobs that somebody waits for.
    case interactive
}

/// Units that were used, as late as the platform can have counted them.
public struct BudgetUse: Hashable, Sendable {
    public var latest: Instant
    public var count: Int64

    public init(latest: Instant, count: Int64) {
        self.latest = latest
        self.count = count
    }
}

/// What one worker reports about its slice of a budget and wants of it.
///
/// Totals are counted over the life of the slice, so that saying the same twice changes nothing and an answer that got lost
/// costs nothing: what the worker does not say it has goes back.
public struct BudgetAsk: Hashable, Sendable {
    public var key: BudgetKey
    public var pot: BudgetPot
    public var holder: UInt64
    /// Which life of the holder's slice: a slice whose lease ran out begins another.
    public var life: Int64
    /// Grows with every question of the life; an older question that arrives late is passed over.
    public var turn: Int64
    /// Units received over the life, less those given back.
    public var granted: Int64
    /// Of those, units whose calls have ended.
    public var settled: Int64
    /// When the last of the settled ones were used, oldest first.
    public var uses: [BudgetUse]
    /// Units that calls are waiting for.
    public var needs: Int64
    /// The fewest that would let a call go.
    public var least: Int64
    /// Units wanted beyond that, if the limit is far.
    public var spare: Int64
    /// Units that each workspace used since the last question that was answered.
    public var shares: [Int64: Int64]
    /// What the platform said meanwhile.
    public var statement: BudgetStatement?

    public init(key: BudgetKey, pot: BudgetPot = .general, holder: UInt64, life: Int64, turn: Int64) {
        self.key = key
        self.pot = pot
        self.holder = holder
        self.life = life
        self.turn = turn
        (granted, settled, needs, least, spare) = (0, 0, 0, 0, 0)
        uses = []
        shares = [:]
    }
}

/// What a platform said about a limit, with what is needed to compare it with our own count.
public struct BudgetStatement: Hashable, Sendable {
    public var signal: LimitSignal
    /// When the answer arrived.
    public var at: Instant
    /// Units of the asking worker whose calls were on their way then: the platform may have counted them already.
    public var inFlight: Int64
    /// Until when nothing may be sent, after a refusal.
    public var blockedUntil: Instant?

    public init(signal: LimitSignal, at: Instant, inFlight: Int64 = 0, blockedUntil: Instant? = nil) {
        self.signal = signal
        self.at = at
        self.inFlight = inFlight
        self.blockedUntil = blockedUntil
    }
}

/// What the ledger says to a question.
public struct BudgetAnswer: Hashable, Sendable {
    public var key: BudgetKey
    public var pot: BudgetPot
    public var life: Int64
    /// Units received over the life, less those given back, by now.
    public var granted: Int64
    /// Until when the slice may be used.
    public var expires: Instant
    /// When to ask again, if not everything that was needed was granted.
    public var retryAt: Instant?
    /// Whether the slice's life is over: what is left of it must not be used.
    public var isVoid: Bool
    /// Whether the limit is near, so that nothing should lie about unused.
    public var isPressed: Bool
    /// The limit in force; nil while it is only steered.
    public var limit: Int64?
    /// Used or lent out in the current window.
    public var used: Int64
    /// Until when the platform wants no calls.
    public var blockedUntil: Instant?
    /// The share used that the platform stated last, in percent.
    public var percent: Int?
    /// What each workspace used of late.
    public var shares: [Int64: Int64]

    public init(key: BudgetKey, pot: BudgetPot = .general, life: Int64, granted: Int64, expires: Instant) {
        self.key = key
        self.pot = pot
        self.life = life
        self.granted = granted
        self.expires = expires
        (isVoid, isPressed, used) = (false, false, 0)
        shares = [:]
    }
}

/// A rule as it is in force, with the manners of leasing.
public struct BudgetTerms: Hashable, Sendable {
    public var rule: BudgetRule
    public var zone: TimeZoneRules
    /// The part of the limit that only the interactive lane may use, in thousandths.
    public var reserve: Int64
    /// How long a slice may be used without asking again.
    public var lease: Duration
    /// How long after its sending a call may still be counted by the platform, when its sender is gone.
    public var flight: Duration
    /// Whether an operator set the limit: then no header raises it.
    public var isSet: Bool

    public init(
        _ rule: BudgetRule,
        zone: TimeZoneRules,
        reserve: Int64 = 20,
        lease: Duration = .seconds(15),
        flight: Duration = .seconds(30),
        isSet: Bool = false
    ) {
        self.rule = rule
        self.zone = zone
        self.reserve = reserve
        self.lease = lease
        self.flight = flight
        self.isSet = isSet
    }
}
