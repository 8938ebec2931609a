extension BudgetLedger {
    /// Takes in what a worker reports, and lends it what the limit allows.
    public mutating func decide(_ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) -> BudgetAnswer {
        tidy(terms, at: now)
        let index = take(ask, terms, at: now)
        note(ask.shares, terms, at: now)
        if let statement = ask.statement { learn(statement, ask, terms, at: now) }
        var answer = BudgetAnswer(key: ask.key, pot: ask.pot, life: ask.life, granted: 0, expires: now)
        if let index { grant(ask, terms, index, at: now, &answer) } else { answer.isVoid = true }
        let limit = limit(terms)
        answer.limit = limit
        answer.used = used(terms, at: now)
        answer.isPressed = limit.map { answer.used > $0 - $0 / 4 } ?? false
        answer.blockedUntil = blockedUntil
        answer.percent = percent
        answer.shares = shareCounts(terms, at: now)
        return answer
    }

    /// What ran out counts as used as late as it can have been; what left the window is forgotten.
    mutating func tidy(_ terms: BudgetTerms, at now: Instant) {
        for holding in holdings where holding.expires <= now {
            use(holding.outstanding, holding.pot, at: holding.expires + terms.flight, terms)
        }
        holdings.removeAll { $0.expires <= now }
        // Kept a little longer than they count, to be compared with what the platform said a moment ago.
        uses.removeAll { terms.rule.window.release(of: $0.latest, zone: terms.zone) + terms.memory <= now }
        if let until = foreign?.until, until <= now { foreign = nil }
        if let until = blockedUntil, until <= now { blockedUntil = nil }
        if let stated, stated.at + terms.rule.window.length * 2 <= now { self.stated = nil }
    }

    /// Enters what is reported into the holder's slice and returns its place; nil when the slice is no longer known, as its
    /// lease ran out: what was lent is counted as used then.
    private mutating func take(_ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) -> Int? {
        guard let index = holdings.firstIndex(where: { $0.holder == ask.holder && $0.pot == ask.pot }) else {
            return begin(ask, terms, at: now)
        }
        let holding = holdings[index]
        guard ask.life == holding.life else {
            guard ask.life > holding.life else { return nil }
            // Of the former life nothing more will be heard.
            use(holding.outstanding, holding.pot, at: now + terms.flight, terms)
            holdings.remove(at: index)
            return begin(ask, terms, at: now)
        }
        guard ask.turn > holding.turn else { return nil }
        settle(ask, since: holding.settled, terms)
        holdings[index].turn = ask.turn
        holdings[index].settled = max(holding.settled, ask.settled)
        holdings[index].granted = max(min(holding.granted, ask.granted), holdings[index].settled)
        return index
    }

    /// A slice for a worker that has nothing of the budget.
    private mutating func begin(_ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) -> Int? {
        guard ask.granted == ask.settled else { return nil }
        var holding = Holding(
            holder: ask.holder,
            pot: ask.pot,
            life: ask.life,
            turn: ask.turn,
            expires: now + terms.lease
        )
        (holding.granted, holding.settled) = (ask.granted, ask.settled)
        holdings.append(holding)
        return holdings.count - 1
    }

    /// Enters the newest of the reported uses, as many as are not entered yet.
    private mutating func settle(_ ask: BudgetAsk, since entered: Int64, _ terms: BudgetTerms) {
        var left = ask.settled - entered
        for reported in ask.uses.reversed() where left > 0 {
            let count = min(left, reported.count)
            use(count, ask.pot, at: reported.latest, terms)
            left -= count
        }
        // More was settled than there are times for: the newest time is the safe one.
        if left > 0, let latest = ask.uses.last?.latest { use(left, ask.pot, at: latest, terms) }
    }

    mutating func use(_ count: Int64, _ pot: BudgetPot, at latest: Instant, _ terms: BudgetTerms) {
        guard count > 0 else { return }
        let window = terms.rule.window
        if let index = uses.lastIndex(where: {
            $0.pot == pot && window.mayMerge(min($0.latest, latest), max($0.latest, latest), zone: terms.zone)
        }) {
            uses[index].count += count
            uses[index].latest = max(uses[index].latest, latest)
        } else {
            uses.append(Use(latest: latest, pot: pot, count: count))
        }
    }

    private mutating func grant(
        _ ask: BudgetAsk,
        _ terms: BudgetTerms,
        _ index: Int,
        at now: Instant,
        _ answer: inout BudgetAnswer
    ) {
        let units = grantable(ask, terms, at: now)
        holdings[index].granted += units
        holdings[index].waiting = max(0, ask.needs - units)
        holdings[index].expires = now + terms.lease
        answer.granted = holdings[index].granted
        answer.expires = holdings[index].expires
        if units < ask.needs { answer.retryAt = retry(ask, terms, at: now) }
        // A slice with nothing in it is not kept.
        if holdings[index].outstanding == 0, holdings[index].waiting == 0 { holdings.remove(at: index) }
    }

    /// How many units a worker gets: what its calls need, a fair part of it while others wait, and more where the limit is far.
    private func grantable(_ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) -> Int64 {
        if let blockedUntil, blockedUntil > now { return 0 }
        guard let limit = limit(terms) else { return ask.needs + ask.spare }
        // A call that costs more than what the reserve leaves would never go.
        let pot = ask.least > limit - terms.reserved(of: limit) ? .interactive : ask.pot
        let free = free(pot, limit: limit, terms, at: now)
        guard free > 0, free >= ask.least else { return 0 }
        let others = holdings.count { $0.pot == ask.pot && $0.holder != ask.holder && $0.waiting > 0 }
        let fair = max(ask.least, 1, free / Int64(others + 1))
        let needed = min(ask.needs, free, fair)
        guard others == 0, free - needed > limit / 2 else { return needed }
        return needed + min(ask.spare, (free - needed) / 8)
    }

    /// When it is worth asking again: when enough has left the window, or soon where others hold what is missing.
    private func retry(_ ask: BudgetAsk, _ terms: BudgetTerms, at now: Instant) -> Instant {
        if let blockedUntil, blockedUntil > now { return blockedUntil }
        let window = terms.rule.window
        let soon = now + min(max(window.length / 64, .milliseconds(100)), .seconds(5))
        guard let limit = limit(terms) else { return soon }
        var missing = max(ask.least, 1) - free(ask.pot, limit: limit, terms, at: now)
        if missing <= 0 { return now + min(window.length / 128, .milliseconds(100)) }
        let released = uses.map { (at: window.release(of: $0.latest, zone: terms.zone), count: $0.count) }
        for use in released.filter({ $0.at > now }).sorted(by: { $0.at < $1.at }) {
            missing -= use.count
            if missing <= 0 { return use.at }
        }
        if let foreign, missing - foreign.count <= 0 { return foreign.until }
        return soon
    }
}
