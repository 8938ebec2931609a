internal import FleetCore
internal import JSON
internal import Platforms
internal import Synchronization

/// What was counted, told to tests and proofs.
extension SimulatedService {
    /// Everything in total, and by platform, endpoint and rule.
    func statistics() -> [UInt8] {
        let (ledger, limits) = state.withLock { ($0.ledger, $0.limits) }
        let totals = ledger.platforms.map(\.total)
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        writer.field("calls", Int64(ledger.total))
        writer.field("refused", Int64(totals.reduce(0) { $0 + $1.refused }))
        writer.field("failed", Int64(ledger.failed + totals.reduce(0) { $0 + $1.failed }))
        writer.field("denied", Int64(totals.reduce(0) { $0 + $1.denied }))
        writer.field("excess", limits.reduce(0) { $0 + $1.windows.values.reduce(0) { $0 + $1.excess } })
        writer.field("micro_dollars", totals.reduce(0) { $0 + $1.microDollars })
        writer.field("accounts_called", ledger.platforms.reduce(0) { $0 + $1.accounts.count { $0.calls > 0 } })
        let instagram = limits[PlatformName.instagram.place]
        writer.field("busiest_window", instagram.windows.values.lazy.map(\.busiest).max() ?? 0)
        writer.field("rate_limit", options.rateLimit)
        writer.field("window_seconds", options.rateWindow.components.seconds)
        writer.key("platforms")
        writer.beginObject()
        for platform in PlatformName.allCases where ledger[platform].total.calls > 0 {
            writer.key(dynamic: platform.rawValue)
            SimulatedService.write(&writer, platform, ledger[platform], limits[platform.place])
        }
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    private static func write(
        _ writer: inout JSONWriter,
        _ platform: PlatformName,
        _ counts: CallLedger.PlatformCounts,
        _ limits: LimitBook
    ) {
        writer.beginObject()
        counts.total.write(&writer)
        writer.field("strangers", Int64(counts.strangers))
        writer.field("accounts_called", counts.accounts.count { $0.calls > 0 })
        writer.field("excess", limits.windows.values.reduce(0) { $0 + $1.excess })
        writer.key("endpoints")
        writer.beginObject()
        for (name, endpoint) in counts.endpoints.sorted(by: { $0.key < $1.key }) {
            writer.key(dynamic: name)
            writer.beginObject()
            endpoint.write(&writer)
            writer.endObject()
        }
        writer.endObject()
        writer.array("limits") { writer in
            for rule in limits.rules {
                let windows = limits.windows.filter { $0.key.rule == rule.name }
                writer.beginObject()
                writer.field("rule", rule.name)
                writer.field("subject", rule.subject.rawValue)
                writer.field("endpoint", ifPresent: rule.endpoint)
                writer.field("unit", rule.unit.rawValue)
                writer.field("limit", ifPresent: rule.limit)
                rule.window.write(&writer)
                writer.field("subjects", windows.count)
                writer.field("used", windows.values.reduce(0) { $0 + $1.used })
                writer.field("busiest", windows.values.map(\.busiest).max() ?? 0)
                writer.field("excess", windows.values.reduce(0) { $0 + $1.excess })
                writer.endObject()
            }
        }
        writer.endObject()
    }

    /// What was counted for one account. Nil when there is no such account.
    func statistics(_ platform: PlatformName, of id: String) -> [UInt8]? {
        let (ledger, limits, world) = state.withLock { ($0.ledger, $0.limits[platform.place], $0.world) }
        guard let account = world.account(platform, id) else { return nil }
        let entry = ledger[platform].account(account.number)
        let window = limits.window("account", account.number)
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field("account", id)
        entry.write(&writer)
        writer.field("window_calls", window?.used ?? 0)
        writer.field("busiest_window", window?.busiest ?? 0)
        writer.key("tokens")
        writer.beginObject()
        for (token, calls) in ledger[platform].tokens where token.account == account {
            writer.key(dynamic: String(token.generation))
            writer.int(Int64(calls))
        }
        writer.endObject()
        writer.endObject()
        return writer.finish()
    }

    /// A line for each account that called: its counts.
    func accountLines(_ platform: PlatformName) -> [UInt8] {
        let counts = state.withLock { $0.ledger[platform] }
        var lines: [UInt8] = []
        for (number, entry) in counts.accounts.enumerated() where entry.calls > 0 {
            var writer = JSONWriter(capacity: 128)
            writer.beginObject()
            writer.field("number", number)
            writer.field("account", SimulatedAccount(platform, number: number).externalID)
            entry.write(&writer)
            writer.endObject()
            lines += writer.finish() + [UInt8(ascii: "\n")]
        }
        return lines
    }

    /// A line for each stretch of each window of a rule, or of all rules.
    func windowLines(_ platform: PlatformName, _ rule: String?) -> [UInt8] {
        let limits = state.withLock { $0.limits[platform.place] }
        var lines: [UInt8] = []
        let windows = limits.windows.filter { rule == nil || $0.key.rule == rule }
        for (key, window) in windows.sorted(by: { ($0.key.rule, $0.key.account) < ($1.key.rule, $1.key.account) }) {
            for count in window.counts {
                var writer = JSONWriter(capacity: 160)
                writer.beginObject()
                writer.field("rule", key.rule)
                writer.field("number", ifPresent: key.account < 0 ? nil : Int64(key.account))
                writer.field("start", count.start.text(.microseconds))
                writer.field("used", count.used)
                writer.field("excess", count.excess)
                writer.endObject()
                lines += writer.finish() + [UInt8(ascii: "\n")]
            }
        }
        return lines
    }

    /// Forgets what was counted.
    func resetStatistics() {
        state.withLock { state in
            state.ledger.reset()
            for place in state.limits.indices { state.limits[place].reset() }
        }
    }
}

extension CallLedger.Endpoint {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("calls", Int64(calls))
        writer.field("refused", Int64(refused))
        writer.field("denied", Int64(denied))
        writer.field("failed", Int64(failed))
        writer.field("units", units)
        writer.field("micro_dollars", microDollars)
    }
}

extension CallLedger.Account {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.field("calls", Int64(calls))
        writer.field("refused", Int64(refused))
        writer.field("denied", Int64(denied))
    }
}
