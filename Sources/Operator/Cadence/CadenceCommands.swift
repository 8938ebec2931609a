import Adapters
import Configuration
import FleetCore
import JSON
import Platforms

/// `flotilla cadence show | pause | resume`.
enum CadenceCommands {
    static let group = CommandGroup("cadence", help: "What is collected when, account by account.")
    static let all: [Command] = [show, pause, resume]

    private static let account = Option("account", .number, help: "One account's plan.").optional

    static let show = Command(
        "cadence show",
        help: "All plans by platform, or with --account what is due when for one account, and why.",
        example: "flotilla cadence show --account 12",
        options: [account],
        exitCodes: [.notFound]
    ) { call in
        guard let account = call[account] else { return try await overview(call) }
        let shown = try await call.withPool { pool in
            try await CadenceStore(pool: pool).show(account, now: call.now) { name in
                PlatformRegistry[name].map { CadenceRules($0) }
            }
        }
        guard let shown else {
            throw CommandFailure(
                .notFound,
                "account \(account) has no plan; `flotilla cadence resume --account \(account)` gives it one"
            )
        }
        report(account, shown, call)
        return .ok
    }

    private static func overview(_ call: CommandCall) async throws -> ExitCode {
        let plans = try await call.withPool { pool in try await CadenceStore(pool: pool).overview(now: call.now) }
        var table = TextTable("platform", ">plans", ">paused", ">due", "next", "state")
        for plan in plans {
            let counts = [plan.plans, plan.paused, plan.due].map { Words.number($0) }
            let next = plan.next.map { Words.relative($0, now: call.now) } ?? "never"
            table.add([plan.platform] + counts + [next, plan.isPaused ? "paused" : "running"])
        }
        let items = plans.map { plan -> JSONValue in
            [
                "platform": .string(plan.platform), "plans": .int(plan.plans), "paused": .int(plan.paused),
                "due": .int(plan.due), "next": plan.next.map { .time($0) } ?? .null,
                "is_paused": .bool(plan.isPaused),
            ]
        }
        call.output.list(items, table: table, empty: "no account has a plan; `flotilla accounts add` gives it one")
        return .ok
    }

    private static func report(_ account: Int64, _ shown: CadenceStore.Shown, _ call: CommandCall) {
        let rules = PlatformName(rawValue: shown.platform).flatMap { PlatformRegistry[$0] }.map { CadenceRules($0) }
        let plan = rules.map { CadencePlan(shown.state, $0, shown.facts, now: call.now) }
        let tasks = CadenceTask.allCases.compactMap { task -> (CadenceTask, Instant?, String)? in
            guard let plan, let rules, rules.collections.contains(task.collection) else { return nil }
            return (task, plan.due(task), plan.reason(task))
        }
        let standing = standing(shown, isKnown: rules != nil)
        var table = TextTable("task", "due", "why")
        for (task, due, why) in tasks {
            table.add(task.rawValue, due.map { Words.relative($0, now: call.now) } ?? "not by itself", why)
        }
        let items = tasks.map { task, due, why -> JSONValue in
            ["task": .string(task.rawValue), "due": due.map { .time($0) } ?? .null, "why": .string(why)]
        }
        call.output.show([
            "account": .int(account), "platform": .string(shown.platform), "state": .string(standing),
            "planned_at": .time(shown.state.plannedAt), "tasks": .array(items),
        ]) {
            call.output.facts([
                ("account", String(account)), ("platform", shown.platform), ("state", standing),
                ("plan from", Words.relative(shown.state.plannedAt, now: call.now)),
            ])
            call.output.list(items, table: table, empty: "nothing to collect")
        }
    }

    private static func standing(_ shown: CadenceStore.Shown, isKnown: Bool) -> String {
        if !isKnown { return "this version does not know the platform" }
        if shown.isPaused { return "paused" }
        if shown.isPlatformPaused { return "paused with its platform" }
        return shown.isActive ? "running" : "resting: the account is not active"
    }

    static let pause = Command(
        "cadence pause",
        help: "Let the plan of an account, or all plans of a platform, stand still. Jobs that are ordered go on.",
        example: "flotilla cadence pause --platform x",
        options: [account, SharedOptions.anyPlatform],
        exitCodes: [.notFound]
    ) { call in
        try await change(call, isPaused: true)
    }

    static let resume = Command(
        "cadence resume",
        help:
            "Let the plan of an account, or all plans of a platform, go on; an account without a plan gets one. What was "
            + "missed is looked for at once.",
        example: "flotilla cadence resume --account 12",
        options: [account, SharedOptions.anyPlatform],
        exitCodes: [.notFound]
    ) { call in
        try await change(call, isPaused: false)
    }

    private static func change(_ call: CommandCall, isPaused: Bool) async throws -> ExitCode {
        let word = isPaused ? "paused" : "running"
        switch (call[account], call[SharedOptions.anyPlatform]) {
        case (let account?, nil):
            let isKnown = try await call.withPool { pool in
                let store = CadenceStore(pool: pool)
                return isPaused ? try await store.pause(account) : try await store.start(account, at: call.now)
            }
            guard isKnown else {
                throw CommandFailure(.notFound, isPaused ? "account \(account) has no plan" : "no account \(account)")
            }
            call.output.show(["account": .int(account), "state": .string(word)]) {
                call.output.print("the plan of account \(account) is \(word)")
            }
        case (nil, let platform?):
            try await call.withPool { pool in try await CadenceStore(pool: pool).pause(platform, isPaused) }
            call.output.show(["platform": .string(platform.rawValue), "state": .string(word)]) {
                call.output.print("the plans of \(platform.rawValue) are \(word)")
            }
        default: throw CommandFailure(.usage, "name either --account or --platform")
        }
        return .ok
    }
}

extension CadenceTask {
    /// What a platform must offer for the task.
    fileprivate var collection: CollectionKind {
        switch self {
        case .metrics, .gaps, .history: .accountDaily
        case .stories: .stories
        case .discovery: .posts
        case .posts: .postMetrics
        case .demographics: .demographics
        }
    }
}
