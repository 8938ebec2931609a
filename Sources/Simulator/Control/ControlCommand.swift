internal import FleetCore
internal import JSON
internal import Platforms

/// Changes to the world by command. A command is applied whole or not at all.
struct ControlCommand {
    static let known = [
        "clock", "faults", "add_faults", "accounts", "posts", "retire", "unretire", "limits", "tokens", "purge",
        "restate", "reset",
    ]

    /// A move of the clock.
    struct ClockMove: Equatable {
        var set: Instant?
        var advance: Duration?
        /// In thousandths.
        var rate: Int64?
    }

    let reader: ControlReader

    init(_ body: [UInt8], at now: Instant) throws(ControlFault) {
        guard let value = try? JSONValue(parsing: body) else { throw ControlFault("the body must be JSON") }
        reader = try ControlReader(value, "command", known: ControlCommand.known, at: now)
    }

    /// What is asked of the clock.
    func clockMove() throws(ControlFault) -> ClockMove? {
        guard let value = reader["clock"] else { return nil }
        let clock = try ControlReader(value, "clock", known: ["set", "advance", "rate"], at: reader.now)
        var move = ClockMove(set: try clock.instant("set"), advance: try clock.duration("advance"))
        if let rate = clock["rate"]?.double, (0...1_000_000).contains(rate) { move.rate = Int64(rate * 1000) }
        if clock.has("rate") && move.rate == nil { throw clock.fault("rate must be a number from 0 to 1000000") }
        return move
    }

    /// Applies everything but the clock.
    func apply(to state: inout SimulatedService.State) throws(ControlFault) {
        try reset(&state)
        try faults(&state)
        try accounts(&state)
        try posts(&state)
        try metrics(&state)
        try history(&state)
        try limits(&state)
        try tokens(&state)
    }

    private func each(
        _ key: String,
        known: [String],
        _ apply: (ControlReader) throws(ControlFault) -> Void
    ) throws(ControlFault) {
        let entries = try reader.list(key) ?? []
        for (index, value) in entries.enumerated() {
            try apply(try ControlReader(value, "\(key)[\(index)]", known: known, at: reader.now))
        }
    }

    private func reset(_ state: inout SimulatedService.State) throws(ControlFault) {
        let words = try reader.words("reset") ?? []
        for word in words {
            switch word {
            case "stats":
                state.ledger.reset()
                for place in state.limits.indices { state.limits[place].reset() }
            case "faults": state.faults.rules = []
            case "tokens": state.credentials = CredentialBook()
            case "world": state.world.changes = WorldChanges()
            default: throw reader.fault("reset knows stats, faults, tokens and world, not \(word)")
            }
        }
    }

    // MARK: Faults

    private func faults(_ state: inout SimulatedService.State) throws(ControlFault) {
        if reader.has("faults") { state.faults.rules = [] }
        for key in ["faults", "add_faults"] {
            try each(key, known: FaultRule.members) { entry throws(ControlFault) in
                state.faults.rules.append(try FaultRule(entry))
            }
        }
    }

    // MARK: Accounts and posts

    private func accounts(_ state: inout SimulatedService.State) throws(ControlFault) {
        let known = ["platform", "number", "external_id", "from", "count", "do", "scopes", "at"]
        try each("accounts", known: known) { entry throws(ControlFault) in
            let action = try entry.required(try entry.text("do"), "do")
            let at = try entry.instant("at") ?? entry.now
            let scopes = try entry.words("scopes") ?? []
            let accounts = try accounts(entry, state.world)
            for account in accounts {
                switch action {
                case "revoke": state.credentials.revoke(account)
                case "expire": state.credentials.expire(account, at: at)
                case "expire_refresh": state.credentials.expireRefresh(account, at: at)
                case "remove_scopes": state.credentials.setRemovedScopes(account, Set(scopes))
                case "delete": state.world.changes.deletedAccounts.insert(account)
                case "restore":
                    state.credentials.forget(account)
                    state.world.changes.deletedAccounts.remove(account)
                default:
                    throw entry.fault("do knows revoke, expire, expire_refresh, remove_scopes, delete and restore")
                }
            }
        }
    }

    private func accounts(_ entry: ControlReader, _ world: World) throws(ControlFault) -> [SimulatedAccount] {
        let platform = try entry.required(try entry.platform(), "platform")
        if let id = try entry.text("external_id") {
            guard let account = SimulatedAccount(platform, externalID: id) else { throw entry.fault("no such account") }
            return [account]
        }
        let number = try entry.number("number")
        let from = try entry.number("from")
        let first = try entry.required(number ?? from, "number")
        let count = try entry.number("count") ?? 1
        guard first >= 0, count >= 0, first + count <= world.options.accounts else {
            throw entry.fault("no such account")
        }
        return (first..<first + count).map { SimulatedAccount(platform, number: $0) }
    }

