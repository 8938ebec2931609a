internal import FleetCore
internal import Postgres
internal import Tables

// Readings as they were fetched: the newest of each (values), or every one (observations).
extension ExportTable {
    enum Readings {
        case values, observations

        var table: String { self == .values ? "flotilla.current_values" : "flotilla.observations" }
    }

    /// Coarse, because days end at different moments: the exact choice is made row by row.
    private static let days = """
        and ($4::date is null or x.start_at >= $4::date::timestamp at time zone 'UTC' - interval '1 day')
        and ($5::date is null or x.start_at < $5::date::timestamp at time zone 'UTC' + interval '2 days')
        """

    static func readings(
        _ readings: Readings,
        _ selection: ExportSelection,
        _ layout: ExportLayout,
        asOf: Instant
    ) -> ExportTable {
        let (condition, parameters) = selection.period(of: "x")
        let own =
            readings == .values
            ? "x.sources, x.source_jobs, x.source_times" : "x.job_id, x.fetched_at, x.attempt, x.api_version"
        let statement = """
            select w.name, a.platform, a.id, a.external_id, x.subject_id, p.external_id, x.period, x.start_at, x.metrics,
                x."values", \(own)
            from \(readings.table) x left join flotilla.posts p on p.id = x.subject_id
            join flotilla.accounts a on a.id = coalesce(p.account_id, x.subject_id)
            join flotilla.workspaces w on w.id = a.workspace_id
            where \(condition) \(days)
            order by x.subject_id, x.start_at, x.period\(readings == .observations ? ", x.fetched_at, x.job_id" : "")
            """
        return ExportTable(
            columns: columns(readings, layout),
            statement: Statement(dynamic: statement),
            parameters: parameters,
            rows: { row in
                let reading = try ExportedReading(row, readings)
                guard selection.includes(reading.day) else { return [] }
                return lines(reading, selection, layout, asOf)
            }
        )
    }

    /// The metrics of a selection.
    static func metrics(_ readings: Readings, _ selection: ExportSelection) -> (Statement, [Parameter]) {
        let (condition, parameters) = selection.period(of: "x")
        let text = """
            select distinct m from \(readings.table) x left join flotilla.posts p on p.id = x.subject_id
            join flotilla.accounts a on a.id = coalesce(p.account_id, x.subject_id)
            cross join lateral unnest(x.metrics) m where \(condition) \(days)
            """
        return (Statement(dynamic: text), parameters)
    }

    private static func columns(_ readings: Readings, _ layout: ExportLayout) -> [TableColumn] {
        let reading = [
            TableColumn("period", .text), TableColumn("day", .date), TableColumn("start", .moment),
            TableColumn("end", .moment, optional: true), TableColumn("zone", .text, optional: true),
            TableColumn("state", .text, optional: true), TableColumn("fetched_at", .moment),
            TableColumn("job", .text), TableColumn("as_of", .moment),
        ]
        let fetch =
            readings == .observations ? [TableColumn("attempt", .integer), TableColumn("api_version", .text)] : []
        switch layout {
        case .long:
            let value = [
                TableColumn("metric", .text), TableColumn("kind", .text), TableColumn("unit", .text),
                TableColumn("value", .decimal(scale: valueScale)),
            ]
            return owner + reading + fetch + value
        case .wide(let metrics): return owner + reading + fetch + metrics.map(column)
        }
    }

    private static func lines(
        _ reading: ExportedReading,
        _ selection: ExportSelection,
        _ layout: ExportLayout,
        _ asOf: Instant
    ) -> [[TableValue]] {
        let entries = reading.entries.filter { selection.includes($0.metric) }
        switch layout {
        case .long:
            return entries.map { entry in
                let metric = MetricCatalogue[entry.metric]
                return reading.key(entry.source, asOf) + [
                    .text(entry.metric.name), .text((metric?.kind(over: reading.period).rawValue) ?? ""),
                    .text((metric?.unit ?? .unknown).rawValue),
                    .decimal(entry.value, scale: MetricCatalogue.scale(of: entry.metric)),
                ]
            }
        case .wide(let metrics):
            // Of several fetches, the oldest: nothing in the row is older than it says.
            guard let oldest = entries.map(\.source).min() else { return [] }
            let values = Dictionary(entries.map { ($0.metric, $0.value) }) { $1 }
            return [
                reading.key(oldest, asOf)
                    + metrics.map { metric in values[metric].map { value($0, of: metric) } ?? .null }
            ]
        }
    }
}

/// One stored reading with everything that is told of it.
private struct ExportedReading {
    var workspace: String
    var platform: String
    var account: Int64
    var externalID: String
    var subject: Int64
    var post: String?
    var period: Period
    var start: Instant
    var entries: [CurrentRow.Entry]
    /// Attempt and version of an observation.
    var fetch: [TableValue] = []

    var zone: TimeZoneRules? { PlatformName(rawValue: platform)?.dayZone }
    var day: CivilDate { (zone ?? .utc).date(at: start) }

    init(_ row: Row, _ readings: ExportTable.Readings) throws {
        (workspace, platform, account) = (try row.text(0), try row.text(1), try row.int8(2))
        (externalID, subject, post) = (try row.text(3), try row.int8(4), try row.optionalText(5))
        guard let period = Period(rawValue: try row.int2(6)) else {
            throw PostgresError(.decoding, "a reading of subject \(subject) was written by a newer version")
        }
        self.period = period
        start = Instant(microseconds: try row.timestamp(7))
        switch readings {
        case .values: entries = try CurrentRow(stored: row, from: 8).entries
        case .observations:
            let source = CurrentRow.Source(
                fetchedAt: Instant(microseconds: try row.timestamp(11)),
                job: UUID(try row.uuid(10))
            )
            entries = zip(try row.int2Array(8), try row.int8Array(9)).map { metric, value in
                CurrentRow.Entry(metric: MetricID(rawValue: metric), value: value, source: source)
            }
            fetch = [.integer(Int64(try row.int2(12))), .text(try row.text(13))]
        }
    }

    /// Everything but metrics.
    func key(_ source: CurrentRow.Source, _ asOf: Instant) -> [TableValue] {
        let end = end
        let state = state(source.fetchedAt, end)
        return [
            .text(workspace), .text(platform), .integer(account), .text(externalID), .integer(subject),
            .text(subject == account ? "account" : "post"), TableValue(post), .text(period.name),
            .date(day.daysSinceEpoch), .moment(start.microseconds), end.map { .moment($0.microseconds) } ?? .null,
            TableValue(zone?.name), TableValue(state?.description), .moment(source.fetchedAt.microseconds),
            .text(source.job.description), .moment(asOf.microseconds),
        ] + fetch
    }

    /// Where the period ends; nil for moments, and for stretches whose length the platform did not say.
    private var end: Instant? {
        switch period {
        case .day, .week, .days28: (zone ?? .utc).endOfDay(day)
        case .range, .lifetime, .instant: nil
        }
    }

    /// What was read at a moment is final; a day is when the platform's usual lag has passed.
    private func state(_ fetchedAt: Instant, _ end: Instant?) -> RollupRow.State? {
        if !period.isWindow { return .settled }
        guard let end, let lag = PlatformName(rawValue: platform)?.settlingLag else { return nil }
        return RollupRow.State(lastFetch: fetchedAt, end: end, lag: lag.wholeMicroseconds)
    }
}
