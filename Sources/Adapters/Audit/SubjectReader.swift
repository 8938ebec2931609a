internal import FleetCore
internal import Postgres

/// Three ordered streams, cut into subjects.
struct SubjectReader {
    static let readings: Statement = """
        select o.subject_id, a.platform, o.job_id, o.workspace_id, o.period, o.start_at, o.fetched_at, o.metrics, o."values",
            w.week_start, case when p.published_at >= a.created_at then p.published_at end
        from flotilla.observations o left join flotilla.posts p on p.id = o.subject_id
            left join flotilla.accounts a on a.id = coalesce(p.account_id, o.subject_id)
            left join flotilla.workspaces w on w.id = a.workspace_id
        order by o.subject_id
        """
    static let rows: Statement = """
        select c.subject_id, a.platform, c.period, c.start_at, c.workspace_id, c.metrics, c."values", c.sources,
            c.source_jobs, c.source_times
        from flotilla.current_values c left join flotilla.posts p on p.id = c.subject_id
            left join flotilla.accounts a on a.id = coalesce(p.account_id, c.subject_id)
        order by c.subject_id
        """
    static let rollups: Statement = """
        select r.subject_id, a.platform, r.grain, r.start_at, r.end_at, r.day, r.workspace_id, r.state, r.expected, r.metrics,
            r."values", r.counts, r.sums, r.minimums, r.maximums, r.weights, r.flags
        from flotilla.rollups r left join flotilla.posts p on p.id = r.subject_id
            left join flotilla.accounts a on a.id = coalesce(p.account_id, r.subject_id)
        where r.level = 0 order by r.subject_id
        """

    private var readings: Cursor
    private var rows: Cursor
    private var rollups: Cursor
    private let pending: Set<Int64>
    private let floors: StoredFloors

    /// - Parameter pending: subjects whose rollups are still to be computed.
    init(readings: RowStream, rows: RowStream, rollups: RowStream, pending: Set<Int64>, floors: StoredFloors) {
        self.pending = pending
        self.floors = floors
        self.readings = Cursor(readings)
        self.rows = Cursor(rows)
        self.rollups = Cursor(rollups)
    }

    /// Everything about the next subject, in ascending order.
    mutating func next() async throws -> SubjectAudit? {
        let heads = [try await readings.peek(), try await rows.peek(), try await rollups.peek()].compactMap { $0 }
        guard let first = try heads.min(by: { try $0.int8(0) < $1.int8(0) }) else { return nil }
        let subject = try first.int8(0)
        let platform = try first.optionalText(1).flatMap(PlatformName.init(rawValue:))
        var audit = SubjectAudit(subject: subject, platform: platform)
        audit.isPending = pending.contains(subject)
        while let row = try await readings.take(subject) {
            if audit.readings.isEmpty {
                if let start = try row.optionalText(9) { audit.week = Grain(weekStart: start) }
                audit.birth = try row.optionalTimestamp(10).map(Instant.init(microseconds:))
            }
            audit.readings.append(try Self.reading(row))
        }
        while let row = try await rows.take(subject) { audit.rows.append(try Self.row(row)) }
        while let row = try await rollups.take(subject) {
            if let rollup = try Self.rollup(row) { audit.rollups.append(rollup) }
        }
        let workspace = audit.readings.first?.workspace ?? audit.rows.first?.workspace ?? audit.rollups.first?.workspace
        audit.floors = floors.floors(platform, workspace: workspace)
        return audit
    }

    private static func reading(_ row: Row) throws -> SubjectAudit.Reading {
        SubjectAudit.Reading(
            job: FleetCore.UUID(try row.uuid(2)),
            workspace: try row.int8(3),
            period: try row.int2(4),
            start: Instant(microseconds: try row.timestamp(5)),
            fetchedAt: Instant(microseconds: try row.timestamp(6)),
            metrics: try row.int2Array(7).map(MetricID.init(rawValue:)),
            values: try row.int8Array(8)
        )
    }

    private static func row(_ row: Row) throws -> SubjectAudit.Row {
        SubjectAudit.Row(
            period: try row.int2(2),
            start: Instant(microseconds: try row.timestamp(3)),
            workspace: try row.int8(4),
            content: try CurrentRow(audited: row, from: 5)
        )
    }

    private static func rollup(_ row: Row) throws -> SubjectAudit.Rollup? {
        guard let grain = Grain(rawValue: try row.int2(2)) else { return nil }
        return SubjectAudit.Rollup(
            grain: grain,
            start: Instant(microseconds: try row.timestamp(3)),
            end: Instant(microseconds: try row.timestamp(4)),
            day: CivilDate(daysSinceEpoch: try row.date(5)),
            workspace: try row.int8(6),
            content: try RollupRow(columns: row, from: 7)
        )
    }
}

/// One stream, read row by row with a look ahead.
struct Cursor {
    private var chunks: RowStream.Iterator
    private var chunk: Rows?
    private var position = 0

    init(_ stream: RowStream) { chunks = stream.makeAsyncIterator() }

    mutating func peek() async throws -> Row? {
        while true {
            if let chunk, position < chunk.count { return chunk[position] }
            guard let next = try await chunks.next() else { return nil }
            (chunk, position) = (next, 0)
        }
    }

    /// The next row, if it is of this subject.
    mutating func take(_ subject: Int64) async throws -> Row? { try await take { try $0.int8(0) == subject } }

    /// The next row, if it is one of those.
    mutating func take(where isWanted: (Row) throws -> Bool) async throws -> Row? {
        guard let row = try await peek(), try isWanted(row) else { return nil }
        position += 1
        return row
    }
}

extension CurrentRow {
    /// Reads a row that may be damaged; nil when its arrays do not fit together.
    fileprivate init?(audited row: Row, from column: Int) throws {
        let metrics = try row.int2Array(column)
        let values = try row.int8Array(column + 1)
        let positions = try row.int2Array(column + 2)
        let jobs = try row.uuidArray(column + 3)
        let times = try row.timestampArray(column + 4)
        guard metrics.count == values.count, jobs.count == times.count else { return nil }
        guard positions.isEmpty ? jobs.count == 1 : positions.count == metrics.count else { return nil }
        var entries: [Entry] = []
        for index in metrics.indices {
            let position = positions.isEmpty ? 0 : Int(positions[index])
            guard jobs.indices.contains(position) else { return nil }
            let source = Source(
                fetchedAt: Instant(microseconds: times[position]),
                job: FleetCore.UUID(jobs[position])
            )
            entries.append(
                Entry(metric: MetricID(rawValue: metrics[index]), value: values[index], source: source)
            )
        }
        self.init(entries: entries)
    }
}
