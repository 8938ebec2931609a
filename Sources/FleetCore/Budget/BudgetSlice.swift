/// What one worker holds of one pot of a budget: units that it may use without asking, and what it has yet to report.
struct BudgetSlice: Hashable, Sendable {
    /// Begins anew when the lease ran out; what was held before is no longer ours.
    private(set) var life: Int64
    private(set) var turn: Int64 = 0
    private(set) var granted: Int64 = 0
    private(set) var settled: Int64 = 0
    /// Units whose calls are on their way.
    private(set) var inFlight: Int64 = 0
    /// Uses that the ledger has not confirmed, oldest first.
    private(set) var uses: [BudgetUse] = []
    private(set) var expires: Instant
    /// Units taken since the last question, a measure for how many to ask for.
    private(set) var taken: Int64 = 0
    /// When a unit was taken last.
    private(set) var touched: Instant

    /// Nothing held; every life has a number higher than the one before.
    init(life: Int64, at now: Instant) {
        self.life = life
        expires = now
        touched = now
    }

    /// Units held and not in use.
    private var unused: Int64 { granted - settled - inFlight }
    /// Units lent by the ledger that it does not know to be used.
    var isHolding: Bool { granted > settled || !uses.isEmpty }

    /// Units that may be used now.
    func free(at now: Instant) -> Int64 { now + .milliseconds(100) < expires ? unused : 0 }

    mutating func take(_ count: Int64, at now: Instant) {
        inFlight += count
        taken += count
        touched = now
    }

    /// A call under these units ended; what it did not use is free again.
    mutating func end(_ count: Int64, used: Bool, at now: Instant, grain: (Instant, Instant) -> Bool) {
        inFlight -= count
        guard used else { return }
        settled += count
        if let last = uses.last, uses.count >= 512 || grain(last.latest, now) {
            uses[uses.count - 1].count += count
            uses[uses.count - 1].latest = max(last.latest, now)
        } else {
            uses.append(BudgetUse(latest: now, count: count))
        }
    }

    /// Gives back what is not needed.
    mutating func giveBack(keeping kept: Int64) -> Int64 {
        let surplus = max(0, unused - max(kept, 0))
        granted -= surplus
        return surplus
    }

    /// The next question, with everything that is unconfirmed.
    mutating func ask(_ key: BudgetKey, _ pot: BudgetPot, holder: UInt64) -> BudgetAsk {
        turn += 1
        taken = 0
        var ask = BudgetAsk(key: key, pot: pot, holder: holder, life: life, turn: turn)
        (ask.granted, ask.settled, ask.uses) = (granted, settled, uses)
        return ask
    }

    /// Takes an answer in; false when it is about another life or an older state.
    mutating func accept(_ answer: BudgetAnswer, to ask: BudgetAsk, at now: Instant) {
        guard answer.life == life, ask.turn == turn else { return }
        if answer.isVoid {
            self = BudgetSlice(life: max(life + 1, now.microseconds), at: now)
            return
        }
        granted += answer.granted - ask.granted
        expires = answer.expires
        var confirmed = ask.uses.reduce(0) { $0 + $1.count }
        while confirmed > 0, let first = uses.first {
            if first.count > confirmed {
                uses[0].count -= confirmed
                break
            }
            confirmed -= first.count
            uses.removeFirst()
        }
    }
}
