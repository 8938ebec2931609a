/// Current values of one subject, and the days and hours that follow from them. No I/O.
///
/// Everything that computes a day asks here: roller, audit, reading as of a moment, explanation.
public struct SubjectDays: Sendable {
    /// One row of current values.
    public typealias Reading = (start: Instant, period: Period, row: CurrentRow)

    private struct Content {
        var native: CurrentRow?
        var moments: [Reading] = []
        /// A reading at the very moment at which the day ends: of counters, it closes this day.
        var closing: Instant?

        var counts: Bool { !moments.isEmpty || closing != nil }
    }

    public let platform: PlatformName
    private var contents: [CivilDate: Content] = [:]
    private var history: CounterHistory
    /// The newest moment at which the subject was read.
    public let newest: Instant?

    /// - Parameters:
    ///   - readings: of the days that are asked for, whole, and all later ones at moments.
    ///   - older: earlier readings at moments, of which counters need the last before each day and those of
    ///     ``CounterHistory/memory`` days.
    ///   - birth: when all counters were zero, if that was after the account was connected.
    public init(_ platform: PlatformName, _ readings: [Reading], older: [Reading] = [], birth: Instant? = nil) {
        self.platform = platform
        history = CounterHistory(readings + older, birth: birth)
        newest = readings.lazy.filter { !$0.period.isWindow }.map(\.start).max()
        let zone = platform.dayZone
        for reading in readings {
            let day = zone.date(at: reading.start)
            switch reading.period {
            case .day: contents[day, default: Content()].native = reading.row
            case .instant, .lifetime:
                contents[day, default: Content()].moments.append(reading)
                let closed = zone.date(endingAt: reading.start)
                if closed != day { contents[closed, default: Content()].closing = reading.start }
            case .week, .days28, .range: break
            }
        }
    }

    /// Days of which something was read, ascending.
    public var days: [CivilDate] { contents.keys.sorted() }

    /// What a day comes to; without cells when nothing is known of it.
    public func row(of day: CivilDate) -> RollupRow {
        let content = contents[day] ?? Content()
        let (start, end) = (platform.dayZone.startOfDay(day), platform.dayZone.endOfDay(day))
        return row(content.native, content.moments, counts: content.counts, from: start, to: end)
    }

    /// The hours of a day in which something was read; none unless there were several readings.
    public func hours(of day: CivilDate) -> [(start: Instant, end: Instant, row: RollupRow)] {
        guard let content = contents[day], content.counts else { return [] }
        let stamps = Set(content.moments.map(\.start) + [content.closing].compactMap(\.self))
        guard stamps.count > 1 else { return [] }
        let (start, end) = (platform.dayZone.startOfDay(day), platform.dayZone.endOfDay(day))
        let hour: Int64 = 3_600_000_000
        func number(_ moment: Instant) -> Int64 { (moment.microseconds - start.microseconds) / hour }
        let levels = Dictionary(grouping: content.moments) { number($0.start) }
        // A reading at the full hour is a level of the hour that begins, and closes what was counted in the one before.
        let closed = stamps.filter { $0 > start }.map { number(Instant(microseconds: $0.microseconds - 1)) }
        return Set(levels.keys).union(closed).sorted().compactMap { number in
            let low = Instant(microseconds: start.microseconds + number * hour)
            let high = min(Instant(microseconds: low.microseconds + hour), end)
            let row = row(nil, levels[number] ?? [], counts: true, from: low, to: high)
            return row.cells.isEmpty ? nil : (low, high, row)
        }
    }

    private func row(
        _ native: CurrentRow?,
        _ moments: [Reading],
        counts: Bool,
        from start: Instant,
        to end: Instant
    ) -> RollupRow {
        var row = RollupRow.day(
            native: native,
            levels: moments.map { (start: $0.start, row: $0.row) },
            differences: counts ? history.cells(from: start, to: end) : [],
            newest: newest,
            end: end,
            lag: platform.settlingLag.wholeMicroseconds
        )
        row.derive(MetricRules.of(platform))
        return row
    }
}

extension SubjectDays {
    /// The platform's own figures of distinct people for exactly these days, from a reading of a week or of 28 days that
    /// ends with them.
    public static func natives(_ row: CurrentRow?, period: Period, dates: ClosedRange<CivilDate>) -> [MetricID: Int64] {
        guard let row, period == nativePeriod(of: dates) else { return [:] }
        let unique = row.entries.filter { MetricCatalogue[$0.metric]?.kind == .unique }
        return Dictionary(uniqueKeysWithValues: unique.map { ($0.metric, $0.value) })
    }

    /// The period of readings that cover so many days, if platforms have one.
    public static func nativePeriod(of dates: ClosedRange<CivilDate>) -> Period? {
        switch dates.upperBound - dates.lowerBound + 1 {
        case 7: .week
        case 28: .days28
        default: nil
        }
    }
}
