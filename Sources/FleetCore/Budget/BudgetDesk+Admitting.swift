extension BudgetDesk {
    /// What keeps a call from being sent.
    struct Hindrance {
        /// The key that is short of units; nil where it is the breaker.
        var key: BudgetKey?
        /// When it is worth looking again.
        var until: Instant
        var why: String
    }

    /// What keeps a call from being sent now, or nil.
    func hindrance(_ call: BudgetCall, _ parts: [Part], at now: Instant) -> Hindrance? {
        if let hindrance = breakerHindrance(call, at: now) { return hindrance }
        for part in parts {
            guard let account = accounts[part.key] else {
                preconditionFailure("what a waiting call needs is kept")
            }
            if let until = account.blockedUntil, until > now {
                return Hindrance(key: part.key, until: until, why: sentence(part.key, "is refused by the platform"))
            }
            if account.pacedUntil > now {
                let why = sentence(part.key, "is used to \(account.percent ?? 0) %")
                return Hindrance(key: part.key, until: account.pacedUntil, why: why)
            }
            if account.isProbing, account.inFlight > 0 {
                return Hindrance(key: part.key, until: now, why: sentence(part.key, "was refused and is tried again"))
            }
            if account.isLeased, pot(for: call, part, account, at: now) == nil {
                let why = sentence(part.key, "is used up")
                return Hindrance(key: part.key, until: account.retryAt[call.pot] ?? now, why: why)
            }
        }
        return nil
    }

    private func breakerHindrance(_ call: BudgetCall, at now: Instant) -> Hindrance? {
        let endpoint = Endpoint(call.platform, call.endpoint)
        guard !breakers.isEmpty, let opening = breakers[endpoint]?.opening, !probesGranted.contains(endpoint) else {
            return nil
        }
        let calls = endpoint.name.isEmpty ? "" : " for \(endpoint.name)"
        let why = "\(endpoint.platform.rawValue) fails\(calls), and is tried with single calls"
        return Hindrance(key: nil, until: max(opening.nextProbe, now), why: why)
    }

    /// The pot that has enough for a part: what somebody waits for may use both, its own first where the limit is near.
    private func pot(for call: BudgetCall, _ part: Part, _ account: Account, at now: Instant) -> BudgetPot? {
        let pots: [BudgetPot] =
            call.lane != .interactive
            ? [.general] : account.isPressed ? [.interactive, .general] : [.general, .interactive]
        return pots.first { account.slices[Int($0.rawValue)].free(at: now) >= part.cost }
    }

    /// Takes what a call needs; there must be no hindrance.
    mutating func take(_ call: BudgetCall, _ parts: [Part], at now: Instant) -> Permit {
        let endpoint = Endpoint(call.platform, call.endpoint)
        let isProbe = !probesGranted.isEmpty && probesGranted.remove(endpoint) != nil
        var taken: [Permit.Taken] = []
        for part in parts {
            guard let account = accounts[part.key] else {
                preconditionFailure("what a waiting call needs is kept")
            }
            let pot = account.isLeased ? pot(for: call, part, account, at: now) ?? .general : .general
            let index = Int(pot.rawValue)
            accounts[part.key]?.inFlight += 1
            if account.isLeased {
                accounts[part.key]?.slices[index].take(part.cost, at: now)
                if account.terms.rule.subject == .app {
                    accounts[part.key]?.newShares[call.workspace, default: 0] += part.cost
                }
                // The next slice is fetched before this one is used up.
                if !account.isPressed, account.slices[index].free(at: now) < 2 * account.slices[index].taken {
                    dirty.insert(part.key)
                    isThirsty = true
                }
            } else if let percent = account.percent {
                accounts[part.key]?.pacedUntil = now + Self.gap(at: percent)
            }
            taken.append(
                Permit.Taken(
                    key: part.key,
                    pot: pot,
                    cost: part.cost,
                    life: account.slices[index].life,
                    isLeased: account.isLeased
                )
            )
        }
        serve(call.account)
        return Permit(call: call, taken: taken, isProbe: isProbe)
    }

    private mutating func serve(_ account: String) {
        guard !waiters.isEmpty else { return }
        if served.count > 10_000 { served.removeAll(keepingCapacity: true) }
        servings += 1
        served[account] = servings
    }

    /// The pause between two calls of one worker when a limit of unknown size is used to so many percent: none below 75, then
    /// from a tenth of a second, doubling with every four percent.
    static func gap(at percent: Int) -> Duration {
        percent < 75 ? .zero : .milliseconds(100 << min((percent - 75) / 4, 12))
    }

    /// A call under a permit has ended.
    ///
    /// - Parameters:
    ///   - isSent: false when it never left.
    ///   - isBilled: whether a platform that takes money took it.
    public mutating func end(_ permit: Permit, isSent: Bool = true, isBilled: Bool = true, at now: Instant) {
        for taken in permit.taken {
            guard let account = accounts[taken.key] else { continue }
            accounts[taken.key]?.inFlight -= 1
            if account.isProbing || !isSent { isStirred = true }
            guard taken.isLeased, account.slices[Int(taken.pot.rawValue)].life == taken.life else { continue }
            let used = isSent && (isBilled || account.terms.rule.unit != .microDollars)
            let (window, zone) = (account.terms.rule.window, account.terms.zone)
            accounts[taken.key]?.slices[Int(taken.pot.rawValue)].end(taken.cost, used: used, at: now) {
                window.mayMerge($0, $1, zone: zone)
            }
            if account.isPressed { dirty.insert(taken.key) }
        }
    }
}
