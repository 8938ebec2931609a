/// Takes a figure apart: subjects, parts of the formula, days, readings.
public struct FigureExplainer: Sendable {
    /// A subject with what was archived of it.
    public typealias Member = (readings: SubjectReadings, archive: [ObservedReading])

    private let members: [Member]
    private let platform: PlatformName
    private let rules: MetricRules
    private let isGroup: Bool

    /// - Parameters:
    ///   - isGroup: whether the figure is of all members together, even of one.
    ///   - moment: readings after it are not looked at.
    public init(_ members: [Member], platform: PlatformName, isGroup: Bool, asOf moment: Instant?) {
        self.members = members.map { member in
            (member.readings, member.archive.filter { reading in moment.map { reading.fetchedAt <= $0 } ?? true })
        }
        self.platform = platform
        self.isGroup = isGroup
        rules = MetricRules.of(platform)
    }

    /// What a figure of a bucket is made of.
    public func explain(_ metric: MetricID, _ row: FigureRow) -> ExplainedFigure {
        guard isGroup else {
            guard let member = members.first else {
                return ExplainedFigure(dates: row.dates, metric: metric, state: row.state, formula: .nothing)
            }
            return own(metric, member, row.dates)
        }
        let inputs = members.map { own(metric, $0, row.dates) }.filter { $0.cell != nil }
        var whole = ExplainedFigure(
            dates: row.dates,
            metric: metric,
            cell: row[metric]?.cell,
            state: row.state,
            formula: .nothing
        )
        whole.inputs = inputs.sorted { ($0.value ?? .min) > ($1.value ?? .min) }
        whole.formula = inputs.isEmpty ? .nothing : formula(of: whole, overSubjects: true)
        return whole
    }

    /// A figure of one subject.
    private func own(_ metric: MetricID, _ member: Member, _ dates: ClosedRange<CivilDate>) -> ExplainedFigure {
        let row = member.readings.bucket(dates)
        var figure = ExplainedFigure(
            subject: member.readings.subject,
            dates: dates,
            metric: metric,
            cell: row?[metric],
            state: row?.state ?? .open,
            formula: .nothing
        )
        guard figure.cell != nil else { return figure }
        let parts = computed(metric, member, dates)
        if !parts.isEmpty {
            figure.inputs = parts.map { own($0, member, dates) }
            figure.formula = formula(of: figure, overSubjects: false)
        } else if dates.count == 1 {
            figure.evidence = evidence(metric, member, dates.lowerBound, &figure.formula)
        } else if let native = native(metric, member, dates) {
            (figure.formula, figure.evidence) = (.reading, native)
        } else {
            figure.inputs = dates.map { own(metric, member, $0...$0) }.filter { $0.cell != nil }
            figure.formula = formula(of: figure, overSubjects: false)
        }
        return figure
    }

    /// The metrics that a figure follows from in its own bucket; empty when it was read, or adds up over days.
    private func computed(_ metric: MetricID, _ member: Member, _ dates: ClosedRange<CivilDate>) -> [MetricID] {
        if metric == .engagementTotal { return rules.engagement }
        guard MetricRules.derived.contains(metric),
            case .quotient(let parts, let divisor)? = rules.combination(of: metric)
        else { return [] }
        return parts + [divisor]
    }

    private func formula(of figure: ExplainedFigure, overSubjects: Bool) -> Formula {
        guard let cell = figure.cell, let metric = MetricCatalogue[figure.metric] else { return .nothing }
        if figure.metric == .engagementTotal, !overSubjects { return .engagement }
        switch metric.kind {
        case .gauge: return overSubjects ? .sumOfSubjects : .lastOfDays
        case .delta, .money, .cumulative, .breakdown: return overSubjects ? .sumOfSubjects : .sumOfDays
        case .unique:
            if !cell.flags.contains(.undefined) { return figure.inputs.count == 1 ? .sumOfSubjects : .reading }
            return cell.flags.contains(.bounded) ? .bounds : .untold
        case .ratio: return .quotient(cell.sum, over: cell.weight)
        case .weightedMean: return .weightedMean(sum: cell.sum, weight: cell.weight)
        }
    }

    // MARK: Readings

    private func native(
        _ metric: MetricID,
        _ member: Member,
        _ dates: ClosedRange<CivilDate>
    ) -> [ExplainedFigure.Evidence]? {
        guard MetricCatalogue[metric]?.kind == .unique, member.readings.natives(dates)[metric] != nil,
            let place = ReadingPlace(window: dates, platform.dayZone)
        else { return nil }
        return [trace(metric, place, member)].compactMap { $0 }
    }

    /// The readings behind a day: the platform's own, or those at moments.
    private func evidence(
        _ metric: MetricID,
        _ member: Member,
        _ day: CivilDate,
        _ formula: inout Formula
    ) -> [ExplainedFigure.Evidence] {
        let zone = platform.dayZone
        let (start, end) = (zone.startOfDay(day), zone.endOfDay(day))
        if let own = trace(metric, ReadingPlace(period: .day, start: start), member) {
            formula = .reading
            return [own]
        }
        let moments = member.readings.moments.filter { row in row.row.entries.contains { $0.metric == metric } }
        let found = moments.filter { $0.start >= start && $0.start <= end }
        guard let last = found.last, let closing = value(metric, last) else { return [] }
        var places = found.map { ReadingPlace(period: $0.period, start: $0.start) }
        if MetricCatalogue[metric]?.kind == .gauge {
            formula = .level
            places.removeAll { $0.start == end }
        } else {
            let before = moments.last { $0.start <= start }
            if let before { places.insert(ReadingPlace(period: before.period, start: before.start), at: 0) }
            let anchor = before.flatMap { value(metric, $0) }
            let isBorn = member.readings.subject.birth.map { $0 <= found[0].start } ?? false
            formula = .difference(from: anchor ?? (isBorn ? nil : value(metric, found[0])), to: closing)
        }
        return Set(places).sorted().compactMap { trace(metric, $0, member) }
    }

    private func value(_ metric: MetricID, _ row: SubjectReadings.Row) -> Int64? {
        row.row.entries.first { $0.metric == metric }?.value
    }

    /// The reading in use at a place, with the different ones before it.
    private func trace(_ metric: MetricID, _ place: ReadingPlace, _ member: Member) -> ExplainedFigure.Evidence? {
        let all = member.archive
            .filter { $0.period == place.period && $0.start == place.start && $0[metric] != nil }
            .sorted { $0.source < $1.source }
        guard let last = all.last, let value = last[metric] else { return nil }
        var before: [CurrentRow.Entry] = []
        for reading in all {
            guard let old = reading[metric], old != before.last?.value else { continue }
            before.append(CurrentRow.Entry(metric: metric, value: old, source: reading.source))
        }
        // The last of the different values is the one in use.
        before.removeLast()
        return ExplainedFigure.Evidence(
            place: place,
            metric: metric,
            value: value,
            source: last.source,
            attempt: last.attempt,
            apiVersion: last.apiVersion,
            before: before
        )
    }
}
