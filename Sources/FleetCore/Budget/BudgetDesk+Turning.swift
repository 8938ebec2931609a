extension BudgetDesk {
    /// Lets go what may go, in fair order, and gives up on what waited in place long enough.
    public mutating func turn(at now: Instant) -> [(ticket: UInt64, verdict: Verdict)] {
        guard isStirred || now >= due else { return [] }
        isStirred = false
        var decided: [(ticket: UInt64, verdict: Verdict)] = []
        var closed: Set<BudgetKey> = []
        var left: [Waiter] = []
        for var waiter in fairOrder() {
            // Who comes later must not take the units that an earlier one still lacks.
            let key = waiter.parts.first { closed.contains($0.key) }?.key
            let hindrance = hindrance(waiter.call, waiter.parts, at: now)
            if hindrance == nil, key == nil {
                decided.append((waiter.ticket, .admitted(take(waiter.call, waiter.parts, at: now))))
                continue
            }
            if let short = hindrance?.key, waiter.call.lane != .interactive { closed.insert(short) }
            if let hindrance { (waiter.why, waiter.until) = (hindrance.why, hindrance.until) }
            if let never = refusal(waiter, hindrance, at: now) {
                decided.append((waiter.ticket, .refused(never)))
            } else if waiter.patience <= now, !isNearlyThere(waiter, at: now) {
                let until = max(waiter.until, now + .seconds(1))
                let why = waiter.why.isEmpty ? "others are served first" : waiter.why
                decided.append((waiter.ticket, .parked(until: until, why: why)))
            } else {
                if hindrance?.key == nil, hindrance.map({ $0.until <= now }) ?? false {
                    probesWanted.insert(Endpoint(waiter.call.platform, waiter.call.endpoint))
                }
                left.append(waiter)
            }
        }
        waiters = left
        countNeeds(at: now)
        due = waiters.reduce(now + .seconds(60)) { due, waiter in
            min(due, waiter.patience > now ? waiter.patience : due, waiter.until > now ? waiter.until : due)
        }
        return decided
    }

    /// Whether what a call waits for comes so soon that putting its job off would make it later. It is waited for once.
    private func isNearlyThere(_ waiter: Waiter, at now: Instant) -> Bool {
        waiter.until > now && waiter.until < now + patience.shortestDelay
            && waiter.patience + patience.shortestDelay > now
    }

    /// Money that is spent comes back next month, and a call that costs more than the limit never goes: nobody waits for either.
    private func refusal(_ waiter: Waiter, _ hindrance: Hindrance?, at now: Instant) -> String? {
        guard let key = hindrance?.key, let account = accounts[key], let limit = account.limit,
            let cost = waiter.parts.first(where: { $0.key == key })?.cost
        else { return nil }
        if cost > limit { return sentence(key, "allows less than one call costs") }
        guard account.terms.rule.unit == .microDollars, hindrance?.until ?? now > now + .seconds(3600) else {
            return nil
        }
        return sentence(
            key,
            "is spent: \(account.used) of \(limit) millionths of a dollar; raise it or wait for its end"
        )
    }

    /// What somebody waits for first, then jobs in the middle; then the workspace that used least, counting who of it stands
    /// before; then the account that was served longest ago; then who came first.
    private func fairOrder() -> [Waiter] {
        guard waiters.count > 1 else { return waiters }
        var ofAccount: [String: UInt64] = [:]
        var places = waiters.map { waiter in
            let place = ofAccount[waiter.call.account, default: served[waiter.call.account] ?? 0]
            ofAccount[waiter.call.account] = place + UInt64(waiters.count)
            return place
        }
        var order = Array(waiters.indices)
        order.sort { (places[$0], waiters[$0].ticket) < (places[$1], waiters[$1].ticket) }
        var ofWorkspace: [Int64: Int64] = [:]
        for index in order {
            let waiter = waiters[index]
            let rank = ofWorkspace[waiter.call.workspace] ?? share(of: waiter)
            ofWorkspace[waiter.call.workspace] = rank + (waiter.parts.first?.cost ?? 1)
            places[index] = UInt64(clamping: rank)
        }
        order.sort { left, right in
            let urgency = (waiters[left].call.urgency, waiters[right].call.urgency)
            if urgency.0 != urgency.1 { return urgency.0 > urgency.1 }
            return (places[left], waiters[left].ticket) < (places[right], waiters[right].ticket)
        }
        return order.map { waiters[$0] }
    }

    /// What the waiter's workspace used of the budgets that the whole application shares.
    private func share(of waiter: Waiter) -> Int64 {
        waiter.parts.reduce(0) { most, part in
            guard let account = accounts[part.key], account.terms.rule.subject == .app else { return most }
            let workspace = waiter.call.workspace
            return max(most, (account.shares[workspace] ?? 0) + (account.newShares[workspace] ?? 0))
        }
    }

    /// Sums up what waiting calls need of each key. A call that something else holds back needs nothing yet.
    private mutating func countNeeds(at now: Instant) {
        for key in needy {
            accounts[key]?.needs = [0, 0]
            accounts[key]?.least = [0, 0]
        }
        needy.removeAll(keepingCapacity: true)
        for waiter in waiters {
            let pot = waiter.call.pot
            let held = waiter.parts.filter { part in isHeld(part, pot, at: now) }
            for part in waiter.parts where held.allSatisfy({ $0.key == part.key }) {
                accounts[part.key]?.needs[pot] += part.cost
                if accounts[part.key]?.least[pot] == 0 { accounts[part.key]?.least[pot] = part.cost }
                needy.insert(part.key)
                dirty.insert(part.key)
            }
        }
    }

    private func isHeld(_ part: Part, _ pot: Int, at now: Instant) -> Bool {
        guard let account = accounts[part.key] else { return false }
        if let until = account.blockedUntil, until > now { return true }
        guard account.isLeased, let retry = account.retryAt[pot] else { return false }
        return retry > now
    }

    /// When ``turn(at:)`` and ``asks(at:limit:)`` should be called next, if nothing else happens.
    public func nextTurn(after now: Instant) -> Instant {
        isStirred ? now : max(now, waiters.isEmpty ? sweptAt + sweep : min(due, sweptAt + sweep))
    }

    /// Whether ``turn(at:)`` and ``asks(at:limit:)`` should be called at once.
    public var isUrgent: Bool { isThirsty || hasBreakerNews || (isStirred && !waiters.isEmpty) }

    /// A budget that the whole application shares, as far as this worker knows it.
    public struct Figure: Hashable, Sendable {
        public var key: BudgetKey
        public var limit: Int64?
        public var used: Int64
        /// Until when it holds calls back; nil while it does not.
        public var until: Instant?

        /// The rule's name, with the family of calls where each is counted by itself.
        public var label: String { key.endpoint.isEmpty ? key.rule : "\(key.rule):\(key.endpoint)" }
    }

    /// What is known of the budgets that the whole application shares.
    public var figures: [Figure] {
        accounts.filter { $0.key.subject.isEmpty && $0.value.isLeased }.map { key, account in
            Figure(
                key: key,
                limit: account.limit,
                used: account.used,
                until: account.blockedUntil ?? account.retryAt.compactMap(\.self).max()
            )
        }
    }

    /// How many endpoints of each platform have an open breaker.
    public var openBreakers: [PlatformName: Int] {
        breakers.reduce(into: [:]) { if $1.value.opening != nil { $0[$1.key.platform, default: 0] += 1 } }
    }
}

extension BudgetCall {
    fileprivate var urgency: Int { (lane == .interactive ? 2 : 0) + (isContinuing ? 1 : 0) }
}
