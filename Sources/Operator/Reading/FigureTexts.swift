import FleetCore

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
}
