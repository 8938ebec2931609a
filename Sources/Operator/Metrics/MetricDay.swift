import FleetCore
import JSON
import Postgres

/// One stored day of one account.
struct MetricDay {
    var day: CivilDate
    var start: Instant
    var end: Instant
    var state: RollupRow.State
    var generation: Int32
    /// Fixed-point by the catalogue's scale.
    var values: [MetricID: Int64]

    /// The days in order; `metrics` empty means all.
    static func read(
        account: Int64,
        _ days: ClosedRange<CivilDate>,
        only metrics: Set<String>,
        from pool: Pool
    ) async throws -> [MetricDay] {
        let rows = try await pool.query(
            """
            select day, start_at, end_at, state, generation, metrics, "values" from flotilla.rollups
            where subject_id = $1 and grain = 1 and day between $2 and $3 order by day
            """,
            [.int8(account), .date(days.lowerBound.daysSinceEpoch), .date(days.upperBound.daysSinceEpoch)]
        )
        return try rows.map { row in
            var values: [MetricID: Int64] = [:]
            for (metric, value) in zip(try row.int2Array(5), try row.int8Array(6)) {
                let id = MetricID(rawValue: metric)
                if metrics.isEmpty || metrics.contains(id.name) { values[id] = value }
            }
            return MetricDay(
                day: CivilDate(daysSinceEpoch: try row.date(0)),
                start: Instant(microseconds: try row.timestamp(1)),
                end: Instant(microseconds: try row.timestamp(2)),
                state: RollupRow.State(rawValue: try row.int2(3)) ?? .open,
                generation: try row.int4(4),
                values: values
            )
        }
    }

    private var marked: String {
        switch state {
        case .open: "\(day)~"
        case .provisional: "\(day)*"
        case .settled: "\(day)"
        }
    }

    private func text(_ metric: MetricID) -> String {
        values[metric].map { Words.number(FixedPoint.text($0, scale: MetricCatalogue.scale(of: metric))) } ?? ""
    }

    /// One row per day, one column per metric.
    static func wideTable(_ days: [MetricDay]) -> TextTable {
        let metrics = Set(days.flatMap(\.values.keys)).sorted()
        var table = TextTable(["day"] + metrics.map { ">\($0.name)" })
        for day in days { table.add([day.marked] + metrics.map { day.text($0) }) }
        return table
    }

    /// One row per day and metric, for narrow terminals.
    static func longTable(_ days: [MetricDay]) -> TextTable {
        var table = TextTable("day", "metric", ">value")
        for day in days {
            for metric in day.values.keys.sorted() { table.add(day.marked, metric.name, day.text(metric)) }
        }
        return table
    }

    var document: JSONValue {
        let members = values.sorted { $0.key < $1.key }.map { metric, value in
            JSONValue.Member(metric.name, .fixed(value, scale: MetricCatalogue.scale(of: metric)))
        }
        return [
            "day": .string(day.description), "start": .time(start), "end": .time(end), "state": .string("\(state)"),
            "generation": .int(generation), "values": .object(members),
        ]
    }
}
