/// What a roller knows of a subject besides its figures.
public struct RollupSubject: Hashable, Sendable {
    public var id: Int64
    public var account: Int64
    public var workspace: Int64
    public var platform: PlatformName
    /// The week that the workspace counts by.
    public var week: Grain
    /// When all counters were zero, if that was after the account was connected.
    public var birth: Instant?

    public init(id: Int64, account: Int64, workspace: Int64, platform: PlatformName, week: Grain, birth: Instant? = nil)
    {
        (self.id, self.account, self.workspace) = (id, account, workspace)
        (self.platform, self.week, self.birth) = (platform, week, birth)
    }

    public var isPost: Bool { id != account }
    /// The lengths that are computed from days.
    public var grains: [Grain] { [week, .month] }
    var zone: TimeZoneRules { platform.dayZone }
}

/// Computes again what follows from days of one subject that changed. No I/O.
///
/// The shell loads what the properties name, step by step: readings (``readingsFrom``), older readings (``olderReadings``,
/// ``sparseMetrics``), stored rows (``storedRanges``) and natives (``nativePlaces``); then it stores ``entries()``.
public struct SubjectRollup: Sendable {
    public let subject: RollupSubject
    /// Days whose rows others put already.
    private var finished: Set<CivilDate> = []
    /// The span of days to compute.
    private var span: ClosedRange<CivilDate>?
    private var readings: [SubjectDays.Reading] = []
    private var older: [SubjectDays.Reading] = []
    private var stored: [RollupKey: (row: RollupRow, generation: Int32)] = [:]
    private var natives: [ClosedRange<CivilDate>: [MetricID: Int64]] = [:]
    /// The days to compute, ascending; known once the readings are loaded.
    private var days: [CivilDate] = []

    /// - Parameter dirt: of this subject.
    public init(_ subject: RollupSubject, _ dirt: some Sequence<DirtyDays>) {
        self.subject = subject
        for dirt in dirt {
            if dirt.isComputed {
                finished.formUnion(dirt.days)
            } else {
                let low = min(span?.lowerBound ?? dirt.days.lowerBound, dirt.days.lowerBound)
                let high = max(span?.upperBound ?? dirt.days.upperBound, dirt.days.upperBound)
                span = low...high
            }
        }
    }

    // MARK: Readings

    /// Slack that surely reaches the start of a moment's day.
    public static let dayReach = Duration.seconds(26 * 3600)

    /// From the last reading at a moment before this one on, less ``dayReach``, all readings are needed; none when nil.
    public var readingsFrom: Instant? { span.map { subject.zone.startOfDay($0.lowerBound) } }

    public mutating func load(_ readings: [SubjectDays.Reading]) {
        self.readings = readings
        guard let span, let from = readingsFrom else { return }
        // A reading at a moment settles the day of the one before it, and is what later ones are held against. One at
        // midnight closes the day before.
        let first = previousMoment.map { subject.zone.date(at: $0) } ?? span.lowerBound - 1
        var days: Set<CivilDate> = []
        for reading in readings {
            let day = subject.zone.date(at: reading.start)
            let isAsked = reading.period == .day && reading.start >= from && span.contains(day)
            if reading.period.isWindow {
                if isAsked { days.insert(day) }
            } else {
                for day in [day, subject.zone.date(endingAt: reading.start)] where day >= first { days.insert(day) }
            }
        }
        self.days = days.sorted()
    }

    private var previousMoment: Instant? {
        guard let from = readingsFrom else { return nil }
        return readings.lazy.filter { !$0.period.isWindow && $0.start < from }.map(\.start).max()
    }

    /// Earlier readings at moments that counters need; nil when there are none or nothing counts.
    public var olderReadings: Range<Instant>? {
        guard let previous = previousMoment, let first = days.first, !counted.isEmpty else { return nil }
        return horizon(first)..<max(previous - Self.dayReach, horizon(first))
    }

    private func horizon(_ day: CivilDate) -> Instant {
        subject.zone.startOfDay(day) - .seconds(CounterHistory.memory * 86_400)
    }

    public mutating func load(older: [SubjectDays.Reading]) { self.older += older }

    /// Counters without any reading since ``olderReadings`` began: the last one before that is needed of each.
    public var sparseMetrics: [MetricID] {
        guard let from = olderReadings?.lowerBound, let first = days.first else { return [] }
        let start = subject.zone.startOfDay(first)
        let known = (older + readings).filter { !$0.period.isWindow && $0.start >= from && $0.start < start }
        return counted.subtracting(known.flatMap { $0.row.entries.map(\.metric) }).sorted()
    }

    /// The counters that were read at moments.
    private var counted: Set<MetricID> {
        var metrics: Set<MetricID> = []
        for reading in readings where !reading.period.isWindow {
            for entry in reading.row.entries
            where MetricCatalogue[entry.metric]?.kind(over: reading.period) == .cumulative {
                metrics.insert(entry.metric)
            }
        }
        return metrics
    }

    // MARK: Stored rows

    /// A stretch of stored rows of one length, by their starts.
    public struct StoredRange: Hashable, Sendable {
        public var grain: Grain
        public var starts: Range<Instant>
    }

    /// The periods that may change, each once.
    private var periods: [(grain: Grain, dates: ClosedRange<CivilDate>)] {
        Self.periods(of: subject, touchedBy: finished.union(days).union(span.map { Array($0) } ?? []))
    }

