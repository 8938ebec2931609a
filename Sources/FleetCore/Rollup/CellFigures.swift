/// The figures of a cell by the names that people know, each only where the metric's kind has it.
public struct CellFigures: Equatable, Sendable {
    /// A number in units of ten to the minus `scale`.
    public struct Figure: Equatable, Sendable {
        public var value: Int64
        public var scale: Int

        public init(_ value: Int64, scale: Int = 0) { (self.value, self.scale) = (value, scale) }
    }

    /// Nil when there is none: see the flags.
    public var value: Figure?
    /// How many days say something, of those the bucket has: between 0 and 1, six digits.
    public var coverage: Figure
    public var sum: Figure?
    public var minimum: Figure?
    public var maximum: Figure?
    /// A gauge's level at the start.
    public var opening: Figure?
    /// What was added to a counter before anything was taken away.
    public var gross: Figure?
    /// What a ratio is made of.
    public var numerator: Figure?
    public var denominator: Figure?
    /// What a mean weighs.
    public var weight: Figure?
    /// Between which distinct people lie when the platform gives no figure for the stretch.
    public var lower: Figure?
    public var upper: Figure?

    /// The figures of a cell in a bucket of `expected` days.
    public init(_ cell: RollupRow.Cell, expected: Int32) {
        let metric = MetricCatalogue[cell.metric]
        let scale = metric?.scale ?? 0
        func figure(_ value: Int64) -> Figure { Figure(value, scale: scale) }
        value = cell.known.map(figure)
        // A single day's levels are counted by readings: more of them do not cover more than the day.
        let covered = Int64(min(cell.count, max(expected, 1)))
        coverage = Figure(FixedPoint.quotient(covered, Int64(max(expected, 1)), scale: 6) ?? 0, scale: 6)
        if !cell.flags.contains(.undefined) || cell.flags.contains(.bounded) {
            (minimum, maximum) = (figure(cell.minimum), figure(cell.maximum))
        }
        switch metric?.kind {
        case .gauge:
            sum = figure(cell.sum)
            if cell.flags.contains(.opened) { opening = figure(cell.weight) }
        case .ratio where cell.weight > 0:
            (numerator, denominator) = (Figure(cell.sum), Figure(cell.weight))
        case .weightedMean where cell.weight > 0: weight = Figure(cell.weight)
        case .ratio, .weightedMean, .breakdown: break
        case .unique:
            sum = figure(cell.sum)
            if cell.flags.contains(.bounded) { (lower, upper) = (figure(cell.maximum), figure(cell.sum)) }
        case .delta, .cumulative, .money, nil:
            sum = figure(cell.sum)
            if cell.flags.contains(.gross) { gross = figure(cell.weight) }
        }
    }

    /// All that there are but the value and the coverage, by name.
    public var details: [(name: String, figure: Figure)] {
        let all: [(String, Figure?)] = [
            ("sum", sum), ("minimum", minimum), ("maximum", maximum), ("opening", opening), ("gross", gross),
            ("numerator", numerator), ("denominator", denominator), ("weight", weight), ("lower", lower),
            ("upper", upper),
        ]
        return all.compactMap { name, figure in figure.map { (name, $0) } }
    }
}
