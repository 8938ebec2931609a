extension PlatformName {
    /// The zone in which the platform cuts its days. A daily value belongs to that day and cannot be cut anew.
    public var dayZone: TimeZoneRules {
        switch self {
        case .instagram, .facebook, .threads, .youtube: .pacific
        case .linkedin, .x, .tiktok, .pinterest: .utc
        }
    }

    /// How long after a day's end the platform usually still changes its figures.
    public var settlingLag: Duration {
        switch self {
        case .instagram, .facebook, .threads, .linkedin, .tiktok, .pinterest: .seconds(48 * 3600)
        case .youtube: .seconds(72 * 3600)
        case .x: .seconds(3600)
        }
    }
}
