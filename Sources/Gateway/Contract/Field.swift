import Configuration
import FleetCore
import JSON

/// A named value in a request's path or query: how it is written, and what the contract says of it.
struct Field<Value: Sendable>: Sendable {
    enum Place: String, Sendable { case path, query }

    let name: String
    let place: Place
    let kind: ValueKind<Value>
    let help: String
    let schema: JSONValue

    init(_ name: String, in place: Place = .query, _ kind: ValueKind<Value>, schema: JSONValue, help: String) {
        (self.name, self.place, self.kind, self.help, self.schema) = (name, place, kind, help, schema)
    }
}

/// A field whatever its value is.
protocol AnyField: Sendable {
    var name: String { get }
    /// The field as an OpenAPI parameter.
    var parameter: JSONValue { get }
    var isInPath: Bool { get }
    /// What is wrong with a text; nil when it is a value.
    func fault(_ text: String) -> String?
}

extension Field: AnyField {
    var isInPath: Bool { place == .path }

    var parameter: JSONValue {
        [
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(isInPath),
            "description": .string(help), "schema": schema,
        ]
    }

    func fault(_ text: String) -> String? {
        do throws(ValueFault) {
            _ = try kind.parse(text)
            return nil
        } catch { return error.message }
    }
}

/// The fields that several operations take.
enum Fields {
    static let account = Field(
        "account",
        in: .path,
        number,
        schema: Schema.number,
        help: "The account's number."
    )
    static let from = Field(
        "from",
        day,
        schema: Schema.day,
        help: "First day, in the platform's zone. Without it, six days before the last one."
    )
    static let to = Field(
        "to",
        day,
        schema: Schema.day,
        help: "Last day, in the platform's zone. Without it, today there."
    )
    static let grain = Field(
        "grain",
        ValueKind<Cut>.choice,
        schema: Schema.choice(Cut.allCases.map(\.rawValue)),
        help:
            "How the days are cut: weeks as the workspace counts them; stretch makes one bucket of exactly these days."
    )
    static let metric = Field(
        "metric",
        ValueKind<String>.choice(MetricCatalogue.all.map(\.name), shape: "the name of a metric").list(most: 50),
        schema: ["type": "string"],
        help: "Only these, separated by commas."
    )
    static let asOf = Field(
        "as_of",
        ValueKind<FleetCore.Instant>(shape: "a moment such as 2026-11-19T08:00:00Z", parse: { FleetCore.Instant($0) }),
        schema: ["type": "string", "format": "date-time"],
        help: "What was known then, instead of now."
    )
    static let limit = Field(
        "limit",
        .integer(1...1000, unit: "items"),
        schema: ["type": "integer", "minimum": 1, "maximum": 1000],
        help: "Most items of a page; 100 without it."
    )
    static let cursor = Field(
        "cursor",
        .text(longest: 200),
        schema: ["type": "string"],
        help: "Where the page before ended: its `next`."
    )

    static let number = ValueKind<Int64>(
        shape: "a whole number from 1",
        parse: { text in Int64(text).flatMap { $0 > 0 ? $0 : nil } }
    )
    static let day = ValueKind<CivilDate>(shape: "a day such as 2026-11-19", parse: { CivilDate($0) })

    /// How days are cut, as callers name it.
    enum Cut: String, Sendable, CaseIterable {
        case hour, day, week, month, stretch

        /// - Parameter week: the week that the workspace counts by.
        func cut(_ week: Grain) -> FigureQuestion.Cut {
            if self == .week { return .grain(week) }
            return Grain(name: rawValue).map { .grain($0) } ?? .stretch
        }
    }
}
