/// One figure that is another at a later moment than it was at an earlier one.
public struct FigureDifference: Equatable, Sendable {
    public var subject: FigureSubject
    public var row: FigureRow
    public var metric: MetricID
    public var before: Figure
    public var after: Figure
    /// How final the bucket was and is.
    public var states: (before: RollupRow.State, after: RollupRow.State)
    /// The fetches between the two moments that the later figure rests on, oldest first.
    public var fetches: [CurrentRow.Source]

    /// By how much it moved, where both are numbers.
    public var change: Int64? {
        guard let before = before.value, let after = after.value else { return nil }
        let (change, overflow) = after.subtractingReportingOverflow(before)
        return overflow ? nil : change
    }

    /// The change in thousandths of what it was.
    public var permille: Int64? {
        guard let change, let before = before.value, before > 0 else { return nil }
        return FixedPoint.quotient(change, before, scale: 3)
    }

    /// Whether a settled figure moved further than people should find out by themselves.
    public func isRestated(beyond threshold: Restatement.Threshold) -> Bool {
        guard states.before == .settled, let old = before.value, let new = after.value else { return false }
        return threshold.isPassed(by: metric, from: old, to: new)
    }

    public static func == (left: FigureDifference, right: FigureDifference) -> Bool {
        left.subject == right.subject && left.row == right.row && left.metric == right.metric
            && left.before == right.before && left.after == right.after && left.states == right.states
            && left.fetches == right.fetches
    }

    /// What differs between a subject's figures at two moments.
    ///
    /// - Parameters:
    ///   - readings: everything archived of the subject that bears on the dates.
    ///   - moments: the earlier and the later.
    public static func between(
        _ moments: (earlier: Instant, later: Instant),
        of subject: FigureSubject,
        _ readings: [ObservedReading],
        dates: ClosedRange<CivilDate>,
        cut: FigureQuestion.Cut,
        metrics: Set<MetricID> = [],
        offer: FigureOffer = FigureOffer()
    ) -> [FigureDifference] {
        let sides = [moments.earlier, moments.later].map { moment in
            let rows = SubjectReadings(subject, readings.currentRows(asOf: moment))
            var question = FigureQuestion(.subject(subject.id), dates: dates, cut: cut, metrics: metrics)
            question.asOf = moment
            let series = FigureSeries(
                question,
                platform: subject.platform,
                of: [rows],
                offer: offer,
                now: moment
            )
            return (rows: rows, series: series)
        }
        return zip(sides[0].series.rows, sides[1].series.rows).flatMap { old, new in
            new.figures.compactMap { after -> FigureDifference? in
                let missing = Figure(metric: after.metric, state: .pending, cell: nil, expected: old.expected)
                let before = old[after.metric] ?? missing
                if before.cell?.known == after.cell?.known, before.bounds?.lower == after.bounds?.lower,
                    before.bounds?.upper == after.bounds?.upper
                {
                    return nil
                }
                return FigureDifference(
                    subject: subject,
                    row: new,
                    metric: after.metric,
                    before: before,
                    after: after,
                    states: (old.state, new.state),
                    fetches: sides[1].rows.sources(of: after.metric, new).filter { $0.fetchedAt > moments.earlier }
                )
            }
        }
    }
}

extension SubjectReadings {
    /// The fetches that a figure of a bucket rests on, oldest first.
    public func sources(of metric: MetricID, _ row: FigureRow) -> [CurrentRow.Source] {
        Set(entries(of: metric, row).map(\.entry.source)).sorted()
    }

    /// The readings that a figure of a bucket rests on: of its days, of its moments with the one before them, and of the
    /// platform's own window. Of a derived figure, those of its parts.
    public func entries(
        of metric: MetricID,
        _ row: FigureRow
    ) -> [(place: ReadingPlace, entry: CurrentRow.Entry)] {
        let wanted = Set([metric] + parts(of: metric))
        var found: [(place: ReadingPlace, entry: CurrentRow.Entry)] = []
        func take(_ place: ReadingPlace, _ current: CurrentRow) {
            for entry in current.entries where wanted.contains(entry.metric) { found.append((place, entry)) }
        }
        for (place, current) in windows.sorted(by: { $0.key < $1.key }) where place.period == .day {
            if place.start >= row.start, place.start < row.end { take(place, current) }
        }
        if let place = ReadingPlace(window: row.dates, zone), let own = windows[place] { take(place, own) }
        let inside = moments(from: row.start, to: Instant(microseconds: row.end.microseconds + 1))
        for moment in inside { take(ReadingPlace(period: moment.period, start: moment.start), moment.row) }
        for part in wanted where inside.contains(where: { $0.row.entries.contains { $0.metric == part } }) {
            // The level or total before the bucket is where counting starts.
            if let opening = moments.last(where: { moment in
                moment.start < row.start && moment.row.entries.contains { $0.metric == part }
            }) {
                let entries = opening.row.entries.filter { $0.metric == part }
                found += entries.map { (ReadingPlace(period: opening.period, start: opening.start), $0) }
            }
        }
        return found.sorted { ($0.place, $0.entry.metric) < ($1.place, $1.entry.metric) }
    }

    /// The metrics that a metric is computed from, directly or by way of others.
    public func parts(of metric: MetricID) -> [MetricID] {
        switch (metric, rules.combination(of: metric)) {
        case (.engagementTotal, _): rules.engagement
        case (_, .quotient(let numerators, let denominator)?):
            numerators.flatMap { $0 == .engagementTotal ? rules.engagement : [$0] } + [denominator]
        case (_, .mean(let weight)?): [weight]
        case (_, nil): []
        }
    }
}
