internal import FleetCore
internal import Platforms

/// The limits of one platform and everything that was counted by them.
struct LimitBook: Sendable {
    struct Key: Hashable, Sendable {
        var rule: String
        /// The number of the account; -1 for everybody together.
        var account: Int
    }

    private(set) var rules: [BudgetRule]
    private(set) var windows: [Key: LimitWindow] = [:]
    private let zone: TimeZoneRules
    /// What was billed today: a resource costs once per UTC day.
    private var billed: Set<String> = []
    private var billedDay: CivilDate?

    init(_ platform: PlatformName, _ rules: [BudgetRule]) {
        self.rules = rules
        zone = platform.dayZone
    }

    /// Sets the limit of a rule, or adds the rule. Counts stay.
    mutating func set(_ rule: BudgetRule) {
        if let index = rules.firstIndex(where: { $0.name == rule.name }) {
            rules[index] = rule
        } else {
            rules.append(rule)
        }
    }

    /// Drops a rule and its counts; the name nil drops all.
    mutating func remove(_ name: String?) {
        rules.removeAll { name == nil || $0.name == name }
        windows = windows.filter { name != nil && $0.key.rule != name }
    }

    /// Counts a call in every window that it belongs to: it is let in when all of them have room, and then uses all.
    mutating func call(_ endpoint: String, _ account: Int?, units: Int64, at now: Instant) -> [LimitStanding] {
        guard !rules.isEmpty else { return [] }
        var open: [(key: Key, rule: BudgetRule, units: Int64, limit: Int64, fits: Bool, resetsAt: Instant)] = []
        for rule in rules {
            guard let limit = rule.limit, rule.endpoint == nil || rule.endpoint == endpoint,
                let key = key(rule, account)
            else { continue }
            // What costs none of the platform's units is let in when they are used up.
            if rule.unit == .units && units == 0 { continue }
            let cost: Int64 =
                switch rule.unit {
                case .calls: 1
                case .units: units
                case .microDollars: 0
                }
            let (fits, resetsAt) = windows[key, default: LimitWindow()].check(cost, limit, rule.window, zone, at: now)
            open.append((key, rule, cost, limit, fits, resetsAt))
        }
        let isLetIn = open.allSatisfy(\.fits)
        return open.map { entry in
            if isLetIn {
                windows[entry.key]?.admit(entry.units, isSliding: entry.rule.window.isSliding, at: now)
            } else if !entry.fits {
                windows[entry.key]?.refuse()
            }
            return LimitStanding(
                rule: entry.rule,
                limit: entry.limit,
                used: windows[entry.key]?.used ?? 0,
                resetsAt: entry.resetsAt,
                isAllowed: entry.fits
            )
        }
    }

    /// Bills resources and says what they cost: nothing for those that were read before on the same UTC day.
    mutating func bill(_ resources: [SimulatedReply.BilledResource], _ account: Int?, at now: Instant) -> Int64 {
        if billedDay != now.utcDate {
            billedDay = now.utcDate
            billed.removeAll()
        }
        let cost = resources.reduce(0) { billed.insert($1.id).inserted ? $0 + $1.microDollars : $0 }
        for rule in rules where rule.unit == .microDollars {
            guard let key = key(rule, account) else { continue }
            windows[key, default: LimitWindow()].admit(cost, isSliding: rule.window.isSliding, at: now)
        }
        return cost
    }

    /// The window of a rule and an account; nil for everybody's.
    func window(_ rule: String, _ account: Int?) -> LimitWindow? { windows[Key(rule: rule, account: account ?? -1)] }

    /// Forgets what was counted.
    mutating func reset() {
        windows.removeAll()
        billed.removeAll()
    }

    private func key(_ rule: BudgetRule, _ account: Int?) -> Key? {
        switch rule.subject {
        case .app, .workspace: Key(rule: rule.name, account: -1)
        case .account: account.map { Key(rule: rule.name, account: $0) }
        }
    }
}
