extension BudgetDesk {
    /// What the fleet's ledger is to be asked and told now, at most so many keys at once.
    public mutating func asks(at now: Instant, limit: Int = 200) -> [BudgetAsk] {
        isThirsty = false
        if now >= sweptAt + sweep { look(at: now) }
        var asks: [BudgetAsk] = []
        for key in Array(dirty.prefix(limit)) {
            dirty.remove(key)
            for pot in BudgetPot.allCases {
                if let ask = ask(key, pot, at: now) { asks.append(ask) }
            }
        }
        return asks
    }

    /// Looks everything through for leases to renew, units to give back, uses to report, and accounts to forget.
    private mutating func look(at now: Instant) {
        sweptAt = now
        let wanted = Set(waiters.lazy.flatMap(\.parts).map(\.key))
        for (key, account) in accounts {
            let idle = account.touched + account.terms.lease < now
            if idle, !wanted.contains(key), account.inFlight == 0, account.statement == nil, account.needs == [0, 0],
                !account.slices.contains(where: \.isHolding), (account.blockedUntil ?? now) <= now
            {
                accounts[key] = nil
            } else if account.isLeased || account.statement != nil {
                dirty.insert(key)
            }
        }
    }

    private mutating func ask(_ key: BudgetKey, _ pot: BudgetPot, at now: Instant) -> BudgetAsk? {
        guard let account = accounts[key] else { return nil }
        let index = Int(pot.rawValue)
        let slice = account.slices[index]
        let needs = (account.retryAt[index] ?? now) <= now ? max(0, account.needs[index] - slice.free(at: now)) : 0
        let wasTaken = slice.taken
        let surplus = surplus(account, pot, at: now)
        let spare =
            surplus == 0 && pot == .general && !account.isPressed && account.isLeased
            ? max(0, max(4, wasTaken * 4) - slice.free(at: now)) : 0
        let statement = pot == .general ? account.statement : nil
        guard
            needs > 0 || surplus > 0 || statement.map({ isNews($0, account, at: now) }) ?? false
                || (spare > 0 && wasTaken > 0 && slice.free(at: now) < 2 * wasTaken)
                || isReportDue(account, slice, at: now)
        else { return nil }
        if surplus > 0 { _ = accounts[key]?.slices[index].giveBack(keeping: account.needs[index]) }
        guard var ask = accounts[key]?.slices[index].ask(key, pot, holder: holder) else { return nil }
        (ask.needs, ask.spare) = (account.isLeased ? needs : 0, spare)
        ask.least = needs > 0 ? max(1, account.least[index] - slice.free(at: now)) : 0
        if pot == .general {
            ask.shares = account.newShares
            ask.statement = statement
            accounts[key]?.statement = nil
        }
        accounts[key]?.askedAt = now
        return ask
    }

    /// Units that nobody here needs: given back at once where the limit is near, else after half a lease without use.
    private func surplus(_ account: Account, _ pot: BudgetPot, at now: Instant) -> Int64 {
        let slice = account.slices[Int(pot.rawValue)]
        let free = slice.free(at: now)
        guard free > 0 else { return 0 }
        guard account.isPressed || pot == .interactive || slice.touched + account.terms.lease / 2 <= now else {
            return 0
        }
        return max(0, free - account.needs[Int(pot.rawValue)])
    }

    private func isReportDue(_ account: Account, _ slice: BudgetSlice, at now: Instant) -> Bool {
        guard slice.isHolding else { return false }
        if account.askedAt + account.terms.lease / 3 <= now { return true }
        let pressing = account.terms.rule.window.length / 32
        return account.isPressed && !slice.uses.isEmpty
            && account.askedAt + min(pressing, account.terms.lease / 3) <= now
    }

    /// Whether a statement should reach the fleet before the next report would take it along.
    func isNews(_ statement: BudgetStatement, _ account: Account, at now: Instant) -> Bool {
        if statement.blockedUntil != nil { return true }
        let signal = statement.signal
        if let percent = signal.percent, account.limit == nil { return percent >= 75 }
        guard let limit = account.limit else { return signal.limit != nil }
        if let said = signal.limit, said != limit { return true }
        guard let remaining = signal.remaining else { return false }
        let ours = max(account.used, account.slices.reduce(0) { $0 + $1.settled })
        return (signal.limit ?? limit) - remaining > ours + max(2, limit / 50)
    }

    /// Takes the ledger's answers in. Call ``turn(at:)`` afterwards.
    public mutating func answered(_ answers: [BudgetAnswer], to asks: [BudgetAsk], at now: Instant) {
        isStirred = true
        for (answer, ask) in zip(answers, asks) {
            guard var account = accounts[answer.key] else { continue }
            let index = Int(answer.pot.rawValue)
            account.slices[index].accept(answer, to: ask, at: now)
            if ask.needs > 0 { account.retryAt[index] = answer.retryAt }
            account.limit = answer.limit
            account.used = answer.used
            account.isPressed = answer.isPressed
            account.shares = answer.shares
            account.newShares.merge(ask.shares.mapValues { -$0 }) { $0 + $1 }
            account.newShares = account.newShares.filter { $0.value > 0 }
            accounts[answer.key] = account
            if let until = answer.blockedUntil { hold(answer.key, until: until, at: now) }
            if answer.isVoid { dirty.insert(answer.key) }
        }
    }

    /// The questions could not be asked: what they held is asked again.
    public mutating func failed(_ asks: [BudgetAsk]) {
        for ask in asks {
            dirty.insert(ask.key)
            guard let statement = ask.statement, accounts[ask.key]?.statement == nil else { continue }
            accounts[ask.key]?.statement = statement
        }
    }

    /// What other workers heard from platforms.
    public mutating func adopt(steered: [(key: BudgetKey, terms: BudgetTerms, until: Instant)], at now: Instant) {
        for entry in steered where entry.until > now {
            if accounts[entry.key] == nil { open(entry.key, entry.terms, at: now) }
            hold(entry.key, until: entry.until, at: now)
        }
    }

    mutating func hold(_ key: BudgetKey, until: Instant, at now: Instant) {
        guard let account = accounts[key], until > now else { return }
        if until > account.blockedUntil ?? now { accounts[key]?.blockedUntil = until }
        if !account.isLeased { accounts[key]?.isProbing = true }
    }
}