    private func posts(_ state: inout SimulatedService.State) throws(ControlFault) {
        try each("posts", known: ["platform", "id", "do"]) { entry throws(ControlFault) in
            let platform = try entry.required(try entry.platform(), "platform")
            let id = try entry.required(try entry.text("id"), "id")
            guard let post = SimulatedPost(platform, externalID: id) else { throw entry.fault("no such post") }
            switch try entry.text("do") {
            case "delete"?: state.world.changes.deletedPosts.insert(post)
            case "restore"?: state.world.changes.deletedPosts.remove(post)
            default: throw entry.fault("do knows delete and restore")
            }
        }
    }

    // MARK: Metrics and history

    private func metrics(_ state: inout SimulatedService.State) throws(ControlFault) {
        for key in ["retire", "unretire"] {
            try each(key, known: ["platform", "metric", "at"]) { entry throws(ControlFault) in
                let platform = try entry.required(try entry.platform(), "platform")
                let retired = WorldChanges.Retired(platform, try entry.required(try entry.text("metric"), "metric"))
                let at = try entry.instant("at") ?? entry.now
                state.world.changes.retirements[retired] = key == "retire" ? at : nil
            }
        }
    }

    private func history(_ state: inout SimulatedService.State) throws(ControlFault) {
        try each("purge", known: ["platform", "date", "permille"]) { entry throws(ControlFault) in
            let date = try entry.required(try entry.date("date"), "date")
            let permille = try entry.whole("permille") ?? 50
            guard (0...1000).contains(permille) else { throw entry.fault("permille is from 0 to 1000") }
            let platform = try entry.platform()
            for platform in platform.map({ [$0] }) ?? PlatformName.allCases {
                state.world.changes.purges[platform] = TrueCurves.Purge(date: date, permille: permille)
            }
        }
        try each("restate", known: ["platform", "from", "to", "permille", "at"]) { entry throws(ControlFault) in
            let first = try entry.required(try entry.date("from"), "from")
            let last = try entry.date("to") ?? first
            let permille = try entry.required(try entry.whole("permille"), "permille")
            guard first <= last, (0...10_000).contains(permille) else {
                throw entry.fault("from is not after to, permille from 0 to 10000")
            }
            let at = try entry.instant("at") ?? entry.now
            let platform = try entry.platform()
            for platform in platform.map({ [$0] }) ?? PlatformName.allCases {
                state.world.changes.restatements[platform, default: []]
                    .append(PlatformTruth.Restatement(days: first...last, permille: permille, from: at))
            }
        }
    }

    // MARK: Limits and tokens

    private func limits(_ state: inout SimulatedService.State) throws(ControlFault) {
        let known = ["platform", "rule", "limit", "subject", "endpoint", "unit", "window", "seconds", "clear"]
        try each("limits", known: known) { entry throws(ControlFault) in
            let platform = try entry.required(try entry.platform(), "platform")
            if entry["clear"]?.bool == true { state.limits[platform.place].remove(nil) }
            guard let name = try entry.text("rule") else {
                guard entry.has("clear") else { throw entry.fault("rule is missing") }
                return
            }
            let old = state.limits[platform.place].rules.first { $0.name == name }
            guard let rule = try BudgetRule(entry, name, old) else { return state.limits[platform.place].remove(name) }
            state.limits[platform.place].set(rule)
        }
    }

    private func tokens(_ state: inout SimulatedService.State) throws(ControlFault) {
        let known = ["platform", "life", "refresh_life", "minimum_age", "grace", "first_expiry", "single_use"]
        try each("tokens", known: known) { entry throws(ControlFault) in
            let platform = try entry.platform()
            for platform in platform.map({ [$0] }) ?? PlatformName.allCases {
                var life = state.credentials.lives[platform.place]
                if entry.has("life") { life.access = try entry.duration("life") }
                if entry.has("refresh_life") { life.refresh = try entry.duration("refresh_life") }
                if let age = try entry.duration("minimum_age") { life.minimumAge = age }
                if let grace = try entry.duration("grace") { life.grace = grace }
                if entry.has("first_expiry") { life.firstExpiry = try entry.instant("first_expiry") }
                if let isSingleUse = entry["single_use"]?.bool {
                    life.isSingleUse = isSingleUse
                    life.rotates = life.rotates || isSingleUse
                }
                state.credentials.lives[platform.place] = life
            }
        }
    }
}
