internal import FleetCore
internal import Platforms

/// One platform in the box: its facts, and what it answers as a function of the call and the world.
///
/// A platform is one folder and one line in ``SimulatedPlatforms``. The core counts calls, applies limits and faults, knows
/// the tokens and marks every answer as simulated; the platform says which call it is, what the answer is, and how it words
/// limits and trouble.
protocol SimulatedPlatform: Sendable {
    var name: PlatformName { get }

    /// The limits that hold unless others are set by option or command.
    var limits: [BudgetRule] { get }

    /// Which call this is, and its answer. Whatever is wrong with the call is an answer, too.
    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan

    /// The answer to a call that came when a window was full.
    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply

    /// What the answer's headers say about limits: `standings` are those that the call counts in, its own units included.
    func headers(_ call: SimulatedCall, _ plan: CallPlan, _ standings: [LimitStanding], _ world: World) -> [Field]

    /// The error of the platform's own for trouble that passes: status 500 or 503.
    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply

    /// A limit that pretends to be something else, as the platform is known to do.
    func disguise(_ call: SimulatedCall) -> SimulatedReply
}

/// Which call this is, and what is answered.
struct CallPlan {
    /// The family of calls that limits and counters know it by.
    var endpoint: String
    /// In whose windows it counts; nil for nobody's, as with an unknown token.
    var account: SimulatedAccount?
    /// What it costs in the platform's own units.
    var units: Int64 = 1
    /// The answer, worked out only when no limit and no fault comes first.
    var answer: () -> SimulatedReply

    init(
        _ endpoint: String,
        _ account: SimulatedAccount?,
        units: Int64 = 1,
        answer: @escaping () -> SimulatedReply
    ) {
        self.endpoint = endpoint
        self.account = account
        self.units = units
        self.answer = answer
    }
}

/// Where one limit stands after a call.
struct LimitStanding: Sendable {
    let rule: BudgetRule
    /// What may be used in a window.
    let limit: Int64
    /// What is used of it, this call included when it was let in.
    let used: Int64
    /// When the window ends, or for a sliding one when the call would be let in; the call's own time when there is room.
    let resetsAt: Instant
    /// Whether the call was let in by this rule.
    let isAllowed: Bool

    var remaining: Int64 { max(0, limit - used) }
    /// Used, in percent, at most 100.
    var percent: Int64 { limit <= 0 ? 100 : min(100, used * 100 / limit) }

    /// Whole seconds from an instant until the window ends, at least one.
    func seconds(from now: Instant) -> Int64 {
        max(1, (resetsAt.microseconds - now.microseconds + 999_999) / 1_000_000)
    }
}
