/// How current one metric of one subject is.
public struct Freshness: Equatable, Sendable {
    public var metric: MetricID
    /// When it was last asked for, with or without success; as far as is known.
    public var lastTry: Instant?
    /// When it last came.
    public var lastSuccess: Instant?
    /// The newest day, or the day of the newest moment, that it is known of.
    public var newest: CivilDate?
    /// The day up to which every known day is settled; nil when none is, and for readings at moments, which nobody changes.
    public var settledThrough: CivilDate?
    /// Why it did not come when it was asked for later than it came.
    public var reason: GapReason?

    /// The freshness of everything that was ever read or noted of a subject.
    ///
    /// - Parameter lag: how long after its end a day may still change.
    public static func all(of readings: SubjectReadings, notes: [GapNote]) -> [Freshness] {
        var found: [MetricID: Freshness] = [:]
        let zone = readings.zone
        for (start, _, row) in readings.moments {
            for entry in row.entries { found.note(entry, zone.date(at: start)) }
        }
        for (place, row) in readings.windows.sorted(by: { $0.key < $1.key }) {
            let day = zone.date(at: place.start)
            let settled = zone.endOfDay(day) + readings.subject.platform.settlingLag
            for entry in row.entries {
                found.note(entry, day)
                guard place.period == .day else { continue }
                // Ascending: one day that is not settled ends the row of those that are.
                let known = found[entry.metric]?.openFrom
                if entry.source.fetchedAt >= settled, known == nil { found[entry.metric]?.settledThrough = day }
                if entry.source.fetchedAt < settled, known == nil { found[entry.metric]?.openFrom = day }
            }
        }
        for note in notes {
            for metric in note.metric.map({ [$0] }) ?? Array(found.keys) { found.note(note, metric) }
        }
        return found.values.sorted { $0.metric < $1.metric }
    }

    /// The first day that is not settled.
    fileprivate var openFrom: CivilDate?

    fileprivate init(_ metric: MetricID) { self.metric = metric }
}

extension [MetricID: Freshness] {
    fileprivate mutating func note(_ entry: CurrentRow.Entry, _ day: CivilDate) {
        var known = self[entry.metric] ?? Freshness(entry.metric)
        known.lastSuccess = Swift.max(known.lastSuccess ?? entry.source.fetchedAt, entry.source.fetchedAt)
        known.lastTry = known.lastSuccess
        known.newest = Swift.max(known.newest ?? day, day)
        self[entry.metric] = known
    }

    fileprivate mutating func note(_ note: GapNote, _ metric: MetricID) {
        var known = self[metric] ?? Freshness(metric)
        if known.lastTry.map({ note.fetchedAt > $0 }) ?? true {
            (known.lastTry, known.reason) = (note.fetchedAt, note.reason)
        }
        self[metric] = known
    }
}
