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
        var consents = ConsentBook()
        var faults = FaultBook()
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
        var rules = options.limits ? SimulatedPlatforms[platform].limits : []
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
        if let door = TokenDoor(self, call, world) {
            return answer(call, door.plan, door.platform, isToken: true, world)
        }
        guard let name = SimulatedPlatforms.name(of: call) else { return nil }
        return answer(call, SimulatedPlatforms[name].plan(call, world), name, isToken: false, world)
    }

    /// What came of counting a call.
    private struct Count {
        var number: UInt64
        var standings: [LimitStanding]
        var fault: FaultRule?
        var delay = Duration.zero
    }

    private func answer(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ name: PlatformName,
        isToken: Bool,
        _ world: World
    ) -> SimulatedReply {
        let platform = SimulatedPlatforms[name]
        let count = count(call, plan, name, isDenied: !isToken && call.access.standing != .good)
        let chance = SimulatedAccount.mix(options.seed &+ 99, count.number)
        var reply: SimulatedReply
        if let full = count.standings.first(where: { !$0.isAllowed }) {
            reply = platform.refusal(call, full, world)
        } else if let fault = count.fault {
            reply = fault.reply(call, plan, platform, world, chance: chance) { billed(plan, name, call.now) }
            reply.delay += count.delay
            guard fault.keepsHeaders else { return reply }
        } else {
            reply = passingFault(chance, call, platform) ?? billed(plan, name, call.now)
        }
        reply.delay += count.delay
        if !isToken { reply.headers += platform.headers(call, plan, count.standings, world) }
        return reply
    }

    /// Counts a call: in the windows it belongs to, in the ledger, and against the faults that are on.
    private func count(_ call: SimulatedCall, _ plan: CallPlan, _ name: PlatformName, isDenied: Bool) -> Count {
        state.withLock { state in
            let account = plan.account ?? call.access.account
            let standings =
                isDenied
                ? []
                : state.limits[name.place].call(plan.endpoint, plan.account?.number, units: plan.units, at: call.now)
            let isRefused = standings.contains { !$0.isAllowed }
            var count = Count(number: state.ledger.total + 1, standings: standings)
            if !isRefused && !state.faults.rules.isEmpty {
                let chance = SimulatedAccount.mix(options.seed &+ 98, count.number)
                (count.fault, count.delay) = state.faults.pick(
                    name,
                    plan.endpoint,
                    account?.number,
                    chance: chance,
                    at: call.now
                )
            }
            state.ledger.count(
                name,
                plan.endpoint,
                account,
                call.access.token,
                isDenied ? .denied : isRefused ? .refused : count.fault != nil ? .failed : .answered,
                units: isRefused || isDenied ? 0 : plan.units
            )
            return count
        }
    }

    /// The platform's own answer; what it costs is billed.
    private func billed(_ plan: CallPlan, _ name: PlatformName, _ now: Instant) -> SimulatedReply {
        let reply = plan.answer()
        if !reply.bill.isEmpty { bill(reply.bill, name, plan, now) }
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
        _ chance: UInt64,
        _ call: SimulatedCall,
        _ platform: any SimulatedPlatform
    ) -> SimulatedReply? {
        guard options.failMillionths > 0, chance % 1_000_000 < options.failMillionths else { return nil }
        state.withLock { $0.ledger.fail() }
        return chance >> 32 & 1 == 0 ? platform.trouble(call, chance) : .page(502, "Error")
    }
}
