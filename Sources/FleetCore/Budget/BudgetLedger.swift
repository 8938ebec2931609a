/// The fleet's count for one key: what was used and when, what is lent to whom, and what the platform said. A value; the
/// store locks its row, lets it decide, and writes it back.
///
/// It never lets more out than every window can bear: a unit counts from the moment it is lent until the last instant at
/// which the platform can have counted its use has left the window.
public struct BudgetLedger: Hashable, Sendable {
    /// Units used, by the latest instant at which the platform can have counted them.
    struct Use: Hashable, Sendable {
        var latest: Instant
        var pot: BudgetPot
        var count: Int64
    }

    /// What a worker has of the budget.
    struct Holding: Hashable, Sendable {
        var holder: UInt64
        var pot: BudgetPot
        var life: Int64
        var turn: Int64
        var granted: Int64 = 0
        var settled: Int64 = 0
        /// Units that its calls wait for.
        var waiting: Int64 = 0
        var expires: Instant

        /// Lent and not known to be used.
        var outstanding: Int64 { granted - settled }
    }

    /// Units that someone else used under the same limit, as far as the platform's headers give it away.
    struct Foreign: Hashable, Sendable {
        var count: Int64
        var until: Instant
    }

    /// A limit that the platform stated.
    struct Stated: Hashable, Sendable {
        var limit: Int64
        var at: Instant
    }

    /// What workspaces used, in the current stretch of a window's length and in the one before it.
    struct Shares: Hashable, Sendable {
        var began = Instant(microseconds: 0)
        var current: [Int64: Int64] = [:]
        var previous: [Int64: Int64] = [:]
    }

    var uses: [Use] = []
    var holdings: [Holding] = []
    var foreign: Foreign?
    var stated: Stated?
    /// Until when the platform wants no calls.
    public internal(set) var blockedUntil: Instant?
    /// The share used that the platform stated last, in percent.
    public internal(set) var percent: Int?
    var shares = Shares()

    /// Nothing used, nothing lent.
    public init() {}

    /// The limit in force: what the rule says, corrected by what the platform says. A statement lowers it at once; it raises it
    /// only where no operator set it, and not beyond tenfold.
    public func limit(_ terms: BudgetTerms) -> Int64? {
        guard let stated else { return terms.rule.limit }
        guard let limit = terms.rule.limit else { return stated.limit }
        if stated.limit <= limit || terms.isSet { return min(stated.limit, limit) }
        return min(stated.limit, limit.multipliedReportingOverflow(by: 10).partialValue)
    }

    /// Used or lent at an instant.
    public func used(_ terms: BudgetTerms, at now: Instant) -> Int64 {
        settled(nil, terms, at: now) + outstanding(nil) + foreignCount(at: now)
    }

    /// Units that calls wait for, as their workers last said.
    public func waiting(at now: Instant) -> Int64 {
        holdings.reduce(0) { $1.expires > now ? $0 + $1.waiting : $0 }
    }

    /// Units lent and not known to be used.
    public var lent: Int64 { outstanding(nil) }

    /// When the next used units leave the window; nil when nothing is used.
    public func reset(_ terms: BudgetTerms, at now: Instant) -> Instant? {
        let releases = uses.map { terms.rule.window.release(of: $0.latest, zone: terms.zone) }.filter { $0 > now }
        switch terms.rule.window {
        case .sliding: return releases.min()
        case .aligned, .day, .month:
            return uses.isEmpty && holdings.isEmpty ? nil : terms.rule.window.end(of: now, zone: terms.zone)
        }
    }

    /// When nothing in it will count any more, so that its row may go.
    public func idle(_ terms: BudgetTerms, at now: Instant) -> Instant {
        var idle = holdings.map { terms.rule.window.release(of: $0.expires + terms.flight, zone: terms.zone) }
        idle += uses.map { terms.rule.window.release(of: $0.latest, zone: terms.zone) }
        idle += [foreign?.until, blockedUntil].compactMap(\.self)
        if let stated { idle.append(stated.at + terms.rule.window.length * 2) }
        if percent != nil { idle.append(now + terms.rule.window.length) }
        return idle.max() ?? now
    }

    func settled(_ pot: BudgetPot?, _ terms: BudgetTerms, at now: Instant) -> Int64 {
        uses.reduce(0) { sum, use in
            guard pot == nil || use.pot == pot,
                terms.rule.window.release(of: use.latest, zone: terms.zone) > now
            else { return sum }
            return sum + use.count
        }
    }

    func outstanding(_ pot: BudgetPot?) -> Int64 {
        holdings.reduce(0) { pot == nil || $1.pot == pot ? $0 + $1.outstanding : $0 }
    }

    func foreignCount(at now: Instant) -> Int64 {
        foreign.map { $0.until > now ? $0.count : 0 } ?? 0
    }

    /// What is kept for the interactive lane: its part by rule, or a little more than what it used of late and waits for, up
    /// to a quarter.
    private func reserved(of limit: Int64, _ terms: BudgetTerms, at now: Instant) -> Int64 {
        let least = terms.reserved(of: limit)
        let waiting = holdings.reduce(0) { $1.pot == .interactive ? $0 + $1.waiting : $0 }
        let recent = settled(.interactive, terms, at: now) + outstanding(.interactive) + waiting
        return least == 0 || recent == 0 ? least : max(least, min(recent + recent / 8 + 1, limit / 4))
    }

    /// What may still be lent from a pot.
    func free(_ pot: BudgetPot, limit: Int64, _ terms: BudgetTerms, at now: Instant) -> Int64 {
        let left = limit - used(terms, at: now)
        guard pot == .general else { return left }
        let general = settled(.general, terms, at: now) + outstanding(.general) + foreignCount(at: now)
        return min(left, limit - reserved(of: limit, terms, at: now) - general)
    }
}

extension BudgetTerms {
    /// How long ago a platform's count may be to be compared with ours.
    var memory: Duration { min(rule.window.length / 64, .seconds(30)) }

    /// The units of a limit that are kept for the interactive lane. Money is kept for nobody.
    func reserved(of limit: Int64) -> Int64 {
        guard rule.unit != .microDollars, limit >= 20, reserve > 0 else { return 0 }
        let (high, low) = limit.multipliedFullWidth(by: reserve)
        let (part, rest) = Int64(1000).dividingFullWidth((high, low))
        return rest > 0 ? part + 1 : part
    }
}
