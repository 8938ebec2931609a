/// How a figure comes about, with its numbers.
public enum Formula: Equatable, Sendable {
    /// The platform's own figure of the day, or of exactly the stretch.
    case reading
    /// The last level read in the bucket.
    case level
    /// The total at the end less the total at the start; a post that was born in between starts at zero.
    case difference(from: Int64?, to: Int64)
    /// The sum of so many days.
    case sumOfDays
    /// The level of the last day that has one.
    case lastOfDays
    /// Distinct people of several days or subjects: between the most of one and the sum of all.
    case bounds
    /// Distinct people of several days or subjects where the platform allows no estimate.
    case untold
    /// Numerator over denominator.
    case quotient(Int64, over: Int64)
    /// A mean in which each part weighs as much as it has of something: the sum of mean times weight, in thousandths.
    case weightedMean(sum: Int64, weight: Int64)
    /// The sum of what counts as engagement.
    case engagement
    /// The sum of the subjects.
    case sumOfSubjects
    /// Nothing is known.
    case nothing

    /// The name in answers.
    public var name: String {
        switch self {
        case .reading: "reading"
        case .level: "level"
        case .difference: "difference"
        case .sumOfDays: "sum_of_days"
        case .lastOfDays: "last_of_days"
        case .bounds: "bounds"
        case .untold: "untold"
        case .quotient: "quotient"
        case .weightedMean: "weighted_mean"
        case .engagement: "engagement"
        case .sumOfSubjects: "sum_of_subjects"
        case .nothing: "nothing"
        }
    }
}

/// One figure with what it is made of, down to the readings.
public struct ExplainedFigure: Equatable, Sendable {
    /// Where a value came from, and what it was before.
    public struct Evidence: Equatable, Sendable {
        public var place: ReadingPlace
        public var metric: MetricID
        public var value: Int64
        public var source: CurrentRow.Source
        public var attempt: Int
        public var apiVersion: String
        /// What was read of it before and was another value, oldest first.
        public var before: [CurrentRow.Entry]
    }

    /// Whose figure; nil for all subjects together.
    public var subject: FigureSubject?
    public var dates: ClosedRange<CivilDate>
    public var metric: MetricID
    public var cell: RollupRow.Cell?
    public var state: RollupRow.State
    public var formula: Formula
    /// The figures that the formula names: parts, days or subjects.
    public var inputs: [ExplainedFigure] = []
    /// The readings themselves, where no further figure stands between.
    public var evidence: [Evidence] = []

    /// The figure's number.
    public var value: Int64? { cell?.known }

    /// Every reading below it, each once.
    public var allEvidence: [Evidence] {
        var seen: Set<String> = []
        return (evidence + inputs.flatMap(\.allEvidence)).filter { found in
            seen.insert("\(found.source.job) \(found.metric.rawValue) \(found.place.period) \(found.place.start)")
                .inserted
        }
    }

    /// The formula in words with its numbers.
    public var words: String {
        let known = inputs.filter { $0.value != nil }
        func text(_ value: Int64?) -> String {
            value.map { FixedPoint.text($0, scale: MetricCatalogue.scale(of: metric)) } ?? "nothing"
        }
        func terms(_ parts: [ExplainedFigure], _ name: (ExplainedFigure) -> String) -> String {
            let shown = parts.prefix(8).map { "\(text($0.value)) (\(name($0)))" }.joined(separator: " + ")
            return shown + (parts.count > 8 ? " + \(parts.count - 8) more" : "")
        }
        let result = text(value)
        switch formula {
        case .reading: return "\(result), as the platform says"
        case .level: return "\(result), the last level that was read"
        case .difference(let from?, let to): return "\(text(to)) - \(text(from)) = \(result), total less total before"
        case .difference(nil, let to): return "\(text(to)) - 0 = \(result), counted from its publication"
        case .sumOfDays: return "\(terms(known) { "\($0.dates.lowerBound)" }) = \(result)"
        case .lastOfDays:
            return "\(result), the level of \(known.last.map { "\($0.dates.lowerBound)" } ?? "the last day known")"
        case .bounds:
            let cell = cell ?? RollupRow.Cell(metric: metric, value: 0)
            return
                "between \(text(cell.maximum)) (the most of one) and \(text(cell.sum)) (the sum of all): people are not added"
        case .untold: return "not told: people are not added, and the platform allows no estimate"
        case .quotient(let numerator, let denominator): return "\(numerator) / \(denominator) = \(result)"
        case .weightedMean(let sum, let weight):
            return "\(FixedPoint.text(sum, scale: 3)) / \(weight) = \(result), each mean by its weight"
        case .engagement: return "\(terms(known) { $0.metric.name }) = \(result)"
        case .sumOfSubjects: return "\(terms(known) { "\($0.subject?.id ?? 0)" }) = \(result)"
        case .nothing: return "nothing is known"
        }
    }
}
