extension BudgetLedger {
    /// The most workspaces whose part is remembered.
    private static let sharesKept = 32

    /// Corrects the count by what the platform said. What it says can only make less of a budget, never more than our own
    /// count leaves: an answer may be old by the time it is read.
    mutating func learn(_ statement: BudgetStatement, _ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) {
        let signal = statement.signal
        if let said = signal.limit, said > 0, stated.map({ $0.at <= statement.at }) ?? true {
            stated = Stated(limit: said, at: statement.at)
        }
        percent = signal.percent ?? percent
        if let until = statement.blockedUntil { block(until: until, terms, at: now) }
        // What it counted long ago cannot be compared with anything any more.
        guard statement.at + terms.memory > now, let limit = limit(terms), let theirs = theirCount(signal, limit: limit)
        else { return }
        let others = holdings.reduce(0) { $1.holder == ask.holder ? $0 : $0 + $1.outstanding }
        let ours = settled(nil, terms, at: min(statement.at, now)) + others + statement.inFlight
        let end = terms.rule.window.release(of: statement.at, zone: terms.zone)
        let until = min(signal.resetsAt ?? end, end)
        let count = theirs - ours
        if until > now, count > foreignCount(at: now) { foreign = Foreign(count: count, until: until) }
    }

    /// No calls until then, but never for longer than a window: a platform may ask for ten years.
    private mutating func block(until: Instant, _ terms: BudgetTerms, at now: Instant) {
        let latest = terms.rule.window.end(of: now, zone: terms.zone) + .seconds(60)
        let until = min(until, latest)
        if until > now, until > (blockedUntil ?? now) { blockedUntil = until }
    }

    /// What the platform has counted, as far as it says. A percentage may be rounded up.
    private func theirCount(_ signal: LimitSignal, limit: Int64) -> Int64? {
        if let remaining = signal.remaining { return max(0, (signal.limit ?? limit) - max(remaining, 0)) }
        guard let percent = signal.percent, percent > 1 else { return nil }
        let (high, low) = limit.multipliedFullWidth(by: Int64(min(percent, 100) - 1))
        return Int64(100).dividingFullWidth((high, low)).quotient
    }

    /// Adds to what workspaces used.
    mutating func note(_ added: [Int64: Int64], _ terms: BudgetTerms, at now: Instant) {
        let length = terms.rule.window.length
        if now >= shares.began + length {
            shares.previous = now < shares.began + length * 2 ? shares.current : [:]
            shares.current = [:]
            shares.began = now
        }
        shares.current.merge(added) { $0 + $1 }
        if shares.current.count > Self.sharesKept {
            let kept = shares.current.sorted { $0.value > $1.value }.prefix(Self.sharesKept)
            shares.current = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
        }
    }

    /// What workspaces used of late: the current stretch, and the part of the one before it that is not a window ago.
    func shareCounts(_ terms: BudgetTerms, at now: Instant) -> [Int64: Int64] {
        let length = max(terms.rule.window.length.wholeMicroseconds, 1)
        let gone = min(max((now - shares.began).wholeMicroseconds, 0), length)
        let left = Int64((Int128(length - gone) * 1000) / Int128(length))
        return shares.previous.mapValues { $0 * left / 1000 }.merging(shares.current) { $0 + $1 }
    }
}
