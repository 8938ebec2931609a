internal import FleetCore

/// How much of a day's truth a platform shows at an instant: it counts while the day runs, is still incomplete when it ends,
/// and restates until a lag has passed.
struct Settlement: Sendable {
    /// How long after a day's end its values still change; zero makes them right as soon as the day is over.
    var lag: Duration
    /// The zone whose days count.
    var zone: TimeZoneRules

    /// The share shown of a day that has just ended, in thousandths.
    static let shareAtEnd: Int64 = 700

    /// The share shown in thousandths, or nil before the day begins.
    func share(of day: CivilDate, at now: Instant) -> Int64? {
        let start = zone.startOfDay(day)
        let end = zone.endOfDay(day)
        guard now >= start else { return nil }
        let atEnd = lag == .zero ? 1000 : Settlement.shareAtEnd
        if now < end {
            return atEnd * (now.microseconds - start.microseconds) / (end.microseconds - start.microseconds)
        }
        let since = now.microseconds - end.microseconds
        let whole = lag.wholeMicroseconds
        return since >= whole ? 1000 : atEnd + (1000 - atEnd) * since / whole
    }

    /// A settled value as it is shown, or nil before the day begins.
    func shown(_ value: Int64, of day: CivilDate, at now: Instant) -> Int64? {
        share(of: day, at: now).map { value * $0 / 1000 }
    }
}
