internal import FleetCore
internal import Platforms

/// Every platform in the box, and the way from a path to the platform: the fleet calls all of them at one origin.
enum SimulatedPlatforms {
    static let all: [any SimulatedPlatform] = [
        SimulatedInstagram(),
        SimulatedFacebook(),
        SimulatedThreads(),
        SimulatedYouTube(),
        SimulatedLinkedIn(),
        SimulatedX(),
        SimulatedTikTok(),
        SimulatedPinterest(),
    ]

    private static let byPlace: [any SimulatedPlatform] = PlatformName.allCases.map { name in
        all.first { $0.name == name } ?? AbsentPlatform(name: name)
    }

    static subscript(_ name: PlatformName) -> any SimulatedPlatform { byPlace[name.place] }

    /// The platform that a path belongs to.
    static func name(of call: SimulatedCall) -> PlatformName? {
        let segments = call.segments
        let second = segments.dropFirst().first ?? ""
        switch segments.first {
        case nil: return graph(call.list("ids").first ?? "", call)
        case "youtube"?: return .youtube
        case "rest"?: return .linkedin
        case "2"?: return .x
        case "open_api"?: return .tiktok
        case "v5"?: return .pinterest
        case "v1.0"?: return .threads
        case "v2"?: return second == "reports" ? .youtube : .tiktok
        case let first? where first.utf8.first == UInt8(ascii: "v"):
            return graph(second.isEmpty ? call.list("ids").first ?? "" : String(second), call)
        case let first?: return graph(String(first), call)
        }
    }

    /// Instagram and Facebook share their paths, and so does Threads without its version: the object's id tells them apart,
    /// or else the token.
    private static func graph(_ object: String, _ call: SimulatedCall) -> PlatformName {
        if object.utf8.count == 14 && object.hasPrefix("178") { return .instagram }
        if object.utf8.count == 17 && object.hasPrefix("179") { return .instagram }
        if object.hasPrefix("3188") { return .facebook }
        switch call.access.account?.platform {
        case .facebook?: return .facebook
        case .threads?: return .threads
        default: return .instagram
        }
    }
}
