/// What a worker decides about a platform's limits by itself: who may send now, who waits, what to ask the fleet's ledger
/// for. A value without any input or output; time is passed in.
///
/// A call needs units of every rule that counts it. Units come in slices from the ledger; a limit that is far away lends large
/// ones, so that asking is rare, and a near one lends what is needed. Under a rule without a limit only what the platform says
/// holds calls back.
public struct BudgetDesk: Sendable {
    /// One thing that a call needs.
    struct Part: Hashable, Sendable {
        var key: BudgetKey
        var cost: Int64
    }

    /// What is known of one key.
    struct Account: Sendable {
        var terms: BudgetTerms
        var slices: [BudgetSlice]
        /// The limit in force; nil while it is only steered.
        var limit: Int64?
        /// Used or lent in the fleet, as last heard.
        var used: Int64 = 0
        var isPressed = false
        var blockedUntil: Instant?
        /// The share used that the platform stated, in percent, and when.
        var percent: Int?
        var statedAt = Instant(microseconds: 0)
        /// Under a limit that is only steered: not before then.
        var pacedUntil = Instant(microseconds: 0)
        /// One call at a time until one succeeds, after a refusal.
        var isProbing = false
        var refusals = 0
        /// Calls under way that count here, for rules without a limit.
        var inFlight = 0
        /// By pot: when to ask again.
        var retryAt: [Instant?] = [nil, nil]
        /// By pot: what waiting calls need, and the least that lets one go.
        var needs: [Int64] = [0, 0]
        var least: [Int64] = [0, 0]
        /// What workspaces used of late: as last heard, and since.
        var shares: [Int64: Int64] = [:]
        var newShares: [Int64: Int64] = [:]
        var statement: BudgetStatement?
        var askedAt: Instant
        var touched: Instant
    }

    /// A call that waits.
    struct Waiter: Sendable {
        var ticket: UInt64
        var call: BudgetCall
        var parts: [Part]
        /// Until when it waits in place.
        var patience: Instant
        var why = ""
        var until: Instant
    }

    /// Permission to send one call.
    public struct Permit: Sendable {
        struct Taken: Sendable {
            var key: BudgetKey
            var pot: BudgetPot
            var cost: Int64
            var life: Int64
            /// Whether units were taken: a rule may get or lose its limit while the call is under way.
            var isLeased: Bool
        }
        public let call: BudgetCall
        var taken: [Taken]
        /// Whether it tries an endpoint whose breaker is open.
        public let isProbe: Bool
    }

    /// What becomes of a call.
    public enum Verdict: Sendable {
        case admitted(Permit)
        /// Come back then; why, in one sentence.
        case parked(until: Instant, why: String)
        /// It can never be sent; why, in one sentence.
        case refused(String)
    }

    /// A family of calls of a platform, for its breaker.
    public struct Endpoint: Hashable, Sendable {
        public var platform: PlatformName
        public var name: String

        public init(_ platform: PlatformName, _ name: String) {
            self.platform = platform
            self.name = name
        }
    }

    /// How long calls may wait in place.
    public struct Patience: Sendable {
        /// Where others in the same queue could go on.
        public var short: Duration
        /// Where the whole application is held back, so that nobody in the queue could.
        public var long: Duration
        /// For a job in the middle, whose earlier calls would have been for nothing.
        public var continuing: Duration
        /// Longer, when the wait then ends within the shortest delay that a job can be put off for.
        public var shortestDelay: Duration

        public init(
            short: Duration = .seconds(2),
            long: Duration = .seconds(30),
            continuing: Duration = .seconds(300),
            shortestDelay: Duration = .seconds(5)
        ) {
            self.short = short
            self.long = long
            self.continuing = continuing
            self.shortestDelay = shortestDelay
        }
    }

    let holder: UInt64
    let patience: Patience
    /// How often everything is looked through.
    let sweep: Duration
    var terms: [PlatformName: [BudgetTerms]]
    var accounts: [BudgetKey: Account] = [:]
    var waiters: [Waiter] = []
    var breakers: [Endpoint: CircuitBreaker] = [:]
    /// Breakers that opened or were probed, to be told to the fleet.
    var openings: [Endpoint: CircuitBreaker.Opening?] = [:]
    /// Endpoints whose next probe a waiting call would like to be.
    var probesWanted: Set<Endpoint> = []
    /// Probes that the fleet left to us, not yet taken.
    var probesGranted: Set<Endpoint> = []
    /// Keys that waiting calls need something of.
    var needy: Set<BudgetKey> = []
    /// Keys with something to ask or to report.
    var dirty: Set<BudgetKey> = []
    /// Whose turn it was, for fairness among accounts.
    var served: [String: UInt64] = [:]
    var servings: UInt64 = 0
    var sweptAt = Instant(microseconds: 0)
    /// Whether something changed that may let a waiting call go, and when time alone does next.
    var isStirred = false
    var due = Instant(microseconds: 0)
    /// Whether something should be asked for at once.
    var isThirsty = false

