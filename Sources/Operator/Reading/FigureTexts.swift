import FleetCore
import JSON

/// Figures as people and programs read them.
enum FigureTexts {
    /// A number with its digits and commas; nothing for nil.
    static func number(_ value: Int64?, _ metric: MetricID) -> String {
        value.map { Words.number(FixedPoint.text($0, scale: MetricCatalogue.scale(of: metric))) } ?? ""
    }

    /// The number, or its bounds, or why there is none.
    static func text(_ figure: Figure) -> String {
        if let value = figure.value { return number(value, figure.metric) }
        if let (lower, upper) = figure.bounds {
            let most = upper.map { "to \(number($0, figure.metric))" } ?? "or more"
            return "\(number(lower, figure.metric)) \(most)"
        }
        return figure.state.reason?.rawValue ?? figure.state.name
    }

    /// `6 of 7`; nothing when all are there.
    static func coverage(_ figure: Figure) -> String {
        figure.present == figure.expected ? "" : "\(figure.present) of \(figure.expected)"
    }

    /// What else is to be said of a cell.
    static func flags(_ flags: RollupRow.Flags) -> [String] {
        let names: [(RollupRow.Flags, String)] = [
            (.startEstimated, "start_estimated"), (.endEstimated, "end_estimated"), (.undefined, "undefined"),
            (.bounded, "bounded"), (.native, "native"), (.opened, "opened"), (.gross, "gross"), (.partial, "partial"),
        ]
        return names.filter { flags.contains($0.0) }.map(\.1)
    }

    static func document(_ figure: Figure) -> JSONValue {
        let scale = MetricCatalogue.scale(of: figure.metric)
        func fixed(_ value: Int64?) -> JSONValue { value.map { .fixed($0, scale: scale) } ?? .null }
        var members: [JSONValue.Member] = [
            .init("metric", .string(figure.metric.name)), .init("value", fixed(figure.value)),
            .init("state", .string(figure.state.name)), .init("reason", .text(figure.state.reason?.rawValue)),
            .init("days", .int(figure.present)), .init("expected", .int(figure.expected)),
        ]
        if let (lower, upper) = figure.bounds {
            members.append(.init("bounds", ["lower": fixed(lower), "upper": fixed(upper)]))
        }
        if let cell = figure.cell {
            if cell.minimum != cell.maximum {
                members += [.init("minimum", fixed(cell.minimum)), .init("maximum", fixed(cell.maximum))]
            }
            members.append(.init("flags", .array(flags(cell.flags).map { .string($0) })))
            if let rate = rate(figure.metric, cell) { members.append(.init("definition", rate)) }
        }
        return .object(members)
    }

    /// Which definition a rate follows, and what it was computed from.
    static func rate(_ metric: MetricID, _ cell: RollupRow.Cell) -> JSONValue? {
        guard MetricRules.derived.contains(metric), MetricCatalogue[metric]?.kind == .ratio, cell.known != nil else {
            return nil
        }
        return [
            "id": .string(metric.name), "version": .int(MetricRules.engagementVersion), "numerator": .int(cell.sum),
            "denominator": .int(cell.weight),
        ]
    }

    static func document(_ row: FigureRow) -> JSONValue {
        [
            "label": .string(row.label), "first": .string(row.dates.lowerBound.description),
            "last": .string(row.dates.upperBound.description), "start": .time(row.start), "end": .time(row.end),
            "state": .string("\(row.state)"), "expected": .int(row.expected),
            "figures": .array(row.figures.map(document)),
        ]
    }

    static func document(_ series: FigureSeries) -> JSONValue {
        [
            "platform": .string(series.platform.rawValue), "zone": .string(series.platform.dayZone.name),
            "members": .int(series.members), "synthetic": .bool(series.isSynthetic),
            "buckets": .array(series.rows.map(document)),
        ]
    }

    /// One row per bucket and metric.
    static func table(_ all: [FigureSeries]) -> TextTable {
        var table = TextTable("platform", "bucket", "metric", ">value", "state", "days", "bucket is")
        for series in all {
            for row in series.rows {
                for figure in row.figures {
                    table.add(
                        series.platform.rawValue,
                        row.label,
                        figure.metric.name,
                        text(figure),
                        figure.state.name,
                        coverage(figure),
                        "\(row.state)"
                    )
                }
            }
        }
        return table
    }

    /// The documents of series, or of their buckets one by one.
    static func list(_ all: [FigureSeries]) -> [JSONValue] { all.map(document) }
}
