extension BudgetDesk {
    /// Rules that every platform has besides its own: what a refusal blocks where no rule speaks of it.
    private static func refusals(_ subject: BudgetRule.Subject) -> BudgetRule {
        BudgetRule(
            "refused_\(subject.rawValue)",
            subject,
            endpoint: BudgetRule.eachEndpoint,
            limit: nil,
            window: .sliding(.seconds(86_400))
        )
    }

    /// The rules of a platform with those for refusals.
    static func completed(_ terms: [BudgetTerms], zone: TimeZoneRules) -> [BudgetTerms] {
        terms + [BudgetRule.Subject.app, .account].map { BudgetTerms(refusals($0), zone: zone) }
    }

    /// Takes in what an answer's headers say.
    public mutating func learn(_ signals: [LimitSignal], from permit: Permit, at now: Instant) {
        // Most answers say that a limit which nobody counts is far away.
        for signal in signals where !accounts.isEmpty || signal.isNotable {
            for (key, terms) in keys(of: permit.call, named: signal.rule, signal.endpoint) {
                take(signal, key, terms, at: now)
            }
        }
    }

    private func keys(
        of call: BudgetCall,
        named rule: String,
        _ endpoint: String?
    ) -> [(BudgetKey, BudgetTerms)] {
        (terms[call.platform] ?? []).compactMap { terms in
            guard terms.rule.name == rule,
                endpoint == nil || endpoint == call.endpoint || terms.rule.endpoint == endpoint
            else { return nil }
            return terms.rule.key(of: call).map { ($0, terms) }
        }
    }

    private mutating func take(_ signal: LimitSignal, _ key: BudgetKey, _ terms: BudgetTerms, at now: Instant) {
        if accounts[key] == nil {
            guard signal.isNotable else { return }
            open(key, terms, at: now)
        }
        guard let account = accounts[key], now >= account.statedAt else { return }
        accounts[key]?.statedAt = now
        accounts[key]?.percent = signal.percent
        // A limit that only the platform knows is leased as soon as it says it.
        if account.limit == nil, let limit = signal.limit, limit > 0 { accounts[key]?.limit = limit }
        let inFlight = account.slices.reduce(0) { $0 + $1.inFlight }
        var statement = BudgetStatement(signal: signal, at: now, inFlight: inFlight)
        if accounts[key]?.limit == nil { steer(&statement, key, at: now) }
        if let remaining = signal.remaining { keep(atMost: max(0, remaining), key, at: now) }
        statement.blockedUntil = statement.blockedUntil ?? account.statement?.blockedUntil
        accounts[key]?.statement = statement
        if accounts[key].map({ isNews(statement, $0, at: now) }) ?? false { dirty.insert(key) }
    }

    /// Under a limit of unknown size: slower from 75 percent, nothing from 95 on until the platform gives calls again.
    private mutating func steer(_ statement: inout BudgetStatement, _ key: BudgetKey, at now: Instant) {
        guard let account = accounts[key], let percent = statement.signal.percent else { return }
        accounts[key]?.pacedUntil = max(account.pacedUntil, now + Self.gap(at: percent))
        guard percent >= 95 else {
            if percent < 75 { accounts[key]?.isProbing = false }
            return
        }
        let until = statement.signal.resetsAt ?? now + account.terms.rule.window.length / 24
        statement.blockedUntil = until
        hold(key, until: cap(until, account.terms, at: now), at: now)
    }

    /// The platform has less left than we hold: lower at once.
    private mutating func keep(atMost remaining: Int64, _ key: BudgetKey, at now: Instant) {
        var left = remaining
        for index in 0..<2 {
            guard let free = accounts[key]?.slices[index].free(at: now) else { return }
            if free > left { _ = accounts[key]?.slices[index].giveBack(keeping: left) }
            left = max(0, left - free)
        }
    }

