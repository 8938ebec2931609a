public import FleetCore

extension PlatformName {
    /// Beacon, which cuts its days in UTC. A real platform says `introduced` in this place, which makes its name known to
    /// messages and tables; this one must stay unknown to other tests.
    public static let beacon = PlatformName("beacon", dayZone: .utc, settlingLag: .seconds(48 * 3600))
}
