public import FleetCore

extension PlatformName {
    /// Beacon.
    public static let beacon = PlatformName.pinterest
}
