internal import FleetCore
internal import JSON
internal import Platforms
internal import Synchronization

/// The simulated platforms behind one door: counts, limits and injected faults first, then the platform's own answer.
final class SimulatedService: Sendable {
    let options: SimulatorOptions
    private let instagram: InstagramWorld
    private let ledger: Mutex<CallLedger>

    init(_ options: SimulatorOptions) {
        self.options = options
        instagram = InstagramWorld(options)
        ledger = Mutex(CallLedger(limit: options.rateLimit, window: options.rateWindow))
    }

    /// Answers a call to a platform.
    func answer(_ call: SimulatedCall) -> SimulatedReply {
        var verdict: CallLedger.Verdict?
        var account: SimulatedAccount?
        do throws(GraphFault) {
            let target: InstagramWorld.Target
            do throws(GraphFault) {
                target = try instagram.target(call)
            } catch {
                ledger.withLock { $0.callOfStranger() }
                throw error
            }
            account = target.account
            let (told, number) = ledger.withLock { ledger in
                (ledger.call(target.account.number, at: call.now), ledger.total)
            }
            verdict = told
            guard told.isAllowed else { throw .tooManyCalls }
            if let fault = injectedFault(number) { return fault }
            let body = try instagram.answer(call, target)
            return reply(200, body, account, told)
        } catch {
            let trace = SimulatedAccount.mix(options.seed, UInt64(bitPattern: call.now.microseconds))
            return reply(error.status, error.body(trace: trace), account, verdict)
        }
    }

    /// Every call has a number, and the seed decides which numbers fail and how.
    private func injectedFault(_ number: UInt64) -> SimulatedReply? {
        guard options.failMillionths > 0 else { return nil }
        let chance = SimulatedAccount.mix(options.seed &+ 99, number)
        guard chance % 1_000_000 < options.failMillionths else { return nil }
        ledger.withLock { $0.fail() }
        if chance >> 32 & 1 == 0 {
            return reply(500, GraphFault.unavailable.body(trace: chance), nil, nil)
        }
        let page =
            "<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"
        return SimulatedReply(
            status: 502,
            headers: [Field("Content-Type", "text/html; charset=utf-8")],
            body: Array(page.utf8)
        )
    }

    private func reply(
        _ status: Int,
        _ body: [UInt8],
        _ account: SimulatedAccount?,
        _ verdict: CallLedger.Verdict?
    ) -> SimulatedReply {
        var headers = [
            Field("Content-Type", "application/json; charset=UTF-8"),
            Field("facebook-api-version", options.version),
            Field("x-app-usage", #"{"call_count":3,"total_cputime":1,"total_time":2}"#),
        ]
        if let account, let verdict {
            let percent = verdict.percent
            let wait = verdict.isAllowed ? 0 : verdict.minutesLeft
            headers.append(
                Field(
                    "x-business-use-case-usage",
                    #"{"\#(account.instagramID)":[{"type":"instagram","call_count":\#(percent),"#
                        + #""total_cputime":\#(percent / 2),"total_time":\#(percent / 2),"#
                        + #""estimated_time_to_regain_access":\#(wait)}]}"#
                )
            )
        }
        return SimulatedReply(status: status, headers: headers, body: body)
    }

    // MARK: Doors for tests, which no platform has

    /// The settled values of an account for a day: of one metric, or of all. Nil when there is no such account or metric.
    func truth(_ id: some StringProtocol, _ metric: String?, _ day: CivilDate) -> [UInt8]? {
        guard let account = instagram.account(id) else { return nil }
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("account", account.instagramID)
        writer.field("date", day.description)
        if let metric {
            guard let id = MetricCatalogue.id(named: metric.utf8.span),
                let value = instagram.curves.value(account.number, id, on: day)
            else { return nil }
            writer.field("metric", metric)
            writer.field("value", value)
        } else {
            writer.key("values")
            writer.beginObject()
            for metric in MetricCatalogue.all {
                guard let value = instagram.curves.value(account.number, metric.id, on: day) else { continue }
                writer.key(dynamic: metric.name)
                writer.int(value)
            }
            writer.endObject()
        }
        writer.endObject()
        return writer.finish()
    }

    /// What was counted: in total, or for one account.
    func statistics(of id: String? = nil) -> [UInt8]? {
        let ledger = ledger.withLock { $0 }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        if let id {
            guard let account = instagram.account(id) else { return nil }
            let entry = ledger.account(account.number)
            writer.field("account", id)
            writer.field("calls", Int64(entry.calls))
            writer.field("refused", Int64(entry.refused))
            writer.field("window_calls", Int64(entry.windowCalls))
            writer.field("busiest_window", Int64(entry.busiestWindow))
        } else {
            writer.field("calls", Int64(ledger.total))
            writer.field("refused", Int64(ledger.refused))
            writer.field("failed", Int64(ledger.failed))
            writer.field("accounts_called", Int64(ledger.accounts.count { $0.calls > 0 }))
            writer.field("busiest_window", Int64(ledger.accounts.lazy.map(\.busiestWindow).max() ?? 0))
            writer.field("rate_limit", Int64(ledger.limit))
            writer.field("window_seconds", Int64(ledger.window))
        }
        writer.endObject()
        return writer.finish()
    }

    /// Forgets what was counted.
    func resetStatistics() { ledger.withLock { $0.reset() } }

    /// Ids, handles and tokens of accounts, for connecting them.
    func accounts(from first: Int, count: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 120 * min(max(count, 0), 10_000))
        writer.beginArray()
        for number in max(0, first)..<max(0, first, min(options.accounts, max(0, first) + max(0, count))) {
            let account = SimulatedAccount(number: number)
            writer.beginObject()
            writer.field("platform", "instagram")
            writer.field("external_id", account.instagramID)
            writer.field("username", account.username)
            writer.field("token", account.token)
            writer.endObject()
        }
        writer.endArray()
        return writer.finish()
    }
}
