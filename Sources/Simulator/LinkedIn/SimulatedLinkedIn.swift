internal import FleetCore
internal import JSON
internal import Platforms

/// LinkedIn's versioned interface for organization pages.
struct SimulatedLinkedIn: SimulatedPlatform {
    let name = PlatformName.linkedin

    /// LinkedIn publishes none: those that our own code supposes.
    let limits = Platform.linkedin.limits

    func plan(_ call: SimulatedCall, _ world: World) -> CallPlan {
        let parts = call.segments.dropFirst()
        return CallPlan(String(parts.first ?? "unknown"), call.access.owner) {
            do throws(LinkedInFault) {
                let owner = try SimulatedLinkedIn.owner(call)
                try SimulatedLinkedIn.checkVersion(call)
                let query = try LinkedInQuery(call)
                return .json(try SimulatedLinkedIn.answer(parts, query, owner, world))
            } catch {
                return error.reply
            }
        }
    }

    private static func owner(_ call: SimulatedCall) throws(LinkedInFault) -> SimulatedAccount {
        switch call.access.standing {
        case .good: break
        case .absent: throw .noToken
        case .unknown: throw .unknownToken
        case .expired: throw .expiredToken
        case .revoked: throw .revokedToken
        }
        guard let owner = call.access.owner, owner.platform == .linkedin, !call.isPost else { throw .unknownToken }
        return owner
    }

    /// Every call names a month that is served now.
    private static func checkVersion(_ call: SimulatedCall) throws(LinkedInFault) {
        guard let name = call.header("linkedin-version"), !name.isEmpty else { throw .noVersion }
        let today = call.now.utcDate
        let isServed = Platform.linkedin.versions.contains { version in
            version.name == name && version.sunset.map { today < $0 } ?? true
        }
        guard isServed else { throw .inactive(name) }
    }

    private static func answer(
        _ parts: ArraySlice<Substring>,
        _ query: LinkedInQuery,
        _ owner: SimulatedAccount,
        _ world: World
    ) throws(LinkedInFault) -> [UInt8] {
        let elements = LinkedInElements(query: query, owner: owner, truth: world[.linkedin], world: world)
        switch parts.first {
        case "organizationalEntityShareStatistics"?: return try elements.shareStatistics()
        case "organizationalEntityFollowerStatistics"?: return try elements.followerStatistics()
        case "organizationPageStatistics"?: return try elements.pageStatistics()
        case "networkSizes"? where parts.count == 2: return try elements.networkSize(parts.last ?? "")
        case "posts"? where parts.count == 1: return try elements.posts()
        case "organizationAcls"?: return try elements.roles()
        default: throw .unknown(parts.first ?? "")
        }
    }

    func refusal(_ call: SimulatedCall, _ full: LimitStanding, _ world: World) -> SimulatedReply {
        guard full.rule.window == .day else { return LinkedInFault.tooMany.reply }
        return LinkedInFault.dayLimit(ofMember: full.rule.subject == .account).reply
    }

    /// LinkedIn says nothing of limits and waits; every answer has an id for its support.
    func headers(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ standings: [LimitStanding],
        _ world: World
    ) -> [Field] {
        let id = SimulatedAccount.mix(world.options.seed, UInt64(bitPattern: call.now.microseconds))
        return [
            Field("x-li-fabric", "prod-sim"), Field("x-li-uuid", "AAYq" + String(id, radix: 16) + "=="),
            Field("x-restli-protocol-version", "2.0.0"),
        ]
    }

    func trouble(_ call: SimulatedCall, _ chance: UInt64) -> SimulatedReply { LinkedInFault.failed.reply }

    /// Protection of the servers looks like a limit without a word of when.
    func disguise(_ call: SimulatedCall) -> SimulatedReply { LinkedInFault.tooMany.reply }
}
