import Adapters
import Configuration
import FleetCore
import JSON

/// What a selection would do, for people and programs: how many, which not and why, and how long it takes.
struct PlanText {
    var plan: SelectionPlan
    var terms: ReplayPace.Terms
    /// Whether the selection stays, so that it can be begun by its number.
    var isKept: Bool

    /// What the platforms' budgets make of it.
    private struct Outlook {
        var platform: String
        var letters: Int64
        /// Seconds that the tightest budget asks for; nil where nothing tells.
        var seconds: Int64?
        var budget: String?
    }

    func show(_ call: CommandCall) async throws {
        let outlooks = plan.action == .replay ? try await outlooks(call) : []
        let paced = plan.action == .replay ? Int64((Double(plan.accepted) / terms.rate).rounded(.up)) : 0
        let seconds = max(paced, outlooks.compactMap(\.seconds).max() ?? 0)
        call.output.show(document(outlooks, seconds)) {
            print(outlooks, seconds, call.output)
        }
        if isKept {
            call.output.note(
                "nothing was done yet; begin with `flotilla dead \(plan.action.rawValue) --selection \(plan.selection) "
                    + "--reason … --yes`"
            )
        }
    }

    private func print(_ outlooks: [Outlook], _ seconds: Int64, _ output: CommandOutput) {
        var facts: [(name: String, value: String)] = [
            ("selection", isKept ? String(plan.selection) : "none, a dry run"),
            ("letters", Words.number(plan.letters)), ("would \(plan.action.rawValue)", Words.number(plan.accepted)),
        ]
        if plan.action == .replay {
            let slowest = outlooks.filter { $0.seconds == seconds }.first
            let limit = slowest.map { ", limited by \($0.platform)'s budget \($0.budget ?? "")" } ?? ""
            facts.append(("takes", Words.span(seconds: seconds) + " at \(terms.rate) letters a second" + limit))
            facts.append(
                ("canary", terms.canary == 0 ? "none" : "\(terms.canary), of which \(terms.tolerance) may die again")
            )
        }
        output.facts(facts + plan.platforms.map { ("of \($0.name)", Words.number($0.letters)) })
        if plan.refused.isEmpty { return }
        var table = TextTable("refused for", ">letters", "why", ">letter", "for example")
        for refused in plan.refused {
            table.add(
                refused.reason.rawValue,
                Words.number(refused.letters),
                refused.reason.meaning,
                String(refused.example),
                Words.short(refused.detail)
            )
        }
        output.print("")
        table.print(on: output)
        let advice = plan.refused.map(\.reason).filter(\.isAdvice).map(\.rawValue)
        if !advice.isEmpty { output.note("sent all the same with --allow \(advice.joined(separator: ","))") }
    }

    private func document(_ outlooks: [Outlook], _ seconds: Int64) -> JSONValue {
        [
            "selection": isKept ? .int(plan.selection) : .null, "action": .string(plan.action.rawValue),
            "letters": .int(plan.letters), "accepted": .int(plan.accepted), "seconds": .int(seconds),
            "refused": .array(
                plan.refused.map { refused in
                    [
                        "reason": .string(refused.reason.rawValue), "letters": .int(refused.letters),
                        "meaning": .string(refused.reason.meaning), "example": .int(refused.example),
                        "detail": .string(refused.detail),
                    ]
                }
            ),
            "platforms": .array(
                outlooks.map { outlook in
                    [
                        "platform": .string(outlook.platform), "letters": .int(outlook.letters),
                        "seconds": outlook.seconds.map { .int($0) } ?? .null, "budget": .text(outlook.budget),
                    ]
                }
            ),
        ]
    }

    /// How long the tightest budget of each platform lets it take.
    private func outlooks(_ call: CommandCall) async throws -> [Outlook] {
        let board = try await BudgetBoard.read(call, platform: nil, limit: 10_000)
        var outlooks: [Outlook] = []
        for (name, letters) in plan.platforms {
            var outlook = Outlook(platform: name, letters: letters)
            if let platform = PlatformName(rawValue: name) {
                let recent = try await call.withPool { try await BudgetStore(pool: $0).recentJobs(platform) }
                let found = BudgetsForecast.outlook(platform, board, 0, recent, at: call.now)
                if let tightest = found.tightest, tightest.callsPerHour > 0 {
                    let requests = letters * (found.requestsPerJob ?? 1000) / 1000
                    (outlook.seconds, outlook.budget) = (requests * 3600 / tightest.callsPerHour, tightest.name)
                }
            }
            outlooks.append(outlook)
        }
        return outlooks
    }
}

/// Workspaces that have no money left at a platform.
enum SpentBudgets {
    static func read(_ call: CommandCall) async throws -> Set<SpentBudget> {
        let board = try await BudgetBoard.read(call, platform: nil, limit: 10_000)
        return Set(
            board.rows.compactMap { row in
                guard row.terms.rule.unit == .microDollars, let workspace = Int64(row.key.subject),
                    let limit = row.ledger.limit(row.terms), row.ledger.used(row.terms, at: call.now) >= limit
                else { return nil }
                return SpentBudget(platform: row.key.platform.rawValue, workspace: workspace)
            }
        )
    }
}
