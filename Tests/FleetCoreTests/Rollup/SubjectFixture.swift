import FleetCore

/// One subject's readings as the store would hold them, with the buckets that follow from them.
struct SubjectFixture {
    var platform: PlatformName
    /// Current values by period and start.
    private(set) var rows: [AggregationBatch.RowKey: CurrentRow] = [:]
    var birth: Instant?

    init(_ platform: PlatformName = .instagram, birth: Instant? = nil) {
        self.platform = platform
        self.birth = birth
    }

    init(_ platform: PlatformName, rows: [AggregationBatch.RowKey: CurrentRow], birth: Instant? = nil) {
        self.init(platform, birth: birth)
        self.rows = rows
    }

    var zone: TimeZoneRules { platform.dayZone }

    /// Reads metrics of a day, by default long after it.
    mutating func read(
        _ day: String,
        _ values: [MetricID: Int64],
        after delay: Duration = .seconds(30 * 86_400),
        job: UInt64 = 1
    ) {
        let date = CivilDate(day)!
        take(.day, zone.startOfDay(date), zone.endOfDay(date) + delay, values, job)
    }

    /// Reads running totals and levels at a moment.
    mutating func read(at moment: Instant, _ values: [MetricID: Int64], period: Period = .lifetime, job: UInt64 = 1) {
        take(period, moment, moment, values, job)
    }

    mutating func read(at moment: String, _ values: [MetricID: Int64], period: Period = .lifetime) {
        read(at: Instant(moment)!, values, period: period)
    }

    private mutating func take(
        _ period: Period,
        _ start: Instant,
        _ fetched: Instant,
        _ values: [MetricID: Int64],
        _ job: UInt64
    ) {
        let key = AggregationBatch.RowKey(subject: 1, start: start, period: period)
        _ = rows[key, default: CurrentRow()].merge(
            metrics: Array(values.keys),
            values: Array(values.values),
            from: CurrentRow.Source(fetchedAt: fetched, job: UUID(high: job, low: 0))
        )
    }

    // MARK: Buckets

    private var moments: [(start: Instant, period: Period, row: CurrentRow)] {
        rows.filter { !$0.key.period.isWindow }.map { ($0.key.start, $0.key.period, $0.value) }
    }

    var history: CounterHistory { CounterHistory(moments, birth: birth) }

    /// One day, as the roller computes it.
    func day(_ day: CivilDate, _ history: CounterHistory? = nil) -> RollupRow {
        let (start, end) = (zone.startOfDay(day), zone.endOfDay(day))
        return RollupRow.day(
            native: rows[AggregationBatch.RowKey(subject: 1, start: start, period: .day)],
            levels: moments.filter { $0.period == .instant && $0.start >= start && $0.start < end }
                .map { ($0.start, $0.row) },
            differences: (history ?? self.history).cells(from: start, to: end),
            newest: moments.map(\.start).max(),
            end: end,
            lag: platform.settlingLag.wholeMicroseconds
        )
    }

    func day(_ day: String) -> RollupRow { self.day(CivilDate(day)!) }

    /// All days that have figures, ascending.
    func days(_ dates: ClosedRange<CivilDate>) -> [RollupRow.Day] {
        let history = history
        return dates.map { ($0, day($0, history)) }.filter { !$0.1.cells.isEmpty }
    }

    /// A stretch of days.
    func period(_ dates: ClosedRange<CivilDate>, natives: [MetricID: Int64] = [:]) -> RollupRow {
        RollupRow.period(
            days((dates.lowerBound - 5)...(dates.upperBound + 5)),
            dates: dates,
            natives: natives,
            rules: .of(platform)
        )
    }

    func period(_ first: String, _ last: String, natives: [MetricID: Int64] = [:]) -> RollupRow {
        period(CivilDate(first)!...CivilDate(last)!, natives: natives)
    }
}

extension RollupRow {
    func value(_ metric: MetricID) -> Int64? { self[metric]?.known }
}
