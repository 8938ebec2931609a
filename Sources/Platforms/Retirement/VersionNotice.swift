public import FleetCore

/// How near the end of a version of a platform's interface is.
public struct VersionNotice: Hashable, Sendable {
    /// When to speak, and how loudly.
    public enum Level: String, Sendable, CaseIterable {
        /// At most 90 days are left.
        case planned
        /// At most 30 days are left.
        case soon
        /// At most 7 days are left.
        case urgent
        /// It is over.
        case ended
    }

    /// The version.
    public let version: APIVersion
    /// Days that it is still served; 0 and less when it is over.
    public let daysLeft: Int
    /// How loudly to speak; nil when there is time.
    public let level: Level?

    /// The notice of a version on a day; nil when nobody knows when it ends.
    public init?(_ version: APIVersion, on today: CivilDate) {
        guard let sunset = version.sunset else { return nil }
        self.version = version
        daysLeft = sunset - today
        level =
            switch daysLeft {
            case ...0: .ended
            case ...7: .urgent
            case ...30: .soon
            case ...90: .planned
            default: nil
            }
    }
}

extension Platform {
    /// The notice of the version that is called; nil for one whose end nobody knows.
    public func notice(of version: String, on today: CivilDate) -> VersionNotice? {
        versions.first { $0.name == version }.flatMap { VersionNotice($0, on: today) }
    }
}
