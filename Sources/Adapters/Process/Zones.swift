public import FleetCore
internal import Runtime

/// Time zones by name.
public enum Zones {
    /// The rules of a zone: of those built in, otherwise from the system's files. Throws when there is no such zone.
    public static func rules(_ name: String) throws -> TimeZoneRules {
        if let known = TimeZoneRules.known(name) { return known }
        return try TimeZoneRules(name: name, file: try ZoneFiles.load(name))
    }
}
