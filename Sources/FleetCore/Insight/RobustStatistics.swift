/// Medians of weighted values, for finding what is unusual. Floating point is in order here: nothing of it is stored.
enum RobustStatistics {
    /// A value that counts as much as its weight.
    struct Weighted {
        var value: Double
        var weight: Double
    }

    /// The value at which half of the weight is reached; between two values where it is reached exactly between them. Nil
    /// without any weight.
    static func median(_ values: [Weighted]) -> Double? {
        let sorted = values.filter { $0.weight > 0 }.sorted { $0.value < $1.value }
        let half = sorted.reduce(0) { $0 + $1.weight } / 2
        var reached = 0.0
        for (index, item) in sorted.enumerated() {
            reached += item.weight
            if reached > half * (1 + 1e-12) { return item.value }
            if reached >= half * (1 - 1e-12) {
                return index + 1 < sorted.count ? (item.value + sorted[index + 1].value) / 2 : item.value
            }
        }
        return sorted.last?.value
    }

    /// The median distance from a centre, as a standard deviation of a bell curve has it.
    static func deviation(_ values: [Weighted], from centre: Double) -> Double? {
        median(values.map { Weighted(value: abs($0.value - centre), weight: $0.weight) }).map { $0 * 1.4826 }
    }

    /// The value below which a share of sorted values lies, between its neighbours in proportion. Nil for none.
    static func quantile(_ share: Double, ofSorted values: [Double]) -> Double? {
        guard let last = values.last else { return nil }
        let position = share * Double(values.count - 1)
        let index = Int(position)
        guard index + 1 < values.count else { return last }
        return values[index] + (values[index + 1] - values[index]) * (position - Double(index))
    }
}
