internal import FleetCore

/// The stretch of time that a request names with `since`, `until` or `date_preset`.
struct GraphWindow {
    private var since: String?
    private var until: String?
    private var preset: String?
    private var known: ClosedRange<CivilDate>?

    /// The window of a request: the days it was built for, or what its query says.
    init(_ request: PlatformRequest) {
        self.init(request.query)
        known = request.window
    }

    /// The window that fields say: a query, or the arguments of an edge.
    init(_ fields: [Field]) {
        since = fields["since"]
        until = fields["until"]
        preset = fields["date_preset"]
    }

    /// The local days it covers; nil for a preset that is not known. Without limits it is the last 24 hours.
    func days(at now: Instant) -> ClosedRange<CivilDate>? {
        if let known { return known }
        let zone = TimeZoneRules.pacific
        if let preset, since == nil, until == nil { return GraphWindow.days(of: preset, today: zone.date(at: now)) }
        let end = until.flatMap(GraphWindow.instant) ?? now
        let start = since.flatMap(GraphWindow.instant) ?? (end - .seconds(86_400))
        let first = zone.date(at: start)
        return first...max(first, zone.date(at: end - .seconds(1)))
    }

    private static func days(of preset: String, today: CivilDate) -> ClosedRange<CivilDate>? {
        switch preset {
        case "today": return today...today
        case "yesterday": return (today - 1)...(today - 1)
        default:
            guard preset.hasPrefix("last_"), preset.hasSuffix("d"), let count = Int(preset.dropFirst(5).dropLast()),
                (1...366).contains(count)
            else { return nil }
            return (today - count)...(today - 1)
        }
    }

    /// Seconds since 1970 within the years 1 to 9999, or the start of a day.
    private static func instant(_ text: String) -> Instant? {
        if let date = CivilDate(text) { return TimeZoneRules.pacific.startOfDay(date) }
        guard let seconds = Int64(text), (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        return Instant(seconds: seconds)
    }
}
