import Adapters
import FleetCore
import JSON
import Postgres

/// One stored bucket of one account.
struct MetricDay {
    var grain: Grain
    /// The first day.
    var day: CivilDate
    var start: Instant
    var end: Instant
    var generation: Int32
    var row: RollupRow

    /// The buckets in order; `metrics` empty means all.
    static func read(
        account: Int64,
        _ grain: Grain,
        _ level: RollupLevel,
        _ days: ClosedRange<CivilDate>,
        only metrics: Set<String>,
        from pool: Pool
    ) async throws -> [MetricDay] {
        let first = grain.dates(around: days.lowerBound).lowerBound
        return try await RollupReader(pool: pool).rows(of: account, level, grain, first...days.upperBound).map {
            found in
            var row = found.row
            if !metrics.isEmpty { row.cells.removeAll { !metrics.contains($0.metric.name) } }
            return MetricDay(
                grain: grain,
                day: found.day,
                start: found.key.start,
                end: found.end,
                generation: found.known ?? 0,
                row: row
            )
        }
    }

    private var label: String {
        let name = grain == .hour ? start.text(.seconds) : grain.label(day)
        return switch row.state {
        case .open: "\(name)~"
        case .provisional: "\(name)*"
        case .settled: name
        }
    }

    private func text(_ metric: MetricID) -> String {
        guard let cell = row[metric] else { return "" }
        func number(_ value: Int64) -> String {
            Words.number(FixedPoint.text(value, scale: MetricCatalogue.scale(of: metric)))
        }
        if cell.flags.contains(.bounded) { return "\(number(cell.maximum))..\(number(cell.sum))" }
        return cell.known.map(number) ?? "-"
    }

    /// How many of the bucket's days say something, by the fullest metric.
    private var coverage: String { "\(min(row.cells.map(\.count).max() ?? 0, row.expected))/\(row.expected)" }

    /// One row per bucket, one column per metric.
    static func wideTable(_ days: [MetricDay], _ grain: Grain) -> TextTable {
        let metrics = Set(days.flatMap { $0.row.cells.map(\.metric) }).sorted()
        let isLong = grain != .day && grain != .hour
        var table = TextTable([isLong ? grain.name : "day"] + (isLong ? [">days"] : []) + metrics.map { ">\($0.name)" })
        for day in days { table.add([day.label] + (isLong ? [day.coverage] : []) + metrics.map { day.text($0) }) }
        return table
    }

    /// One row per bucket and metric, for narrow terminals.
    static func longTable(_ days: [MetricDay], _ grain: Grain) -> TextTable {
        let isLong = grain != .day && grain != .hour
        var table = TextTable([isLong ? grain.name : "day", "metric", ">value"] + (isLong ? [">days"] : []))
        for day in days {
            for cell in day.row.cells {
                let own = isLong ? ["\(cell.count)/\(day.row.expected)"] : []
                table.add([day.label, cell.metric.name, day.text(cell.metric)] + own)
            }
        }
        return table
    }

    var document: JSONValue {
        let values = row.cells.map { JSONValue.Member($0.metric.name, $0.fixed($0.known)) }
        let coverage = row.cells.map { JSONValue.Member($0.metric.name, .int(Int64($0.count))) }
        let flags = row.cells.filter { !$0.flags.isEmpty }.map { cell in
            JSONValue.Member(cell.metric.name, .array(cell.flags.names.map { .string($0) }))
        }
        let bounds = row.cells.filter { $0.flags.contains(.bounded) }.map { cell in
            JSONValue.Member(cell.metric.name, ["least": cell.fixed(cell.maximum), "most": cell.fixed(cell.sum)])
        }
        return [
            "grain": .string(grain.name), "label": .string(grain.label(day)), "day": .string(day.description),
            "start": .time(start), "end": .time(end), "state": .string("\(row.state)"),
            "generation": .int(Int64(generation)), "expected": .int(Int64(row.expected)), "values": .object(values),
            "days": .object(coverage), "bounds": .object(bounds), "flags": .object(flags),
        ]
    }
}

extension RollupRow.Cell {
    fileprivate func fixed(_ value: Int64?) -> JSONValue {
        value.map { .fixed($0, scale: MetricCatalogue.scale(of: metric)) } ?? .null
    }
}
