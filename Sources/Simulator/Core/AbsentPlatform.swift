internal import FleetCore
internal import JSON
internal import Platforms

/// A platform of which the box holds the tokens only.
struct AbsentPlatform: SimulatedPlatform {
    let name: PlatformName
    let limits: [BudgetRule] = []

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan { CallPlan("absent", nil) { absent } }

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        SimulatedReply(status: 429)
    }

    func headers(_ call: SimulatedCall, _ plan: CallPlan, _ standings: [LimitStanding], _ world: World) -> [Field] {
        []
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply { .page(500, "Error") }

    func disguise(_ call: SimulatedCall) -> SimulatedReply { absent }

    private var absent: SimulatedReply {
        .json(status: 404) { writer in
            writer.beginObject()
            writer.field("message", "This platform is not simulated.")
            writer.endObject()
        }
    }
}
