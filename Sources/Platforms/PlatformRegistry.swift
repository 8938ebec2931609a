public import FleetCore

/// Every platform, one line each.
public enum PlatformRegistry {
    /// All platforms.
    public static let all: [Platform] = [
        .instagram,
        .facebook,
        .threads,
        .youtube,
        .linkedin,
        .x,
        .tiktok,
        .pinterest,
    ]

    /// Makes the names of all platforms known, which a program does before it reads a message or a table.
    public static func introduceAll() { _ = all.count }

    /// The code of a platform, or nil when this version has none.
    public static subscript(_ name: PlatformName) -> Platform? { all.first { $0.name == name } }
}
