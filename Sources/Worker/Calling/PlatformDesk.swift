import FleetCore
import Platforms

/// All that a worker keeps ready for one platform. One object, so that handing it on copies nothing.
final class PlatformDesk: Sendable {
    let platform: Platform
    let settings: PlatformSettings
    let metrics: WorkerMetrics.PerPlatform

    init(_ platform: Platform, _ settings: PlatformSettings) {
        self.platform = platform
        self.settings = settings
        metrics = WorkerMetrics.PerPlatform(platform)
    }

    /// Whether a simulator answers in the platform's place, so that all numbers are synthetic.
    var isSimulated: Bool { settings.origin != nil }

    /// The version that requests name.
    var apiVersion: String { settings.version ?? platform.defaultVersion }

    /// One desk per platform that this program knows.
    static func all(origin: String?) -> [PlatformName: PlatformDesk] {
        Dictionary(
            uniqueKeysWithValues: PlatformRegistry.all.map { platform in
                (platform.name, PlatformDesk(platform, PlatformSettings(origin: origin)))
            }
        )
    }
}
