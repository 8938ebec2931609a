internal import FleetCore
internal import JSON
internal import Platforms
internal import Synchronization

/// The simulated platforms behind one door: tokens, limits and faults are the same for all, the answer is the platform's.
final class SimulatedService: Sendable {
    /// Everything that changes.
    struct State: Sendable {
        var world: World
        var credentials = CredentialBook()
        var ledger = CallLedger()
        /// By place of the platform.
        var limits: [LimitBook]
    }

    let options: SimulatorOptions
    let state: Mutex<State>

    init(_ options: SimulatorOptions) {
        self.options = options
        state = Mutex(
            State(
                world: World(options),
                limits: PlatformName.allCases.map { LimitBook($0, SimulatedService.rules($0, options)) }
            )
        )
    }

    /// The world as it is now.
    var world: World { state.withLock { $0.world } }

    /// The limits that hold from the start.
    private static func rules(_ platform: PlatformName, _ options: SimulatorOptions) -> [BudgetRule] {
        var rules = options.limits ? SimulatedPlatforms[platform]?.limits ?? [] : []
        if platform == .instagram && options.rateLimit > 0 {
            let limit = Int64(options.rateLimit)
            rules.append(BudgetRule("account", .account, limit: limit, window: .sliding(options.rateWindow)))
        }
        return rules
    }

    /// Answers a call to any platform; nil when no platform has such a path.
    func answer(_ call: SimulatedCall) -> SimulatedReply? {
        var call = call
        let world = state.withLock { state in
            call.access = state.credentials.access(call.token, at: call.now)
            return state.world
        }
        if let account = call.access.account, !world.has(account) { call.access.standing = .unknown }
        if let batch = GraphBatch(call) { return marked(batch.answer { answer($0, world) }) }
        return answer(call, world).map(marked)
    }

    /// Synthetic data is marked, so that it cannot be taken for real.
    private func marked(_ reply: SimulatedReply) -> SimulatedReply {
        var reply = reply
        reply.headers.append(SimulatedService.mark)
        return reply
    }

    private static let mark = Field("X-Flotilla-Simulated", "1")

    private func answer(_ call: SimulatedCall, _ world: World) -> SimulatedReply? {
        guard let name = SimulatedPlatforms.name(of: call), let platform = SimulatedPlatforms[name] else { return nil }
        let plan = platform.plan(call, world)
        let isDenied = call.access.standing != .good
        let (number, standings) = state.withLock { state in
            let standings =
                isDenied
                ? []
                : state.limits[name.place].call(plan.endpoint, plan.account?.number, units: plan.units, at: call.now)
            let isRefused = standings.contains { !$0.isAllowed }
            state.ledger.count(
                name,
                plan.endpoint,
                plan.account ?? call.access.account,
                call.access.token,
                isDenied ? .denied : isRefused ? .refused : .answered,
                units: isRefused || isDenied ? 0 : plan.units
            )
            return (state.ledger.total, standings)
        }
        var reply: SimulatedReply
        if let full = standings.first(where: { !$0.isAllowed }) {
            reply = platform.refusal(call, full, world)
        } else if !isDenied, let fault = passingFault(number, call, platform) {
            reply = fault
        } else {
            reply = plan.answer()
            if !reply.bill.isEmpty { bill(reply.bill, name, plan, call.now) }
        }
        reply.headers += platform.headers(call, plan, standings, world)
        return reply
    }

    private func bill(
        _ resources: [SimulatedReply.BilledResource],
        _ name: PlatformName,
        _ plan: CallPlan,
        _ now: Instant
    ) {
        state.withLock { state in
            let cost = state.limits[name.place].bill(resources, plan.account?.number, at: now)
            state.ledger.bill(name, plan.endpoint, cost)
        }
    }

    /// Every call has a number, and the seed decides which numbers fail and how.
    private func passingFault(
        _ number: UInt64,
        _ call: SimulatedCall,
        _ platform: any SimulatedPlatform
    ) -> SimulatedReply? {
        guard options.failMillionths > 0 else { return nil }
        let chance = SimulatedAccount.mix(options.seed &+ 99, number)
        guard chance % 1_000_000 < options.failMillionths else { return nil }
        state.withLock { $0.ledger.fail() }
        return chance >> 32 & 1 == 0 ? platform.trouble(call, chance) : .page(502, "Error")
    }
}
