internal import FleetCore
internal import Postgres

/// Loads what the buckets of a stretch of time follow from: the readings in it, those that counters and opening levels need
/// before it, and what shows that it is over.
struct ReadingLoader {
    let connection: Connection
    /// The first and the last moment that matter.
    let span: ClosedRange<Instant>
    /// Where the first day starts whose counters are held against something earlier.
    private let first: Instant

    /// - Parameter dates: of the buckets, in the platform's zone.
    init(_ connection: Connection, _ dates: ClosedRange<CivilDate>, on platform: PlatformName) {
        self.connection = connection
        let zone = platform.dayZone
        let day = dates.lowerBound - RollupRow.reach
        first = zone.startOfDay(day)
        span = zone.startOfDay(day - CounterHistory.memory)...zone.endOfDay(dates.upperBound + RollupRow.reach)
    }

    /// The subjects' readings as they stand now.
    func current(_ subjects: [FigureSubject]) async throws -> [SubjectReadings] {
        let parameters = parameters(subjects)
        let answers = try await connection.pipeline([
            Command(Self.rows, parameters), Command(Self.newest, [parameters[0]]),
        ])
        var rows: [Int64: [SubjectReadings.Row]] = [:]
        for row in answers[0] { try Self.take(row, into: &rows) }
        let sparse = sparse(rows.mapValues { $0.map { ($0.start, $0.period, $0.row.entries.map(\.metric)) } })
        for row in try await older(Self.older, sparse, []) { try Self.take(row, into: &rows) }
        var newest: [Int64: Instant] = [:]
        for row in answers[1] { newest[try row.int8(0)] = Instant(microseconds: try row.timestamp(1)) }
        return subjects.map { SubjectReadings($0, rows[$0.id] ?? [], newest: newest[$0.id]) }
    }

    /// The subjects' readings as they were archived up to a moment, or all of them.
    func archive(_ subjects: [FigureSubject], asOf moment: Instant?) async throws -> [Int64: [ObservedReading]] {
        let until: Parameter = moment.map { .timestamp($0.microseconds) } ?? .null
        let parameters = parameters(subjects)
        let answers = try await connection.pipeline([
            Command(Self.archived, parameters + [until]),
            Command(Self.newestArchived, [parameters[0], parameters[2], until]),
        ])
        var found: [Int64: [ObservedReading]] = [:]
        for row in answers.joined() { try Self.take(row, into: &found) }
        let sparse = sparse(found.mapValues { $0.map { ($0.start, $0.period, $0.metrics) } })
        for row in try await older(Self.olderArchived, sparse, [until]) { try Self.take(row, into: &found) }
        return found
    }

    /// Counters of which no reading before the first day is loaded: the last one before all that is needed of each.
    private func sparse(
        _ readings: [Int64: [(start: Instant, period: Period, metrics: [MetricID])]]
    ) -> [(subject: Int64, metric: MetricID)] {
        readings.sorted { $0.key < $1.key }.flatMap { subject, readings in
            var counted: Set<MetricID> = []
            var anchored: Set<MetricID> = []
            for reading in readings where !reading.period.isWindow {
                for metric in reading.metrics
                where MetricCatalogue[metric]?.kind(over: reading.period) == .cumulative {
                    counted.insert(metric)
                    if reading.start <= first { anchored.insert(metric) }
                }
            }
            return counted.subtracting(anchored).sorted().map { (subject, $0) }
        }
    }

    private func older(
        _ statement: Statement,
        _ sparse: [(subject: Int64, metric: MetricID)],
        _ more: [Parameter]
    ) async throws -> [Row] {
        if sparse.isEmpty { return [] }
        let parameters: [Parameter] = [
            .int8Array(sparse.map(\.subject)), .int2Array(sparse.map(\.metric.rawValue)),
            .timestamp(span.lowerBound.microseconds),
        ]
        return Array(try await connection.query(statement, parameters + more))
    }