    /// - Parameters:
    ///   - holder: a number that no other worker has.
    ///   - sweep: how often everything is looked through.
    public init(
        holder: UInt64,
        terms: [PlatformName: [BudgetTerms]],
        patience: Patience = Patience(),
        sweep: Duration = .milliseconds(250)
    ) {
        self.holder = holder
        self.terms = terms
        self.patience = patience
        self.sweep = sweep
    }

    /// Takes rules that changed; what is held stays held.
    public mutating func use(_ terms: [PlatformName: [BudgetTerms]]) {
        self.terms = terms
        for (key, account) in accounts {
            guard let changed = terms[key.platform]?.first(where: { $0.rule.name == key.rule }),
                changed != account.terms
            else { continue }
            accounts[key]?.terms = changed
            accounts[key]?.limit = changed.rule.limit
            accounts[key]?.retryAt = [nil, nil]
            dirty.insert(key)
        }
        for index in waiters.indices { waiters[index].parts = parts(of: waiters[index].call, at: waiters[index].until) }
        isStirred = true
    }

    /// Asks for a call to be sent now; nil when it would have to wait.
    public mutating func admit(_ call: BudgetCall, at now: Instant) -> Verdict? {
        let parts = parts(of: call, at: now)
        if let never = parts.first(where: { part in accounts[part.key]?.limit.map { $0 < part.cost } ?? false }) {
            return .refused(sentence(never.key, "allows less than one call costs"))
        }
        let pot = call.pot
        let isFirst = parts.allSatisfy { accounts[$0.key].map { $0.needs[pot] == 0 } ?? true }
        guard isFirst, hindrance(call, parts, at: now) == nil else { return nil }
        return .admitted(take(call, parts, at: now))
    }

    /// Lets a call wait that could not be sent at once. Its verdict comes from ``turn(at:)`` under its ticket.
    public mutating func wait(_ call: BudgetCall, ticket: UInt64, at now: Instant) {
        let parts = parts(of: call, at: now)
        let holdsAll = parts.allSatisfy { $0.key.subject.isEmpty && accounts[$0.key]?.terms.rule.endpoint == nil }
        let time = call.isContinuing ? patience.continuing : holdsAll ? patience.long : patience.short
        waiters.append(Waiter(ticket: ticket, call: call, parts: parts, patience: now + time, until: now))
        due = min(due, now + time)
        isThirsty = true
        if call.lane == .interactive || parts.isEmpty || !breakers.isEmpty { isStirred = true }
        for part in parts {
            accounts[part.key]?.needs[call.pot] += part.cost
            if accounts[part.key]?.least[call.pot] == 0 { accounts[part.key]?.least[call.pot] = part.cost }
            needy.insert(part.key)
            dirty.insert(part.key)
        }
    }

    /// Forgets a call that no longer waits.
    public mutating func cancel(_ ticket: UInt64) { waiters.removeAll { $0.ticket == ticket } }

    /// Everything that a call needs, with its accounts made. Rules that only steer appear once there is something to steer.
    private mutating func parts(of call: BudgetCall, at now: Instant) -> [Part] {
        guard let terms = terms[call.platform] else { return [] }
        var parts: [Part] = []
        for terms in terms {
            guard let key = terms.rule.key(of: call) else { continue }
            let cost = terms.rule.cost(of: call)
            guard cost > 0 else { continue }
            if accounts[key] == nil {
                guard terms.rule.limit != nil || terms.rule.unit == .microDollars else { continue }
                open(key, terms, at: now)
            }
            accounts[key]?.touched = now
            parts.append(Part(key: key, cost: cost))
        }
        return parts
    }

    mutating func open(_ key: BudgetKey, _ terms: BudgetTerms, at now: Instant) {
        let slices = BudgetPot.allCases.map { _ in BudgetSlice(life: now.microseconds, at: now) }
        accounts[key] = Account(
            terms: terms,
            slices: slices,
            limit: terms.rule.limit,
            askedAt: now,
            touched: now
        )
    }

    func sentence(_ key: BudgetKey, _ what: String) -> String {
        let whose =
            switch accounts[key]?.terms.rule.subject {
            case .account: " of account \(key.subject)"
            case .workspace: " of workspace \(key.subject)"
            case .app, nil: ""
            }
        let calls = key.endpoint.isEmpty ? "" : " for \(key.endpoint)"
        return "the budget \(key.platform.rawValue)/\(key.rule)\(whose)\(calls) \(what)"
    }
}

extension BudgetCall {
    /// The place of the pot that it draws from.
    var pot: Int { lane == .interactive ? Int(BudgetPot.interactive.rawValue) : Int(BudgetPot.general.rawValue) }
}

extension BudgetDesk.Account {
    /// Whether units are counted in the ledger.
    var isLeased: Bool { limit != nil || terms.rule.unit == .microDollars }
}
