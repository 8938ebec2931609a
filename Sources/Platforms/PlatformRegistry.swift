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

    /// The code of a platform, or nil when this version has none.
    public static subscript(_ name: PlatformName) -> Platform? { all.first { $0.name == name } }
}