    private func parameters(_ subjects: [FigureSubject]) -> [Parameter] {
        [
            .int8Array(subjects.map(\.id)), .timestamp(span.lowerBound.microseconds),
            .timestamp(span.upperBound.microseconds),
        ]
    }

    private static func take(_ row: Row, into rows: inout [Int64: [SubjectReadings.Row]]) throws {
        guard let period = Period(rawValue: try row.int2(2)) else { return }
        let start = Instant(microseconds: try row.timestamp(1))
        rows[try row.int8(0), default: []].append((start, period, try CurrentRow(stored: row, from: 3)))
    }

    private static func take(_ row: Row, into readings: inout [Int64: [ObservedReading]]) throws {
        guard let reading = try ObservedReading(row: row) else { return }
        readings[try row.int8(0), default: []].append(reading)
    }

    private static let rows: Statement = """
        select c.subject_id, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
        from flotilla.current_values c
        where c.subject_id = any ($1) and c.start_at >= $2 and c.start_at <= $3
        """

    private static let older: Statement = """
        select c.* from unnest($1::bigint[], $2::smallint[]) s (id, metric)
        cross join lateral (
            select c.subject_id, c.start_at, c.period, c.metrics, c."values", c.sources, c.source_jobs, c.source_times
            from flotilla.current_values c
            where c.subject_id = s.id and c.period in (5, 6) and c.start_at < $3 and c.metrics @> array[s.metric]
            order by c.start_at desc limit 1) c
        """

    private static let newest: Statement = """
        select s.id, c.start_at from unnest($1::bigint[]) s (id)
        cross join lateral (
            select c.start_at from flotilla.current_values c
            where c.subject_id = s.id and c.period in (5, 6) order by c.start_at desc limit 1) c
        """

    private static let archived: Statement = """
        select o.subject_id, o.job_id, o.attempt, o.api_version, o.period, o.start_at, o.fetched_at, o.metrics, o."values"
        from flotilla.observations o
        where o.subject_id = any ($1) and o.start_at >= $2 and o.start_at <= $3
            and ($4::timestamptz is null or o.fetched_at <= $4)
        """

    private static let olderArchived: Statement = """
        select o.* from unnest($1::bigint[], $2::smallint[]) s (id, metric)
        cross join lateral (
            select o.subject_id, o.job_id, o.attempt, o.api_version, o.period, o.start_at, o.fetched_at, o.metrics,
                o."values"
            from flotilla.observations o
            where o.subject_id = s.id and o.period in (5, 6) and o.start_at < $3 and o.metrics @> array[s.metric]
                and ($4::timestamptz is null or o.fetched_at <= $4)
            order by o.start_at desc limit 1) o
        """

    private static let newestArchived: Statement = """
        select o.* from unnest($1::bigint[]) s (id)
        cross join lateral (
            select o.subject_id, o.job_id, o.attempt, o.api_version, o.period, o.start_at, o.fetched_at, o.metrics,
                o."values"
            from flotilla.observations o
            where o.subject_id = s.id and o.period in (5, 6) and o.start_at > $2
                and ($3::timestamptz is null or o.fetched_at <= $3)
            order by o.start_at desc limit 1) o
        """
}

extension ObservedReading {
    /// Reads a row of `flotilla.observations` whose first column is the subject; nil for a period that is not known.
    init?(row: Row) throws {
        guard let period = Period(rawValue: try row.int2(4)) else { return nil }
        self.init(
            job: FleetCore.UUID(try row.uuid(1)),
            attempt: Int(try row.int2(2)),
            apiVersion: try row.text(3),
            period: period,
            start: Instant(microseconds: try row.timestamp(5)),
            fetchedAt: Instant(microseconds: try row.timestamp(6)),
            metrics: try row.int2Array(7).map(MetricID.init(rawValue:)),
            values: try row.int8Array(8)
        )
    }
}
