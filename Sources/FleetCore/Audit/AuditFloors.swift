/// Since when what is stored of a subject is all there was: what retention took away before cannot be held against anything.
public struct AuditFloors: Sendable, Equatable {
    /// No reading that was fetched before is there.
    public var readings: Instant?
    /// No current value and no roll-up of a day from before is there.
    public var days: Instant?

    public init(readings: Instant? = nil, days: Instant? = nil) {
        (self.readings, self.days) = (readings, days)
    }

    /// How far behind the floor roll-ups still rest on days before it: a month, what a period looks back, and the anchors of
    /// running totals.
    static let shadow = Duration.seconds((31 + RollupRow.reach + CounterHistory.memory) * 86_400)

    func isAged(_ source: CurrentRow.Source) -> Bool { readings.map { source.fetchedAt < $0 } ?? false }

    func isGone(_ start: Instant) -> Bool { days.map { start < $0 } ?? false }

    func isInShadow(_ start: Instant) -> Bool { days.map { start < $0 + Self.shadow } ?? false }
}