    /// The platform refused a call for a limit. Blocks what it counts under, and returns until when.
    public mutating func refused(
        _ permit: Permit,
        _ subject: BudgetRule.Subject,
        wait: Duration?,
        signals: [LimitSignal],
        at now: Instant
    ) -> Instant {
        let call = permit.call
        let exhausted = signals.filter { ($0.remaining ?? 1) <= 0 || ($0.percent ?? 0) >= 95 }.map(\.rule)
        let all = terms[call.platform] ?? []
        let counting = all.filter { $0.rule.key(of: call) != nil && $0.rule.unit != .microDollars }
        var blamed = counting.filter { exhausted.contains($0.rule.name) }
        // Where no header says which limit it was, the family of calls waits, and every other goes on.
        if blamed.isEmpty { blamed = counting.filter { $0.rule.name == Self.refusals(subject).name } }
        var latest = now
        for terms in blamed {
            guard let key = terms.rule.key(of: call) else { continue }
            if accounts[key] == nil { open(key, terms, at: now) }
            let refusals = (accounts[key]?.refusals ?? 0) + 1
            let resets = signals.first { $0.rule == terms.rule.name }?.resetsAt
            let backoff = now + .seconds(30 << min(refusals - 1, 7))
            var until = wait.flatMap { $0 > .zero ? now + $0 : nil } ?? resets ?? backoff
            until = cap(max(until, now + .seconds(1)), terms, at: now)
            accounts[key]?.refusals = refusals
            accounts[key]?.touched = now
            hold(key, until: until, at: now)
            let signal = signals.first { $0.rule == terms.rule.name } ?? LimitSignal(rule: terms.rule.name)
            accounts[key]?.statement = BudgetStatement(signal: signal, at: now, blockedUntil: until)
            dirty.insert(key)
            latest = max(latest, until)
        }
        return latest
    }

    /// A platform may ask for ten years: no wait is longer than a window and a day.
    private func cap(_ until: Instant, _ terms: BudgetTerms, at now: Instant) -> Instant {
        let end = terms.rule.window.end(of: now, zone: terms.zone) + .seconds(60)
        return min(until, min(end, now + .seconds(32 * 86_400)))
    }

    /// A call was answered without a complaint about limits.
    public mutating func passed(_ permit: Permit) {
        for taken in permit.taken where accounts[taken.key].map({ $0.refusals > 0 || $0.isProbing }) ?? false {
            accounts[taken.key]?.refusals = 0
            accounts[taken.key]?.isProbing = false
            isStirred = true
            dirty.insert(taken.key)
        }
    }

    // MARK: Breakers

    /// Notes whether an endpoint answered or failed.
    public mutating func endpointEnded(_ permit: Permit, failed: Bool, at now: Instant) {
        let endpoint = Endpoint(permit.call.platform, permit.call.endpoint)
        if permit.isProbe, let opening = breakers[endpoint]?.opening {
            let next = opening.probed(failed: failed, at: now)
            breakers[endpoint]?.adopt(next)
            openings[endpoint] = .some(next)
        } else if failed || breakers[endpoint] != nil {
            var breaker = breakers[endpoint] ?? CircuitBreaker()
            if let opening = breaker.ended(failed: failed, at: now) { openings[endpoint] = .some(opening) }
            breakers[endpoint] = breaker
        }
    }

    /// Whether there is something to tell or to want of breakers.
    public var hasBreakerNews: Bool { !openings.isEmpty || !probesWanted.isEmpty }

    /// What was to be told could not be: it is told again.
    public mutating func untold(_ openings: [Endpoint: CircuitBreaker.Opening?]) {
        self.openings.merge(openings) { newer, _ in newer }
    }

    /// What is to be told of breakers, and the probes that are wanted.
    public mutating func breakerNews() -> (openings: [Endpoint: CircuitBreaker.Opening?], probes: Set<Endpoint>) {
        defer { (openings, probesWanted) = ([:], []) }
        return (openings, probesWanted)
    }

    /// What the fleet says of breakers: all that are open, and the probes that are ours.
    public mutating func adopt(_ open: [Endpoint: CircuitBreaker.Opening], probes: Set<Endpoint>) {
        for endpoint in breakers.keys where open[endpoint] == nil && openings[endpoint] == nil {
            breakers[endpoint]?.adopt(nil)
        }
        for (endpoint, opening) in open where openings[endpoint] == nil {
            breakers[endpoint, default: CircuitBreaker()].adopt(opening)
        }
        probesGranted.formUnion(probes)
        if !breakers.isEmpty { isStirred = true }
    }
}

extension LimitSignal {
    /// Whether it makes a rule worth looking after that was not so far.
    fileprivate var isNotable: Bool { limit != nil || percent ?? 0 >= 75 }
}
