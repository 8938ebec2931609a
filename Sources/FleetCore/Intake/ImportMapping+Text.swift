public import JSON

/// Why a mapping cannot be used.
public struct MappingFault: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ImportMapping {
    /// Reads `Title=metric` pairs separated by commas; the metric of one of them is `date`, of another perhaps `post`. A unit
    /// may stand behind a metric: `Watch time=watch_time_seconds:hours`.
    public init(pairs text: String) throws(MappingFault) {
        self.init(name: "pairs", date: nil, columns: [])
        for pair in text.split(separator: ",") {
            guard let equals = pair.lastIndex(of: "=") else {
                throw MappingFault("`\(pair)` is not of the form Title=metric")
            }
            let title = String(pair[..<equals])
            let words = pair[pair.index(after: equals)...].split(separator: ":", maxSplits: 1).map(String.init)
            switch words.first {
            case "date": date = title
            case "post": post = title
            case let metric?: columns.append(try Self.column(title, metric, unit: words.count > 1 ? words[1] : nil))
            case nil: throw MappingFault("`\(pair)` names no metric")
            }
        }
        try check()
    }

    /// Reads a mapping as JSON; see `docs/import.md`.
    public init(name: String, json: JSONValue) throws(MappingFault) {
        self.init(name: name, date: json["date"]?.string, post: json["post"]?.string, columns: [])
        if let form = json["date_form"]?.string {
            guard let known = DateForm(rawValue: form) else {
                throw MappingFault(
                    "date_form is `\(form)`; known: \(DateForm.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            dateForm = known
        }
        if let period = json["period"]?.string {
            guard period == Period.day.name || period == Period.lifetime.name, let known = Period(name: period) else {
                throw MappingFault("period is `\(period)`; known: day, lifetime")
            }
            self.period = known
        }
        if let totals = json["totals"]?.array { self.totals = Set(totals.compactMap(\.string)) }
        thousands = json["thousands"]?.string?.first
        point = json["point"]?.string?.first ?? "."
        for member in json["columns"]?.object ?? [] {
            let metric = member.value.string ?? member.value["metric"]?.string
            guard let metric else { throw MappingFault("column `\(member.key)` names no metric") }
            columns.append(try Self.column(member.key, metric, unit: member.value["unit"]?.string))
        }
        try check()
    }

    private func check() throws(MappingFault) {
        guard !columns.isEmpty else { throw MappingFault("the mapping names no metric") }
        guard Set(columns.map(\.metric)).count == columns.count else {
            throw MappingFault("the mapping names a metric twice")
        }
        guard (date != nil) == (period == .day) else {
            throw MappingFault(
                date == nil ? "the mapping names no column with the day" : "lifetime totals have no column with the day"
            )
        }
        guard point != thousands else { throw MappingFault("thousands and fractions are written alike") }
    }

    private static func column(_ title: String, _ name: String, unit: String?) throws(MappingFault) -> Column {
        guard let metric = MetricCatalogue[name] else { throw MappingFault("there is no metric `\(name)`") }
        guard !metric.isDerived else { throw MappingFault("`\(name)` is computed, not imported") }
        guard let unit else { return Column(title, metric.id) }
        guard let conversion = units[metric.unit]?[unit] else {
            let known = units[metric.unit]?.keys.sorted().joined(separator: ", ") ?? "none"
            throw MappingFault("`\(unit)` is no unit of \(name); known: \(known)")
        }
        return Column(title, metric.id, conversion)
    }

    /// What files write, per unit of the catalogue.
    private static let units: [MetricUnit: [String: FixedPoint.Conversion]] = [
        .seconds: [
            "milliseconds": .milliseconds, "seconds": .identity, "minutes": .minutes,
            "hours": FixedPoint.Conversion(factor: 3600, shift: 0),
        ],
        .ratio: ["ratio": .identity, "percent": FixedPoint.Conversion(factor: 1, shift: -2)],
        .percent: ["percent": .identity, "ratio": FixedPoint.Conversion(factor: 1, shift: 2)],
        .count: ["thousands": FixedPoint.Conversion(factor: 1000, shift: 0)],
    ]
}
