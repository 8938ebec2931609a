/// The current values of one subject, and every bucket that follows from them. The same functions make the stored roll-ups.
public struct SubjectReadings: Sendable {
    /// One row of current values.
    public typealias Row = (start: Instant, period: Period, row: CurrentRow)

    public let subject: FigureSubject
    /// Readings at moments, ascending.
    public let moments: [Row]
    /// Readings of stretches of days, by their place.
    public let windows: [ReadingPlace: CurrentRow]
    let rules: MetricRules
    private let content: SubjectDays

    /// - Parameters:
    ///   - rows: in any order; of a stretch of time, those from ``CounterHistory/memory`` days before it, with the last of
    ///     each counter before that, to its end.
    ///   - newest: when the subject was last read at a moment, if that is not among the rows.
    public init(_ subject: FigureSubject, _ rows: some Collection<Row>, newest: Instant? = nil) {
        self.subject = subject
        rules = MetricRules.of(subject.platform)
        moments = rows.filter { !$0.period.isWindow }.sorted { $0.start < $1.start }
        windows = rows.filter { $0.period.isWindow }.reduce(into: [:]) { windows, row in
            windows[ReadingPlace(period: row.period, start: row.start)] = row.row
        }
        // A reading that is not needed for its values still shows that the days before it are over.
        var all = Array(rows)
        if let newest, moments.last.map({ $0.start < newest }) ?? true { all.append((newest, .instant, CurrentRow())) }
        content = SubjectDays(subject.platform, all, birth: subject.birth)
    }

    /// The zone of its platform's days.
    public var zone: TimeZoneRules { subject.platform.dayZone }

    /// One day; nil when nothing is known of it.
    public func day(_ date: CivilDate) -> RollupRow? {
        let row = content.row(of: date)
        return row.cells.isEmpty ? nil : row
    }

    /// The hours of a day in which something was read; none unless there were several readings.
    public func hours(of date: CivilDate) -> [(start: Instant, end: Instant, row: RollupRow)] {
        content.hours(of: date)
    }

    /// A bucket as it is stored: a day as it was read, a longer one from its days.
    func bucket(_ dates: ClosedRange<CivilDate>) -> RollupRow? {
        if dates.count == 1 { return day(dates.lowerBound) }
        let row = period(dates)
        return row.cells.isEmpty ? nil : row
    }

    /// The readings at moments of a stretch of time, its end excluded.
    public func moments(from start: Instant, to end: Instant) -> ArraySlice<Row> {
        let low = moments.firstIndex { $0.start >= start } ?? moments.endIndex
        let high = moments[low...].firstIndex { $0.start >= end } ?? moments.endIndex
        return moments[low..<high]
    }

    /// The days of a stretch that hold anything.
    public func days(_ dates: ClosedRange<CivilDate>) -> [RollupRow.Day] {
        dates.compactMap { date in day(date).map { (day: date, row: $0) } }
    }

    /// A stretch of days as one bucket; a single day too, normalised so that it can be combined with others.
    public func period(_ dates: ClosedRange<CivilDate>) -> RollupRow {
        let around = dates.lowerBound - RollupRow.reach...dates.upperBound + RollupRow.reach
        return RollupRow.period(days(around), dates: dates, natives: natives(dates), rules: rules)
    }

    /// The platform's own figures of distinct people for exactly a stretch of days.
    public func natives(_ dates: ClosedRange<CivilDate>) -> [MetricID: Int64] {
        guard let place = ReadingPlace(window: dates, zone), let row = windows[place] else { return [:] }
        return row.entries.reduce(into: [:]) { natives, entry in
            if MetricCatalogue[entry.metric]?.kind == .unique { natives[entry.metric] = entry.value }
        }
    }
}

extension ReadingPlace {
    /// Where a platform's own figures for exactly these days are found; nil where no platform has any.
    public init?(window dates: ClosedRange<CivilDate>, _ zone: TimeZoneRules) {
        // These windows are named by their last day.
        switch dates.upperBound - dates.lowerBound + 1 {
        case 7: self.init(period: .week, start: zone.startOfDay(dates.upperBound))
        case 28: self.init(period: .days28, start: zone.startOfDay(dates.upperBound))
        default: return nil
        }
    }
}
