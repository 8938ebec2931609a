import Adapters
import FleetCore
import Platforms

/// One attempt at a job: whose it is, and with what it is made.
struct Attempt: Sendable {
    let job: Job
    /// Which attempt this is, from 1.
    let number: Int
    let access: AccountAccess
    let token: String
    let desk: PlatformDesk

    /// Where a metric is refused that is refused in this scope of the platform.
    func scope(_ scope: String) -> RefusalScope {
        RefusalScope(platform: desk.platform.name.rawValue, version: desk.apiVersion, scope: scope)
    }
}