    private static func periods(
        of subject: RollupSubject,
        touchedBy days: Set<CivilDate>
    ) -> [(grain: Grain, dates: ClosedRange<CivilDate>)] {
        subject.grains.flatMap { grain in
            var found: Set<ClosedRange<CivilDate>> = []
            for day in days {
                // No period is shorter than the reach to both sides.
                for near in [day - RollupRow.reach, day, day + RollupRow.reach] {
                    found.insert(grain.dates(around: near))
                }
            }
            return found.sorted { $0.lowerBound < $1.lowerBound }.map { (grain, $0) }
        }
    }

    /// The stored rows that are needed.
    public var storedRanges: [StoredRange] {
        let zone = subject.zone
        let periods = periods
        var ranges: [StoredRange] = []
        func add(_ grain: Grain, _ dates: [ClosedRange<CivilDate>]) {
            for dates in Self.joined(dates) {
                let starts = zone.startOfDay(dates.lowerBound)..<zone.endOfDay(dates.upperBound)
                ranges.append(StoredRange(grain: grain, starts: starts))
            }
        }
        let reach = RollupRow.reach
        add(.day, periods.map { $0.dates.lowerBound - reach...$0.dates.upperBound + reach })
        for grain in subject.grains { add(grain, periods.filter { $0.grain == grain }.map(\.dates)) }
        add(.hour, days.map { $0...$0 })
        return ranges
    }

    private static func joined(_ ranges: [ClosedRange<CivilDate>]) -> [ClosedRange<CivilDate>] {
        var joined: [ClosedRange<CivilDate>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound + 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    public mutating func load(stored row: RollupRow, generation: Int32, grain: Grain, start: Instant) {
        stored[RollupKey(subject: subject.id, grain: grain, start: start)] = (row, generation)
    }

    // MARK: Natives

    /// Where readings of distinct people over whole periods would stand.
    public var nativePlaces: [(start: Instant, period: Period, dates: ClosedRange<CivilDate>)] {
        periods.compactMap { _, dates in
            SubjectDays.nativePeriod(of: dates).map { (subject.zone.startOfDay(dates.upperBound), $0, dates) }
        }
    }

    public mutating func load(native row: CurrentRow, period: Period, start: Instant) {
        for place in nativePlaces where place.start == start && place.period == period {
            natives[place.dates] = SubjectDays.natives(row, period: period, dates: place.dates)
        }
    }

    // MARK: Results

    /// The rows that differ from the stored ones; without cells where a stored row is to go. Sorted by key.
    public func entries() -> [RollupEntry] {
        var entries: [RollupEntry] = []
        var rows: [CivilDate: RollupRow] = [:]
        for (key, content) in stored where key.grain == .day { rows[subject.zone.date(at: key.start)] = content.row }
        var changed = finished
        if !days.isEmpty {
            let computed = SubjectDays(subject.platform, readings, older: older, birth: subject.birth)
            for day in days {
                let row = computed.row(of: day)
                rows[day] = row.cells.isEmpty ? nil : row
                if let entry = entry(.day, day...day, row) {
                    entries.append(entry)
                    changed.insert(day)
                }
                entries += hours(of: day, computed.hours(of: day))
            }
        }
        // A reading of a whole period lies on its last day and changes no day's row.
        if let span { changed.formUnion(span) }
        let ordered = rows.sorted { $0.key < $1.key }.map { (day: $0.key, row: $0.value) }
        for (grain, dates) in Self.periods(of: subject, touchedBy: changed) {
            let row = Self.period(ordered, dates, natives[dates] ?? [:], subject.platform)
            if let entry = entry(grain, dates, row) { entries.append(entry) }
        }
        return entries.sorted { $0.key < $1.key }
    }

    private static func period(
        _ days: [RollupRow.Day],
        _ dates: ClosedRange<CivilDate>,
        _ natives: [MetricID: Int64],
        _ platform: PlatformName
    ) -> RollupRow {
        let reach = RollupRow.reach
        let low = days.firstPosition { $0.day >= dates.lowerBound - reach }
        let high = days.firstPosition { $0.day > dates.upperBound + reach }
        return RollupRow.period(days[low..<high], dates: dates, natives: natives, rules: MetricRules.of(platform))
    }

    private func hours(
        of day: CivilDate,
        _ computed: [(start: Instant, end: Instant, row: RollupRow)]
    ) -> [RollupEntry] {
        var entries: [RollupEntry] = []
        let (start, end) = (subject.zone.startOfDay(day), subject.zone.endOfDay(day))
        var gone = stored.keys.filter { $0.grain == .hour && $0.start >= start && $0.start < end }
        for hour in computed {
            gone.removeAll { $0.start == hour.start }
            if let entry = entry(.hour, day, hour.start, hour.end, hour.row) { entries.append(entry) }
        }
        let nothing = RollupRow(cells: [], state: .open)
        return entries + gone.compactMap { entry(.hour, day, $0.start, end, nothing) }
    }

    private func entry(_ grain: Grain, _ dates: ClosedRange<CivilDate>, _ row: RollupRow) -> RollupEntry? {
        let (start, end) = (subject.zone.startOfDay(dates.lowerBound), subject.zone.endOfDay(dates.upperBound))
        return entry(grain, dates.lowerBound, start, end, row)
    }

    private func entry(_ grain: Grain, _ day: CivilDate, _ start: Instant, _ end: Instant, _ row: RollupRow)
        -> RollupEntry?
    {
        let key = RollupKey(subject: subject.id, grain: grain, start: start)
        let known = stored[key]
        if row.cells.isEmpty ? known == nil : known?.row == row { return nil }
        return RollupEntry(
            key,
            account: subject.account,
            workspace: subject.workspace,
            day: day,
            end: end,
            row: row,
            known: known?.generation ?? 0
        )
    }
}

extension Array {
    /// The first position whose element satisfies a condition that all later ones satisfy too.
    fileprivate func firstPosition(where isLater: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isLater(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
