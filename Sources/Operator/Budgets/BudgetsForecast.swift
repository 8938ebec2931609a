import Adapters
import Configuration
import FleetCore
import JSON

/// `flotilla budgets forecast`.
enum BudgetsForecast {
    /// What is to be expected of a platform.
    struct Outlook {
        var platform: PlatformName
        var queued: Int64
        /// Requests that a job took of late, in thousandths; nil before any ended.
        var requestsPerJob: Int64?
        /// The budget that lets the fewest calls through, with calls an hour.
        var tightest: (name: String, callsPerHour: Int64)?
        /// When what is queued is done; nil when nothing tells.
        var done: Instant?
    }

    /// What a workspace spends.
    struct Spending {
        var platform: PlatformName
        var workspace: String
        var spent: Int64
        var monthEnd: Int64
        var limit: Int64?
    }

    static let command = Command(
        "budgets forecast",
        help:
            "When what is queued will be done under the budgets, and what each workspace will have spent by month's end.",
        example: "flotilla budgets forecast"
    ) { call in
        let board = try await BudgetBoard.read(call, platform: nil, limit: 10_000)
        let depth = try await BrokerDepth.read(call)
        var outlooks: [Outlook] = []
        for platform in PlatformName.allCases {
            let recent = try await call.withPool { try await BudgetStore(pool: $0).recentJobs(platform) }
            outlooks.append(outlook(platform, board, try queued(platform, depth, call), recent, at: call.now))
        }
        let spending = board.rows.compactMap { Self.spending($0, at: call.now) }
        call.output.show(document(outlooks, spending)) { print(outlooks, spending, call, depth == nil) }
        return .ok
    }

    private static func queued(
        _ platform: PlatformName,
        _ depth: BrokerDepth?,
        _ call: CommandCall
    ) throws -> Int64 {
        let names = Set(try TopologyCommands.topology(call).workQueues(platform: platform.rawValue).map(\.queue))
        return depth?.queues.reduce(0) { names.contains($1.name) ? $0 + $1.messages : $0 } ?? 0
    }

    /// What is to be expected of a platform with so many jobs before it.
    static func outlook(
        _ platform: PlatformName,
        _ board: BudgetBoard,
        _ queued: Int64,
        _ recent: (jobs: Int64, requests: Int64, time: Duration),
        at now: Instant
    ) -> Outlook {
        let perJob = recent.jobs > 0 ? max(recent.requests * 1000 / recent.jobs, 1) : nil
        let rates = board.rows.compactMap { row -> (name: String, callsPerHour: Int64)? in
            guard row.key.platform == platform, row.terms.rule.subject == .app, row.terms.rule.unit != .microDollars,
                let limit = row.ledger.limit(row.terms)
            else { return nil }
            let hour = Int128(limit) * 3600 * 1_000_000 / Int128(max(row.terms.rule.window.length.wholeMicroseconds, 1))
            return (row.name, Int64(clamping: hour))
        }
        let tightest = rates.min { $0.callsPerHour < $1.callsPerHour }
        var outlook = Outlook(platform: platform, queued: queued, requestsPerJob: perJob, tightest: tightest)
        guard queued > 0 else { return outlook }
        // What the budget allows, or how fast it went, whichever is slower.
        var seconds: [Int64] = []
        if let tightest, let perJob, tightest.callsPerHour > 0 {
            seconds.append(queued * perJob / 1000 * 3600 / tightest.callsPerHour)
        }
        if recent.jobs > 1, recent.time > .zero {
            seconds.append(
                Int64(
                    clamping: Int128(queued) * Int128(recent.time.wholeMicroseconds) / Int128(recent.jobs) / 1_000_000
                )
            )
        }
        outlook.done = seconds.max().map { now + .seconds($0) }
        return outlook
    }

    private static func spending(_ row: BudgetBoard.Row, at now: Instant) -> Spending? {
        guard row.terms.rule.unit == .microDollars, row.terms.rule.window == .month else { return nil }
        let spent = row.ledger.used(row.terms, at: now)
        let start = row.terms.rule.window.start(at: now, zone: row.terms.zone)
        let end = row.terms.rule.window.end(of: now, zone: row.terms.zone)
        let gone = max((now - start).wholeMicroseconds, 1)
        return Spending(
            platform: row.key.platform,
            workspace: row.key.subject,
            spent: spent,
            monthEnd: Int64(clamping: Int128(spent) * Int128((end - start).wholeMicroseconds) / Int128(gone)),
            limit: row.ledger.limit(row.terms)
        )
    }

    private static func print(_ outlooks: [Outlook], _ spending: [Spending], _ call: CommandCall, _ isBlind: Bool) {
        var table = TextTable("platform", ">queued", ">requests per job", "tightest budget", ">calls an hour", "done")
        for outlook in outlooks {
            table.add(
                outlook.platform.rawValue,
                Words.number(outlook.queued),
                outlook.requestsPerJob.map { "\($0 / 1000).\($0 % 1000 / 100)" } ?? "",
                outlook.tightest?.name ?? "",
                outlook.tightest.map { Words.number($0.callsPerHour) } ?? "",
                outlook.queued == 0 ? "" : outlook.done.map { Words.relative($0, now: call.now) } ?? "unknown"
            )
        }
        table.print(on: call.output)
        if isBlind { call.output.note("no broker is configured, so what is queued is not known") }
        guard !spending.isEmpty else { return }
        var money = TextTable("platform", "workspace", ">spent", ">by month's end", ">limit")
        for entry in spending {
            money.add(
                entry.platform.rawValue,
                entry.workspace,
                dollars(entry.spent),
                dollars(entry.monthEnd),
                entry.limit.map(dollars) ?? "none"
            )
        }
        call.output.print("")
        money.print(on: call.output)
    }

    /// Millionths of a dollar as dollars and cents, rounded up.
    static func dollars(_ micro: Int64) -> String {
        let cents = (micro + 9999) / 10_000
        return "\(Words.number(cents / 100)).\(cents % 100 < 10 ? "0" : "")\(cents % 100) USD"
    }

    private static func document(_ outlooks: [Outlook], _ spending: [Spending]) -> JSONValue {
        [
            "platforms": .array(
                outlooks.map { outlook in
                    [
                        "platform": .string(outlook.platform.rawValue), "queued": .int(outlook.queued),
                        "tightest_budget": .text(outlook.tightest?.name),
                        "calls_per_hour": outlook.tightest.map { .int($0.callsPerHour) } ?? .null,
                        "done_at": .time(outlook.done),
                    ]
                }
            ),
            "money": .array(
                spending.map { entry in
                    [
                        "platform": .string(entry.platform.rawValue), "workspace": .string(entry.workspace),
                        "spent_micro_dollars": .int(entry.spent), "month_end_micro_dollars": .int(entry.monthEnd),
                        "limit_micro_dollars": entry.limit.map { .int($0) } ?? .null,
                    ]
                }
            ),
        ]
    }
}
