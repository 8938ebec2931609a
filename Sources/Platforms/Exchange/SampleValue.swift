internal import FleetCore
internal import JSON

/// What one value of an answer turned out to be.
enum SampleValue {
    /// A number, scaled for its metric.
    case number(Int64)
    /// An object, still unread.
    case object
    /// Nothing usable, and why.
    case skipped(String)

    /// A number brought to its metric's unit and scale.
    init(_ number: JSONNumber, _ metric: MetricID, _ conversion: FixedPoint.Conversion) {
        let scale = MetricCatalogue.scale(of: metric)
        do throws(FixedPoint.Fault) {
            switch number {
            case .integer(let value):
                self = .number(try FixedPoint.scaled(value, scale: scale, conversion))
            case .decimal(let text):
                self = .number(try FixedPoint.parse(text.utf8.span, scale: scale, conversion))
            }
        } catch {
            switch error {
            case .overflow: self = .skipped("overflow")
            case .fractional: self = .skipped("fractional")
            case .notANumber: self = .skipped("unparseable")
            }
        }
    }
}

extension JSONReader {
    /// Reads a value for a metric: numbers and strings of digits are numbers, `null` and anything else is skipped with its
    /// reason. An object is left unread.
    mutating func sampleValue(_ metric: MetricID, _ conversion: FixedPoint.Conversion) throws(JSONError) -> SampleValue
    {
        switch try peek() {
        case .number:
            return SampleValue(try integerOrDecimal(), metric, conversion)
        case .string:
            guard let value = FixedPoint.digits(try text().bytes.span) else { return .skipped("unparseable") }
            return SampleValue(.integer(value), metric, conversion)
        case .null:
            try skip()
            return .skipped("null")
        case .object:
            return .object
        case .array, .bool:
            try skip()
            return .skipped("unparseable")
        }
    }
}
